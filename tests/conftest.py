"""What every test starts from: mmdet importable, its registries in scope, few threads."""

import torch
from mmengine.registry import init_default_scope

import sosmatting  # noqa: F401  puts the stand-in for mmcv's operators in place

init_default_scope('mmdet')
torch.set_num_threads(2)
