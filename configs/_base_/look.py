# What the second looks of all sizes share. Never run directly.

look = dict(
    num_classes=5,
    flip=True,
    third=dict(shrinks=2.0, margin=0.1),  # what is left is worth finer crops
    rehearse=0.5,
    perturb=0.7,  # kinds that were never seen get mattes with such mistakes
    loss_settled=2.0,  # what people get is what settled
    settle=dict(),
    # A second opinion on categories: classes, as in _base_/photos.py, by ImageNet's. 0.3 was
    # better than none (docs/training-log.md).
    namer=dict(
        type='CropNamer', kinds=('clothing', 'animal', 'vehicle', 'plant', 'thing'), share=0.3
    ),
    # What a matte is worth whatever its category decides: that is known of more kinds. Scores
    # are measured from 0.55 on, where their mattes are best; people want to see what there is: from
    # 0.45 on most is found for what is spurious (docs/training-log.md).
    test_cfg=dict(filter_thr=0.45, vouch=1.0),
)
look_ratio = dict(coco=1, people=1, composed=2, wide=3)
# What ImageNet taught is soon forgotten at the decoder's rate.
look_rates = dict(backbone=dict(lr_mult=0.05), judge=dict(lr_mult=0.1), worth=dict(lr_mult=0.1))
