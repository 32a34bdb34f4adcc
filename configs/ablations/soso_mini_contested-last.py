# soso_mini a contested cell goes to the instance that comes last, as in SOLOv2.

_base_ = ['../soso_mini.py']

model = dict(mask_head=dict(contested='last'))
