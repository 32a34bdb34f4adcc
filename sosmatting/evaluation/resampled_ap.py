"""Average precision of resampled images, from what the predictions of every image matched.

Letters: I images, M instances, B resamples, K predictions of a category, T IoU thresholds, R
recalls. A resample draws images with replacement; an image that is drawn twice counts twice, with
all its predictions. Nothing is matched again, for a match concerns one image alone.

Or it draws instances: a prediction counts as often as the ground truth that it lies on, right or
wrong, and as often as its image where it lies on none.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sosmatting.functional.average_precision import RECALLS, THRESHOLDS

Matches = Mapping[str, Any]
"""Of one image: ``truths``, their number by category; ``found``, of every prediction ``category
score hits ignored``, the latter two with a bit per threshold, joined by semicolons. Where instances
may be drawn, ``found`` has the number of the ground truth as a fifth, -1 for none, and ``labels``
lists the category of each."""

CHUNK = 1 << 21  # resamples x predictions in one go


def match_text(
    label: int,
    scores: Sequence[float],
    hit: np.ndarray,
    ignored: np.ndarray,
    owners: Sequence[int] = (),
) -> str:
    """Write down what one image's predictions of one category matched.

    Args:
        label: The category.
        scores: K confidences.
        hit: (T, K) bool, matched at each threshold.
        ignored: (T, K) bool, counted neither right nor wrong; one that is so throughout is left
            out.
        owners: K numbers of the ground truths that they lie on, -1 for none; or empty.
    """
    bits = 1 << np.arange(len(THRESHOLDS))[:, None]
    columns = zip(
        scores,
        (hit * bits).sum(0),
        (ignored * bits).sum(0),
        [f' {owner}' for owner in owners] if len(owners) else [''] * len(scores),
        np.logical_and.reduce(ignored, axis=0),
        strict=True,
    )
    return ';'.join(
        f'{label} {float(score)!r} {a} {b}{owner}' for score, a, b, owner, out in columns if not out
    )


class ResampledAP:
    """AP, x 100, of any number of resamples of a set.

    Args:
        rows: Every image's :data:`Matches`.
        thresholds: How many of the ten IoU thresholds from 0.5 on to average; 1 gives AP50.
        instances: Resamples draw instances, too: the columns of what is drawn are the I images and
            then the M instances, in the images' order.

    Raises:
        ValueError: The matches are not whole.
    """

    def __init__(
        self,
        rows: Sequence[Matches],
        thresholds: int = len(THRESHOLDS),
        instances: bool = False,
    ) -> None:
        self.thresholds = thresholds
        truths: dict[str, np.ndarray] = {}
        found: dict[str, list[tuple[int, float, int, int]]] = {}
        first, columns = len(rows), len(rows)
        if instances:
            columns += sum(len(row['labels']) for row in rows)
        for i, row in enumerate(rows):
            counts = row['truths'].items()
            own = [(i, label, count) for label, count in counts]
            if instances:
                own = [(first + j, str(label), 1) for j, label in enumerate(row['labels'])]
                if Counter(label for _, label, _ in own) != Counter(dict(counts)):
                    raise ValueError(f'labels {row["labels"]} are not the truths {dict(counts)}')
            for column, label, count in own:
                truths.setdefault(label, np.zeros(columns))[column] = count
            for entry in filter(None, row['found'].split(';')):
                label, score, hit, ignored, *rest = entry.split()
                owner = int(rest[0]) if instances and rest else -1
                if not math.isfinite(float(score)):
                    raise ValueError(f'no score {score}')
                if owner >= 0 and first + owner >= columns:
                    raise ValueError(f'no ground truth {owner}')
                column = first + owner if owner >= 0 else i
                found.setdefault(label, []).append((column, float(score), int(hit), int(ignored)))
            first += len(row['labels']) if instances else 0
        self.tables = [
            (counts, np.array(sorted(found.get(label, []), key=lambda entry: -entry[1])))
            for label, counts in truths.items()
        ]

    def __call__(self, drawn: np.ndarray) -> np.ndarray:
        """Score resamples: (B, I) how often each image is drawn -> (B,); NaN without any truth.

        With ``instances`` (B, I + M).
        """
        longest = max([len(entries) for _, entries in self.tables], default=0)
        step = max(1, CHUNK // max(1, longest))
        parts = [self._some(drawn[k : k + step]) for k in range(0, len(drawn), step)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _some(self, drawn: np.ndarray) -> np.ndarray:
        """Average over the categories that have a truth in each resample."""
        total, categories = np.zeros(len(drawn)), np.zeros(len(drawn))
        for counts, entries in self.tables:
            instances = drawn @ counts
            if len(entries):
                total += np.where(instances > 0, self._category(drawn, instances, entries), 0)
            categories += instances > 0
        with np.errstate(invalid='ignore'):
            return np.where(categories > 0, 100 * total / categories, math.nan)

    def _category(
        self, drawn: np.ndarray, instances: np.ndarray, entries: np.ndarray
    ) -> np.ndarray:
        """Average one category's precision over thresholds and recalls: (B,) in [0, 1].

        Precision has its peaks where a prediction is right; the curve at a recall is the best one
        at that recall or beyond.
        """
        times = drawn[:, entries[:, 0].astype(np.int64)]
        hits, ignored = entries[:, 2].astype(np.int64), entries[:, 3].astype(np.int64)
        mean = np.zeros(len(drawn))
        rows = np.arange(len(drawn))[:, None]
        for bit in range(self.thresholds):
            counted = (ignored >> bit & 1) == 0
            right = counted & (hits >> bit & 1 == 1)
            if not right.any():
                continue
            places = np.cumsum(counted)[right] - 1
            among = np.cumsum(times[:, counted], axis=1)[:, places]
            true = np.cumsum(times[:, right], axis=1)
            precision = true / (among + np.spacing(1))
            # At most 1: what lies on one ground truth may, rarely, have matched its neighbour.
            recall = np.minimum(true / np.maximum(instances, 1)[:, None], 1)
            reached = np.searchsorted(RECALLS, recall, side='right') - 1
            curve = np.zeros((len(drawn), len(RECALLS)))
            np.maximum.at(curve, (rows, reached), precision)
            mean += np.maximum.accumulate(curve[:, ::-1], axis=1).mean(axis=1)
        return mean / self.thresholds
