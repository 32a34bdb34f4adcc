# The shipped model on held-out photos of one object each (alphamatting.com, portraits, animals).
#
#   tools/test.py configs/soso_mini_photos.py sosmatting/weights/soso_mini.safetensors

_base_ = ['soso_mini.py']

test_dataloader = dict(dataset=dict(_delete_=True, **_base_.photos_val))
