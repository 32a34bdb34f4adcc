# Both looks with ResNet-50 on COCO's val2017 part: its 80 categories as five.
#
#   tools/test.py configs/soso_light_twice_coco.py work_dirs/soso_light_twice

_base_ = ['soso_light_twice.py']

coco_val = {**_base_.coco_val, 'pipeline': _base_.coco_test_pipeline}
test_dataloader = dict(dataset=dict(_delete_=True, **coco_val))
test_evaluator = dict(_delete_=True, type='InstanceMattingMetric', parts=('mask_ap', 'soft_ap'))
