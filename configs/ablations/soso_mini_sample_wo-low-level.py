# The demo's network without the low-level module, same budget.

_base_ = ['../soso_mini_sample.py']

model = dict(low_level=None)
