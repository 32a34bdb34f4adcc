# The shipped model, both looks, on scenes of 272 kinds never seen.
#
#   tools/test.py configs/soso_mini_twice_kinds.py sosmatting/weights/soso_mini.safetensors

_base_ = ['soso_mini_twice.py']

kinds_val = {**_base_.kinds_val, 'pipeline': _base_.test_pipeline}
test_dataloader = dict(dataset=dict(_delete_=True, **kinds_val))
