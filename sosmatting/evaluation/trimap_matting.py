"""The metric of trimap networks: errors in the unknown band, and training's differences.

Letters: H W pixels of a photo.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from mmdet.registry import METRICS
from mmengine.evaluator import BaseMetric
from torch import Tensor

from sosmatting.exceptions import InputError
from sosmatting.files import write_json
from sosmatting.functional import alpha_losses
from sosmatting.functional.errors import PRINTED
from sosmatting.functional.protocols import PROTOCOLS, errors
from sosmatting.functional.trimap import UNKNOWN

SCORES = ('SAD', 'MSE', 'Grad', 'Conn')
DIFFERENCES = ('known_l1', 'unknown_l1', 'laplacian', 'gradient_penalty')


@METRICS.register_module()
class TrimapMattingMetric(BaseMetric):
    """Score predicted alphas in the unknown band of their trimaps; means over photos.

    SAD, MSE, Grad and Conn under a protocol that counts the unknown band; and, each by itself, what
    a network is trained by: the L1 of the known and of the unknown region (known regions of a
    prediction are taken from the trimap, so that what is left there is the trimap's own error), the
    Laplacian pyramids' difference of the whole photo, and the gradient penalty of the unknown
    region.

    Args:
        protocol: ``'dim'`` or ``'ports'``.
        score_file: Where to write the scores as JSON; nowhere by default.
        collect_device: mmengine's.
        prefix: mmengine's.
        collect_dir: mmengine's.

    Raises:
        InputError: The protocol counts another region.
    """

    default_prefix: str | None = 'trimap'

    def __init__(
        self,
        protocol: str = 'dim',
        score_file: str | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix, collect_dir=collect_dir)
        if protocol not in PROTOCOLS or PROTOCOLS[protocol].region != 'unknown':
            raise InputError(f"protocol={protocol!r}: use 'dim' or 'ports'")
        self.protocol = protocol
        self.score_file = score_file

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Reduce every sample to its numbers."""
        for sample in data_samples:
            path = sample.get('img_path') or str(sample['img_id'])
            name = Path(path).stem if sample.get('img_path') else path
            found = self.scores(sample['pred_alpha'], sample['gt_alpha'], sample['trimap'])
            self.results.append({'image': name, **found})

    def scores(self, pred: Tensor, truth: Tensor, trimap: Tensor) -> dict[str, float]:
        """Score one photo.

        Args:
            pred: (1, H, W) floats in [0, 1].
            truth: (1, H, W) uint8.
            trimap: (1, H, W) uint8.
        """
        pred, target = pred.double().cpu(), truth.cpu().double() / 255
        unknown = trimap.cpu() == UNKNOWN
        found = errors(pred, target, PROTOCOLS[self.protocol], unknown)
        p, g, region = pred[None], target[None], unknown[None]
        return {name: float(found[name]) * PRINTED[name] for name in SCORES} | {
            'known_l1': float(alpha_losses.l1(p, g, ~region)),
            'unknown_l1': float(alpha_losses.l1(p, g, region)),
            'laplacian': float(alpha_losses.laplacian(p, g)),
            'gradient_penalty': float(alpha_losses.gradient_penalty(p, g, region)),
        }

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Average over photos and write the file asked for."""
        rows = sorted(results, key=lambda row: row['image'])
        if not rows:
            raise InputError('no photo was tested; the test set is empty')
        names = (*SCORES, *DIFFERENCES)
        mean = {name: torch.tensor([row[name] for row in rows]).mean().item() for name in names}
        if self.score_file is not None:
            rules = PROTOCOLS[self.protocol]
            sheet = {
                'images': len(rows),
                'instances': len(rows),
                'predictions': len(rows),
                'unknown_band': mean,
                'per_image': rows,
                'settings': {
                    'protocol': self.protocol,
                    'text': f"protocol {self.protocol}: errors over the trimap's unknown band; "
                    'SAD, Grad, Conn / 1000, MSE x 1000; Grad stretching '
                    f'{rules.normalise}; Conn rule {rules.empty}; means over photos',
                },
            }
            write_json(self.score_file, sheet)
        return mean
