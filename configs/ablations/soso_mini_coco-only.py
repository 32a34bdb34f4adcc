# soso_mini stage 2 on labelled photos alone: no true alpha is ever seen, no cut-out pasted in.

_base_ = ['../soso_mini.py']

photo_pipeline = [step for step in _base_.photo_pipeline if step['type'] != 'PasteCutouts']
train_dataloader = dict(
    dataset=dict(
        datasets=dict(
            coco=dict(pipeline=photo_pipeline),
            people=dict(pipeline=photo_pipeline),
            composed=None,
            wide=None,
        )
    )
)
