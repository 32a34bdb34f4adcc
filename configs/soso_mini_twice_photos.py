# The shipped model, both looks, on held-out photos of one object each.
#
#   tools/test.py configs/soso_mini_twice_photos.py sosmatting/weights/soso_mini.safetensors

_base_ = ['soso_mini_twice.py']

held_out_photos = dict(
    type='Sofi200',
    source='photos',
    groups=_base_.groups,
    data_root='data/shipped-photos/',
    ann_file='annotations/val.json',
    metainfo=_base_.metainfo,
    remedy='make it with: make mini-data',
    test_mode=True,
    pipeline=_base_.test_pipeline,
)
test_dataloader = dict(dataset=dict(_delete_=True, **held_out_photos))
