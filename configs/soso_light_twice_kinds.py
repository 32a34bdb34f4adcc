# Both looks with ResNet-50 on scenes of 272 kinds never seen.
#
#   tools/test.py configs/soso_light_twice_kinds.py work_dirs/soso_light_twice

_base_ = ['soso_light_twice.py']

kinds_val = {**_base_.kinds_val, 'pipeline': _base_.test_pipeline}
test_dataloader = dict(dataset=dict(_delete_=True, **kinds_val))
