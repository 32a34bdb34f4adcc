"""Score a model's mattes as they are and as refiners make them, in one pass over a test set."""

import copy
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from mmdet.structures import DetDataSample
from mmengine.evaluator import BaseMetric

from sosmatting.engine.results import mattes_of, photo_of
from sosmatting.evaluation.tables import summary
from sosmatting.trimap_methods.refiner import Refiner

ALONE = 'alone'


@dataclass
class Contender:
    """A refiner, or none, with its metric and what it has done so far.

    Attributes:
        refiner: None leaves mattes as the model made them.
        metric: Sees what it makes.
        seconds: Of refining, all scenes.
        mattes: How many it was given.
        kept: How many of them stayed as they were.
    """

    refiner: Refiner | None
    metric: BaseMetric
    seconds: float = 0.0
    mattes: int = 0
    kept: int = 0

    def see(self, sample: DetDataSample, photo: np.ndarray, min_score: float) -> None:
        """Refine and score the prediction of one scene.

        Args:
            sample: With ``pred_instances``; it is not changed.
            photo: (H, W, 3) uint8 RGB.
            min_score: Mattes below it are no objects to a user, so nobody refines them.
        """
        if self.refiner is not None and len(sample.pred_instances):
            sample = copy.copy(sample)
            found = copy.copy(sample.pred_instances)
            mattes = mattes_of(sample, photo, ())
            chosen = np.flatnonzero(mattes.scores >= min_score)
            start = time.perf_counter()
            done = self.refiner.refine(photo, mattes.alphas[chosen])
            self.seconds += time.perf_counter() - start
            self.mattes += len(chosen)
            self.kept += len(done.notes)
            alphas = mattes.alphas.copy()
            alphas[chosen] = done.alphas
            # 16-bit mattes travel as int32, which torch can index.
            wide = alphas.astype(np.int32) if alphas.dtype == np.uint16 else alphas
            found.alphas = torch.from_numpy(wide)
            sample.pred_instances = found
        self.metric.process({}, [sample.to_dict()])


def score_scenes(
    samples: Iterable[DetDataSample],
    contenders: Mapping[str, Contender],
    min_score: float,
    told: Callable[[int], None] = lambda number: None,
) -> dict[str, dict[str, float]]:
    """Score all contenders on the same predictions.

    Args:
        samples: Predictions with their ground truth, one scene each.
        contenders: By name.
        min_score: See :meth:`Contender.see`.
        told: Called after every scene with how many are done.

    Returns:
        For each the metric's scores by name, without its prefix.
    """
    number = 0
    for number, sample in enumerate(samples, 1):
        photo = photo_of(sample)
        for contender in contenders.values():
            contender.see(sample, photo, min_score)
        told(number)
    scores = {name: each.metric.evaluate(number) for name, each in contenders.items()}
    return {
        name: {key.rpartition('/')[2]: float(value) for key, value in found.items()}
        for name, found in scores.items()
    }


def scene_lines(
    scores: Mapping[str, Mapping[str, float]], contenders: Mapping[str, Contender], scenes: int
) -> list[str]:
    """Write scores as a Markdown table, with the seconds of refining a scene."""
    columns = summary(next(iter(scores.values())))
    head = ['mattes', *(name.removesuffix('_50') for name in columns), 'kept', 's']
    text = ['| ' + ' | '.join(head) + ' |', '|---|' + '---:|' * (len(head) - 1)]
    for name, found in scores.items():
        each = contenders[name]
        cells = [f'{found[column]:.2f}' for column in columns]
        cells.append('' if each.refiner is None else f'{each.kept} of {each.mattes}')
        cells.append('' if each.refiner is None else f'{each.seconds / max(scenes, 1):.1f}')
        text.append('| ' + ' | '.join([name, *cells]) + ' |')
    return text
