# What the small runs of the trimap networks share: small pictures of the shipped model's cut-outs,
# a budget of minutes on two CPU cores. Never run directly.
#
# Photos in data/photos, then (make mini-data does these, too):
#
#   tools/prepare_data.py shipped-stamps data/photos
#   tools/prepare_data.py shipped-photos data/photos
#   tools/prepare_data.py coco-backgrounds data/photos/coco --out data/shipped-backgrounds \
#       --without person
#
# Half of the pictures are of portraits and animals with hair, half of stamps. alphamatting.com's
# photos are left out, for the networks are judged on them.

_base_ = ['trimap.py']

composed = dict(
    type='TrimapComposition',
    backgrounds=[dict(data_root='data/shipped-backgrounds/', split='train2017')],
    size=128,
    crop_sizes=(128, 192, 256),
    object_side=(320, 900),
    fuse_share=0.25,
    trimap=dict(kernel=3, iterations=(2, 10)),
)
train_dataloader = dict(
    batch_size=8,
    num_workers=1,
    dataset=dict(
        datasets=dict(
            _delete_=True,
            photos=dict(
                foregrounds=[dict(data_root='data/shipped-photos/', without='GT*')], **composed
            ),
            stamps=dict(foregrounds=[dict(data_root='data/shipped-stamps/')], **composed),
        ),
        ratio=dict(photos=1, stamps=1),
    ),
)
val_dataloader = dict(
    dataset=dict(data_root='data/photos/alphamatting/', names=('GT05', 'GT11', 'GT20', 'GT22'))
)
test_dataloader = val_dataloader

max_iters = 600
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='Adam', lr=1e-3, betas=(0.9, 0.99)),
)
auto_scale_lr = dict(base_batch_size=8)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.05, by_epoch=False, begin=0, end=30),
    dict(type='CosineAnnealingLR', by_epoch=False, begin=30, end=max_iters, eta_min=1e-5),
]
default_hooks = dict(checkpoint=dict(interval=50), logger=dict(interval=10))
