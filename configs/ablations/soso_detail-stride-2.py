# SOSO low-level features and detail supervision at half size.

_base_ = ['../soso.py']

model = dict(low_level=dict(stride=2))
