# The shipped model on COCO's val2017 part: its 80 categories as five.
#
#   tools/test.py configs/soso_mini_coco.py sosmatting/weights/soso_mini.safetensors

_base_ = ['soso_mini.py']

test_dataloader = dict(dataset=dict(_delete_=True, **_base_.coco_val))
test_evaluator = dict(_delete_=True, type='InstanceMattingMetric', parts=('mask_ap', 'soft_ap'))
