# Both looks with ResNet-50 on held-out photos of one object each.
#
#   tools/test.py configs/soso_light_twice_photos.py work_dirs/soso_light_twice

_base_ = ['soso_light_twice.py']

photos_val = {**_base_.photos_val, 'pipeline': _base_.test_pipeline}
test_dataloader = dict(dataset=dict(_delete_=True, **photos_val))
