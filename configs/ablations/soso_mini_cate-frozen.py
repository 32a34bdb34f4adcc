# soso_mini with the category branch's weights frozen, as SOSO has it.

_base_ = ['../soso_mini.py']

model = dict(mask_head=dict(freeze_category=True))
