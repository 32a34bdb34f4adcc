# The shipped model, both looks, on held-out photos of one object each.
#
#   tools/test.py configs/soso_mini_twice_photos.py sosmatting/weights/soso_mini.safetensors

_base_ = ['soso_mini_twice.py']

photos_val = {**_base_.photos_val, 'pipeline': _base_.test_pipeline}
test_dataloader = dict(dataset=dict(_delete_=True, **photos_val))
