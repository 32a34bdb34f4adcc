"""Score trimap methods on photos with true alphas, in alphamatting.com's layout.

Errors are taken in the trimap's unknown band under the protocol ``dim``
(:mod:`~sosmatting.functional.protocols`).
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from sosmatting.datasets.sets.layout import Picture
from sosmatting.datasets.trimap.pairs import read_pair
from sosmatting.datasets.trimap.photos import list_trimap_photos
from sosmatting.exceptions import InputError
from sosmatting.files import read_alpha, read_json
from sosmatting.functional.errors import PRINTED
from sosmatting.functional.protocols import PROTOCOLS, errors
from sosmatting.functional.trimap import BACKGROUND, FOREGROUND, UNKNOWN
from sosmatting.trimap_methods.lookup import TrimapMethod, fingerprint_of

SCORES = ('SAD', 'MSE', 'Grad', 'Conn')


class Case(NamedTuple):
    """A photo with one of its trimaps."""

    trimap_set: str
    picture: Picture


@dataclass(frozen=True)
class Row:
    """One method on one photo and trimap.

    Attributes:
        method: Its name.
        name: The photo's.
        trimap_set: Which of the trimaps.
        scores: By the names of ``SCORES``, scaled as printed.
        seconds: Time of the method alone.
        weights: Of a network: its fingerprint (:func:`fingerprint_of`).
    """

    method: str
    name: str
    trimap_set: str
    scores: Mapping[str, float]
    seconds: float
    weights: str = ''

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells it from other rows."""
        return self.method, self.name, self.trimap_set, self.weights


def cases(root: Path, names: Sequence[str] = ()) -> list[Case]:
    """List the photos of alphamatting.com's training set with each of their trimaps.

    Args:
        root: Holds ``{input,gt,trimap}_training_{lowres,highres}/``; the smaller size is taken.
        names: Photos to take; all without any.

    Raises:
        InputError: A folder or a file is missing, or there is no photo of a name.
    """
    pictures = list_trimap_photos(root)
    known = {picture.name for picture in pictures}
    missing = [name for name in names if name not in known]
    if missing:
        raise InputError(f'{root}: no photo {missing[0]}; there are {", ".join(sorted(known))}')
    folders = sorted(pictures[0].trimaps[0].path.parent.parent.glob('*/'))
    return [
        Case(folder.name, picture)
        for folder in folders
        for picture in list_trimap_photos(root, trimap_set=folder.name)
        if not names or picture.name in names
    ]


def warm_up(method: TrimapMethod) -> None:
    """Run a method on a small picture, so that what is compiled or loaded once is not timed."""
    across = np.linspace(0, 255, 48).round().astype(np.uint8)
    image = np.repeat(np.tile(across, (48, 1))[..., None], 3, 2)
    trimap = np.full((48, 48), UNKNOWN, np.uint8)
    trimap[:, :8], trimap[:, -8:] = BACKGROUND, FOREGROUND
    method(image, trimap)


def stored_rows(path: Path) -> list[Row]:
    """Read the rows that an earlier run wrote; none where there is no file.

    Raises:
        InputError: The file holds something else.
    """
    if not path.exists():
        return []
    try:
        rows = [Row(**{**row, 'scores': dict(row['scores'])}) for row in read_json(path)['rows']]
        complete = all(set(row.scores) == set(SCORES) for row in rows)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f'{path}: no rows of this tool; name another file') from error
    if not complete:
        raise InputError(f'{path}: its rows have other scores; name another file')
    return rows


def score(case: Case, methods: Mapping[str, TrimapMethod]) -> Iterator[Row]:
    """Run every method, by its name, on one photo and trimap.

    Raises:
        InputError: A file is missing or wrong; see also the method.
    """
    picture = case.picture
    image, trimap = read_pair(picture.image, picture.trimaps[0].path)
    stored = read_alpha(picture.alphas[0].path)
    if stored.shape != trimap.shape:
        raise InputError(f'{picture.alphas[0].path}: not of the size of its photo')
    truth = torch.from_numpy(stored / np.float64(np.iinfo(stored.dtype).max))[None]
    unknown = torch.from_numpy(trimap == UNKNOWN)[None]
    for name, method in methods.items():
        start = time.perf_counter()
        alpha = method(image, trimap)
        seconds = time.perf_counter() - start
        found = errors(torch.from_numpy(alpha)[None], truth, PROTOCOLS['dim'], unknown)
        scores = {each: float(found[each]) * PRINTED[each] for each in SCORES}
        yield Row(name, picture.name, case.trimap_set, scores, seconds, fingerprint_of(method))


def means(rows: Sequence[Row]) -> list[Row]:
    """Average over photos: one row for each method and trimap set, named ``mean``."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.trimap_set, row.method), []).append(row)
    return [
        Row(
            method,
            'mean',
            trimap_set,
            {name: sum(row.scores[name] for row in group) / len(group) for name in SCORES},
            sum(row.seconds for row in group) / len(group),
        )
        for (trimap_set, method), group in groups.items()
    ]


def summary(rows: Sequence[Row]) -> list[str]:
    """Write the means as a Markdown table of a line for each method, trimap sets side by side."""
    averaged = {(row.method, row.trimap_set): row for row in means(rows)}
    sets = sorted({trimap_set for _, trimap_set in averaged})
    heads = [f'{name} {each}' for each in sets for name in SCORES]
    text = [
        '| ' + ' | '.join(['method', *heads, 's']) + ' |',
        '|---|' + '---:|' * (len(heads) + 1),
    ]
    for method in dict.fromkeys(row.method for row in rows):
        found = [averaged.get((method, each)) for each in sets]
        shown = [
            '' if row is None else f'{row.scores[name]:.2f}' for row in found for name in SCORES
        ]
        seconds = [row.seconds for row in found if row is not None]
        shown.append(f'{sum(seconds) / len(seconds):.1f}')
        text.append('| ' + ' | '.join([f'`{method}`', *shown]) + ' |')
    return text


def lines(rows: Sequence[Row]) -> list[str]:
    """Write rows as a Markdown table."""
    head = ['photo', 'trimap', 'method', *SCORES, 's']
    text = ['| ' + ' | '.join(head) + ' |', '|---|---|---|' + '---:|' * (len(SCORES) + 1)]
    return text + [
        f'| {row.name} | {row.trimap_set} | {row.method} | '
        + ' | '.join(f'{row.scores[name]:.2f}' for name in SCORES)
        + f' | {row.seconds:.1f} |'
        for row in rows
    ]
