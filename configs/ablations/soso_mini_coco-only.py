# soso_mini stage 2 on labelled photos alone: no true alpha is ever seen.

_base_ = ['../soso_mini.py']

train_dataloader = dict(dataset=dict(datasets=dict(composed=None)))
