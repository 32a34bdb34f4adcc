"""Run by the test of two ranks: score a set alone and shared between the ranks, and write both.

Usage: two_ranks.py RANK FOLDER
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from mmengine.evaluator import Evaluator
from torch import distributed

from sosmatting.evaluation.instance_matting import InstanceMattingMetric

IMAGES = 7


class StoredMattes:
    def __init__(self, alphas: torch.Tensor) -> None:
        self.alphas = alphas

    def to_tensor(self, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
        return self.alphas


def sample(img_id: int) -> dict:
    rng = np.random.default_rng(img_id)
    m, n = rng.integers(0, 4), rng.integers(0, 6)
    true = np.zeros((m, 50, 60), np.uint8)
    for matte in true:
        y, x = rng.integers(0, 30), rng.integers(0, 40)
        matte[y : y + 20, x : x + 20] = rng.integers(100, 256, (20, 20))
    found = np.zeros((n, 50, 60), np.uint8)
    for matte in found[: len(found) if m else 0]:
        matte[:] = np.roll(true[rng.integers(0, m)] // 2, rng.integers(-3, 4), axis=1) * 2
    return {
        'ori_shape': (50, 60),
        'img_id': img_id,
        'pred_instances': {
            'alphas': torch.from_numpy(found),
            'scores': torch.from_numpy(rng.random(n).round(1)),
            'labels': torch.from_numpy(rng.integers(0, 2, n)),
        },
        'gt_instances': {
            'masks': StoredMattes(torch.from_numpy(true)),
            'labels': torch.from_numpy(rng.integers(0, 2, m)),
        },
    }


def score(ids: list[int], folder: Path, name: str) -> dict[str, float]:
    files = {'score_file': str(folder / f'{name}.json'), 'report_dir': str(folder / name)}
    evaluator = Evaluator(InstanceMattingMetric(**files))
    evaluator.dataset_meta = {'classes': ('a', 'b')}
    for img_id in ids:
        evaluator.process([sample(img_id)])
    return evaluator.evaluate(IMAGES)


def main(rank: int, folder: Path) -> None:
    torch.set_num_threads(1 + rank)
    alone = score(list(range(IMAGES)), folder, f'alone{rank}')
    distributed.init_process_group(
        'gloo', init_method=f'file://{folder}/meet', rank=rank, world_size=2
    )
    # mmengine's sampler: every second image, the first one again where they do not come out even
    ids = [k % IMAGES for k in range(rank, IMAGES + 1, 2)]
    together = score(ids, folder, 'together')
    distributed.destroy_process_group()
    (folder / f'{rank}.json').write_text(json.dumps([alone, together]))


if __name__ == '__main__':
    main(int(sys.argv[1]), Path(sys.argv[2]))
