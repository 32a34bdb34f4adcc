# What every experiment shares: where modules register, hooks, logs. Never run directly.

default_scope = 'mmdet'
custom_imports = dict(imports=['sosmatting.register'], allow_failed_imports=False)
runner_type = 'MattingRunner'

# One seed for weights, draws and augmentation; --seed changes it.
randomness = dict(seed=0)

default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50),
    param_scheduler=dict(type='ParamSchedulerHook'),
    # Whole or absent on disk; the newest three and the best one stay.
    checkpoint=dict(
        type='CheckpointHook',
        by_epoch=False,
        interval=1000,
        max_keep_ckpts=3,
        save_best='instance/soft_AP',
        rule='greater',
        backend_args=dict(backend='atomic'),
    ),
    sampler_seed=dict(type='DistSamplerSeedHook'),
)
custom_hooks = [
    dict(type='SeedIterationHook'),
    dict(type='StopOnNaNHook', interval=10),
    dict(type='MattePicturesHook', count=4),
    dict(type='ProgressHook'),
]

env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'),
)
# No device_ids: the same wrapper serves GPUs and CPUs. Every trained parameter takes part in every
# batch, so that find_unused_parameters stays off.
model_wrapper_cfg = dict(
    type='MMDistributedDataParallel',
    device_ids=None,
    broadcast_buffers=False,
    find_unused_parameters=False,
)

vis_backends = [dict(type='LocalVisBackend'), dict(type='TensorboardVisBackend')]
visualizer = dict(type='DetLocalVisualizer', vis_backends=vis_backends, name='visualizer')
log_processor = dict(type='LogProcessor', window_size=50, by_epoch=False)
log_level = 'INFO'

load_from = None
resume = False
