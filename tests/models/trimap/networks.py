"""Trimap networks small enough for a test, and one picture to learn."""

import torch
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample

import sosmatting.register  # noqa: F401
from tests.functional.test_classical import picture

SMALL = {
    'dim': dict(
        type='DeepImageMatting', widths=(8, 12, 16, 16, 16), fc6_channels=32, batch_norm=False
    ),
    'gca': dict(
        type='GCAMatting', widths=(16, 24, 32, 48), encoder_depths=(1, 1, 1, 1),
        decoder_depths=(1, 1, 1, 1),
    ),
    'indexnet': dict(type='IndexNetMatting', norm_eval=False, aspp_dropout=0.0, index_expansion=1),
}  # fmt: skip


def network(name, **options):
    """Build a small network with fixed weights."""
    torch.manual_seed(0)
    return MODELS.build({**SMALL[name], **options})


def model(name, losses=(dict(type='AlphaPredictionLoss'),), **options):
    """Build a small network as a model that can be trained."""
    torch.manual_seed(0)
    return MODELS.build(
        dict(type='TrimapMatting', network={**SMALL[name], **options}, losses=list(losses))
    )


def batch(count=1, side=64):
    """Make the data of a batch: a soft disc, its trimap, its alpha and colours."""
    image, trimap, truth = picture()
    pixels = torch.from_numpy(image).permute(2, 0, 1)
    pixels = torch.cat([pixels, torch.from_numpy(trimap)[None]])
    alpha = (torch.from_numpy(truth)[None] * 255).round().to(torch.uint8)
    rows, columns = torch.arange(side) % 40, torch.arange(side) % 48
    inputs, samples = [], []
    for _ in range(count):
        sample = DetDataSample(metainfo=dict(img_shape=(side, side)))
        sample.gt_alpha = alpha[:, rows][:, :, columns]
        sample.gt_foreground = (
            torch.tensor([220, 80, 40], dtype=torch.uint8).view(3, 1, 1).expand(3, side, side)
        )
        sample.gt_background = (
            torch.tensor([30, 60, 160], dtype=torch.uint8).view(3, 1, 1).expand(3, side, side)
        )
        inputs.append(pixels[:, rows][:, :, columns])
        samples.append(sample)
    return {'inputs': inputs, 'data_samples': samples}
