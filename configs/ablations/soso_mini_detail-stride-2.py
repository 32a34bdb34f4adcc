# soso_mini low-level features and detail supervision at half size.

_base_ = ['../soso_mini.py']

model = dict(low_level=dict(stride=2))
