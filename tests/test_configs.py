"""Every config builds, says what it is for, and uses every option it has."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from mmdet.registry import DATASETS, METRICS, MODELS, TRANSFORMS
from mmdet.structures import DetDataSample
from mmengine.structures import InstanceData

import sosmatting.register  # noqa: F401
from sosmatting.checkpoints import load_weights
from sosmatting.config_files import config_names, find_config
from sosmatting.engine.launch import load_config
from sosmatting.structures import SoftMattes

# The trimap networks have tests of their own.
NAMES = [name for name in config_names() if not name.startswith('trimap/')]
BASELINES = ('solov2', 'solo', 'solov2_light_photos', 'soso_light_photos', 'soso_light_twice')
ABLATIONS = {
    'soso_wo-low-level': lambda c: c.model.low_level is None,
    'soso_mse-only': lambda c: c.model.mask_head.loss_dice is None,
    'soso_dice-only': lambda c: c.model.mask_head.loss_mse is None,
    'soso_cate-not-frozen': lambda c: not c.model.mask_head.freeze_category,
    'soso_detail-stride-2': lambda c: c.model.low_level.stride == 2,
    'soso_coco-only': lambda c: c.train_dataloader.dataset.datasets.sofi200 is None,
    'soso_matting-only': lambda c: c.train_dataloader.dataset.datasets.coco is None,
    'soso_mini_sample_wo-low-level': lambda c: c.model.low_level is None,
    'soso_mini_wo-low-level': lambda c: c.model.low_level is None,
    'soso_mini_mse-only': lambda c: c.model.mask_head.loss_dice is None,
    'soso_mini_dice-only': lambda c: c.model.mask_head.loss_mse is None,
    'soso_mini_cate-frozen': lambda c: c.model.mask_head.freeze_category,
    'soso_mini_coco-only': lambda c: c.train_dataloader.dataset.datasets.composed is None,
    'soso_mini_matting-only': lambda c: c.train_dataloader.dataset.datasets.people is None,
    'soso_mini_detail-stride-2': lambda c: c.model.low_level.stride == 2,
    'soso_mini_contested-last': lambda c: c.model.mask_head.contested == 'last',
}


def test_the_named_experiments_exist():
    minis = {'solov2_mini', 'soso_mini', 'soso_mini_twice', 'soso_mini_sample'}
    expected = {'soso', 'soso_light', *minis, *BASELINES}
    assert expected <= set(NAMES)
    assert {f'ablations/{name}' for name in ABLATIONS} <= set(NAMES)


@pytest.mark.parametrize('name', NAMES)
def test_config_builds_and_predicts(name):
    config = load_config(name)
    config.model.backbone.init_cfg = None
    torch.manual_seed(0)
    model = MODELS.build(config.model).eval()
    with torch.no_grad():
        outputs = model(torch.zeros(1, 3, 128, 160), mode='tensor')
    assert len(outputs) >= 1
    METRICS.build(config.val_evaluator)
    for one in config.train_dataloader.dataset.datasets.values():
        for step in [] if one is None else one.pipeline:
            if step.type == 'PasteCutouts':  # reads its cut-outs when it is built
                step = dict(step, foregrounds=[])
            TRANSFORMS.build(step)
        assert one is None or DATASETS.get(one.type) is not None
    for step in config.test_dataloader.dataset.pipeline:
        TRANSFORMS.build(step)
    assert config.runner_type == 'MattingRunner'
    assert Path(find_config(name)).read_text().startswith('# ')


@pytest.mark.parametrize('name', sorted(ABLATIONS))
def test_an_ablation_changes_what_it_says_and_little_else(name):
    config = load_config(f'ablations/{name}')
    base = load_config(re.match('soso(_mini)?(_sample)?', name)[0])
    assert ABLATIONS[name](config) and not ABLATIONS[name](base)
    assert config.train_cfg == base.train_cfg
    assert config.model.backbone == base.model.backbone
    assert config.optim_wrapper == base.optim_wrapper


def test_soso_takes_over_stage_one():
    configs = [load_config(name) for name in ('soso', 'solov2')]
    for config in configs:
        config.model.backbone.init_cfg = None
    soso, solov2 = (MODELS.build(config.model) for config in configs)
    report = load_weights(soso, solov2.state_dict(), 'stage1.pth')
    assert report.new and all(key.startswith('low_level.') for key in report.new)
    assert not report.unused and not report.reshaped
    frozen = [name for name, p in soso.mask_head.named_parameters() if not p.requires_grad]
    assert frozen and all(name.startswith(('cls_convs', 'conv_cls')) for name in frozen)


def test_solov2_has_the_keys_of_mmdets():
    config = load_config('solov2')
    config.model.backbone.init_cfg = None
    ours = MODELS.build(config.model).state_dict()
    peer = MODELS.build(
        dict(
            type='SOLOv2',
            backbone=config.model.backbone,
            neck=config.model.neck,
            mask_head=dict(
                type='SOLOV2Head',
                num_classes=80,
                in_channels=256,
                feat_channels=512,
                stacked_convs=4,
                strides=[8, 8, 16, 32, 32],
                scale_ranges=config.model.mask_head.scale_ranges,
                num_grids=[40, 36, 24, 16, 12],
                cls_down_index=0,
                mask_feature_head=dict(
                    feat_channels=128,
                    start_level=0,
                    end_level=3,
                    out_channels=256,
                    mask_stride=4,
                    norm_cfg=dict(type='GN', num_groups=32, requires_grad=True),
                ),
                loss_mask=dict(type='DiceLoss', use_sigmoid=True, loss_weight=3.0),
                loss_cls=dict(type='FocalLoss', use_sigmoid=True),
                norm_cfg=dict(type='GN', num_groups=32, requires_grad=True),
            ),
        )
    ).state_dict()
    assert {key: v.shape for key, v in ours.items()} == {key: v.shape for key, v in peer.items()}


@pytest.mark.parametrize('depth', [18, 34, 50, 101])
def test_every_resnet_fits(depth):
    config = load_config('soso_light')
    config.model.backbone.init_cfg = None
    config.model.backbone.depth = depth
    if depth < 50:
        config.model.neck.in_channels = [64, 128, 256, 512]
    config.model.low_level.update(source='image+stem', stem_channels=64)
    model = MODELS.build(config.model).eval()
    with torch.no_grad():
        *_, low_level, expand = model(torch.zeros(1, 3, 64, 64), mode='tensor')
    assert low_level.shape == (1, 16, 64, 64) and expand.shape == (128, 16)


def test_deformable_backbone_and_head_by_config():
    config = load_config('soso_light')
    dcn = dict(type='TorchvisionDCNv2')
    config.model.backbone.update(
        init_cfg=None,
        dcn=dict(dcn, deform_groups=1, fallback_on_stride=False),
        stage_with_dcn=(False, True, True, True),
    )
    config.model.mask_head.update(dcn_cfg=dcn, dcn_apply_to_all_conv=False)
    model = MODELS.build(config.model).eval()
    with torch.no_grad():
        model(torch.zeros(1, 3, 64, 64), mode='tensor')
    assert 'backbone.layer4.2.conv2.conv_offset.weight' in model.state_dict()


@pytest.mark.parametrize('name', ['solov2_light_photos', 'soso_light_photos'])
def test_a_caffe_style_resnet_takes_torchvisions_keys_and_learns_a_step(name, tmp_path):
    """One step at a tiny size, from weights named and shaped as the converted ones are."""
    config = load_config(name)
    torch.manual_seed(0)
    weights = torchvision.models.resnet50().state_dict()
    torch.save(weights, tmp_path / 'resnet50.pth')
    config.model.backbone.init_cfg.checkpoint = f'imagenet:{tmp_path / "resnet50.pth"}'
    model = MODELS.build(config.model)
    model.init_weights()
    assert torch.equal(model.backbone.layer4[2].conv3.weight, weights['layer4.2.conv3.weight'])
    block = model.backbone.layer2[0]
    assert block.conv1.stride == (2, 2) and block.conv2.stride == (1, 1)
    before = model.mask_head.conv_kernel.weight.clone()
    losses = step(model, torch.randn(1, 3, 64, 64), half_seen_thing())
    assert not torch.equal(before, model.mask_head.conv_kernel.weight)
    assert ('loss_dice_detail' in losses) == (name == 'soso_light_photos')


def half_seen_thing():
    """A frame of 64 x 64 px with one matte of 30 x 32 px."""
    alphas = np.zeros((1, 64, 64), np.uint8)
    alphas[0, 16:48, 20:50] = 200
    sample = DetDataSample(metainfo=dict(img_shape=(64, 64), ori_shape=(64, 64), matte='soft'))
    sample.gt_instances = InstanceData(
        masks=SoftMattes(alphas, 64, 64),
        labels=torch.tensor([1]),
        bboxes=torch.tensor([[20.0, 16.0, 50.0, 48.0]]),
    )
    return sample


def step(model, image, sample):
    """Learn one step; the losses before it."""
    optimiser = torch.optim.AdamW([x for x in model.parameters() if x.requires_grad], lr=1e-3)
    losses = model.train()(image, [sample], mode='loss')
    total = sum(value for key, value in losses.items() if key.startswith('loss'))
    total.backward()
    optimiser.step()
    assert torch.isfinite(total)
    return losses


def test_soso_light_photos_takes_over_its_stage_one():
    configs = [load_config(name) for name in ('soso_light_photos', 'solov2_light_photos')]
    for config in configs:
        config.model.backbone.init_cfg = None
    soso, stage1 = (MODELS.build(config.model) for config in configs)
    report = load_weights(soso, stage1.state_dict(), 'stage1.pth')
    assert not report.unused and not report.reshaped
    assert all(key.startswith('low_level.') for key in report.new)
    assert {hook['type'] for hook in configs[1].custom_hooks} >= {'EMAHook', 'StopOnNaNHook'}


def test_soso_light_twice_takes_over_stage_two_and_teaches_the_second_look_alone(tmp_path):
    config, stage2 = load_config('soso_light_twice'), load_config('soso_light_photos')
    torch.manual_seed(0)
    weights = torchvision.models.resnet50().state_dict()
    torch.save(weights, tmp_path / 'resnet50.pth')
    for backbone in (config.model.backbone, config.model.second_look.backbone):
        backbone.init_cfg.checkpoint = f'imagenet:{tmp_path / "resnet50.pth"}'
    stage2.model.backbone.init_cfg = None
    # Small crops, few of them, and a first look whose every guess is one of the thing.
    config.model.second_look.update(sides=(64, 96), crops=(2, 1), rehearse=0.0, match_iou=0.0)
    config.model.mask_head.test_cfg.update(score_thr=0.0, filter_thr=0.0, max_per_img=2)
    model = MODELS.build(config.model)
    model.init_weights()
    look = model.second_look
    assert torch.equal(look.backbone.layer4[2].conv3.weight, weights['layer4.2.conv3.weight'])
    report = load_weights(model, MODELS.build(stage2.model).state_dict(), 'stage2.pth')
    assert not report.unused and not report.reshaped
    assert all(key.startswith('second_look.') for key in report.new)
    before = {name: value.clone() for name, value in model.named_parameters()}
    losses = step(model, torch.randn(1, 3, 128, 128), half_seen_thing())
    assert losses['contour_crops'] > 0
    moved = {name for name, value in model.named_parameters() if not value.equal(before[name])}
    assert {'second_look.guide.weight', 'second_look.backbone.layer3.0.conv1.weight'} <= moved
    assert all(name.startswith('second_look.') for name in moved)
    assert not any('backbone.layer1' in name or 'namer' in name for name in moved)
