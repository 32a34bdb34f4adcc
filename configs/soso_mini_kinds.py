# The shipped model, the first look alone, on scenes of 272 kinds never seen.
#
#   tools/test.py configs/soso_mini_kinds.py sosmatting/weights/soso_mini.safetensors

_base_ = ['soso_mini.py']

test_dataloader = dict(dataset=dict(_delete_=True, **_base_.kinds_val))
