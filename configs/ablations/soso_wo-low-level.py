# SOSO without the low-level module: mattes as fine as 1/4 scale allows.

_base_ = ['../soso.py']

model = dict(low_level=None)
