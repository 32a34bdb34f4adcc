# SOSO the category branch's weights learn too.

_base_ = ['../soso.py']

model = dict(mask_head=dict(freeze_category=False))
