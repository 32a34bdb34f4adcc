# soso_mini without the low-level module.

_base_ = ['../soso_mini.py']

model = dict(low_level=None)
