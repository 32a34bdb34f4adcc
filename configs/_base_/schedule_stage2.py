# SOSO's second stage: soft mattes on top of a trained SOLOv2. Never run directly.
# Optimiser and warm-up are the method's; the number of steps is ours.

train_cfg = dict(type='ResumableTrainLoop', max_iters=24_000, val_interval=2_000)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

optim_wrapper = dict(
    type='OptimWrapper',
    # lr is for 16 images a step; auto_scale_lr scales it with the real number and says so.
    optimizer=dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=1e-4),
    clip_grad=dict(max_norm=35, norm_type=2),
)
auto_scale_lr = dict(enable=True, base_batch_size=16)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 3, by_epoch=False, begin=0, end=500),
    dict(type='MultiStepLR', by_epoch=False, milestones=[16_000, 22_000], gamma=0.1),
]
