"""Score any system's PNGs against the truth, without a model: what ``sosmatting evaluate`` does.

An image is read, reduced to numbers and let go; nothing is written before everything is scored.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sosmatting.evaluation.folder_scorer import FolderScorer, Request
from sosmatting.evaluation.folders import (
    Confidences,
    Kind,
    Layout,
    confidences,
    missing_and_surplus,
    read_layout,
)
from sosmatting.evaluation.image_scores import ImageScores
from sosmatting.evaluation.rules import PARTS, Rules
from sosmatting.evaluation.score_sheet import in_order, score_sheet
from sosmatting.evaluation.truth import TrueImage, TruthSet, read_truth
from sosmatting.exceptions import InputError
from sosmatting.functional.protocols import PROTOCOLS


@dataclass(frozen=True)
class Result:
    """A scored set.

    Attributes:
        sheet: The score file.
        images: The numbers of every image, in order.
        classes: Category names; may be empty.
    """

    sheet: dict[str, Any]
    images: list[ImageScores]
    classes: tuple[str, ...]

    @property
    def missing(self) -> list[str]:
        """Images without a prediction."""
        return self.sheet['files']['missing']

    @property
    def unknown_categories(self) -> list[str]:
        """Categories of predictions that the truth does not have."""
        return self.sheet['files']['unknown_categories']

    @property
    def surplus(self) -> list[str]:
        """Predictions and files without an image."""
        return self.sheet['files']['surplus']


def evaluate(request: Request) -> Result:
    """Score a folder of predictions.

    An image without a prediction counts as missed; predictions of unknown images are listed, not
    scored.

    Raises:
        InputError: An option, a file or a folder is wrong; the text names it.
    """
    _check(request)
    truth = read_truth(request.gt, request.images)
    layout = read_layout(request.pred, '--pred')
    if layout.kind != truth.kind:
        raise InputError(
            f'--pred {request.pred}: holds {SAYS[layout.kind]}, {truth.place} {SAYS[truth.kind]}; '
            'bring both into one layout'
        )
    missing, surplus = missing_and_surplus((image.name for image in truth.images), layout)
    if len(missing) == len(truth.images) and any(layout.files.values()):
        raise InputError(
            f'--pred {request.pred}: has no prediction for any image of {truth.place} (such as '
            f'{missing[0]!r}); name both alike'
        )
    said = _said(layout, truth)
    agnostic = not truth.classes or all(one.classes is None for one in said.values())
    rules = Rules(
        parts=_parts(request.protocol, truth.kind),
        protocol=request.protocol,
        floor=request.floor,
        min_score=request.min_score,
        agnostic=agnostic,
    )
    score = FolderScorer(request, rules, truth, layout, said)
    images = in_order([score(image) for image in tracked(truth.images)])
    settings = rules.settings | {'kind': truth.kind, 'confidence': _confidence(said, truth.kind)}
    sheet = score_sheet(images, rules.parts, settings, truth.classes)
    named = {name for one in said.values() for name in one.classes or () if name}
    unknown = set() if agnostic else named - set(truth.classes)
    sheet['files'] = {
        'missing': missing,
        'surplus': surplus,
        'unknown_categories': sorted(unknown),
    }
    return Result(sheet, images, truth.classes)


SAYS = {'instances': 'a folder of mattes per image', 'single': 'one matte per image'}


def _check(request: Request) -> None:
    """Refuse options that do not fit each other."""
    if request.protocol not in PROTOCOLS:
        raise InputError(
            f'--protocol {request.protocol}: no such protocol; use one of {", ".join(PROTOCOLS)}'
        )
    banded = PROTOCOLS[request.protocol].region == 'unknown'
    if banded and request.trimap is None:
        raise InputError(
            f'--protocol {request.protocol}: counts the unknown band only; give its trimaps with '
            '--trimap DIR'
        )
    if not banded and request.trimap is not None:
        raise InputError(
            f'--trimap {request.trimap}: --protocol {request.protocol} does not use it; leave it '
            'out, or use dim or ports'
        )
    for option, folder in (('--trimap', request.trimap), ('--images', request.images)):
        if folder is not None and not folder.is_dir():
            raise InputError(f'{option} {folder}: no such folder; check the path')


def _parts(protocol: str, kind: Kind) -> tuple[str, ...]:
    """Choose what is scored: protocols of the unknown band say nothing of instances."""
    if protocol in ('dim', 'ports'):
        return ('per_instance',)
    if protocol == 'imq':
        return ('per_instance', 'imq')
    return PARTS if kind == 'instances' else ('per_instance',)


def _said(layout: Layout, truth: TruthSet) -> dict[str, Confidences]:
    """Read the confidences of every image that is scored."""
    if layout.kind == 'single':
        return {}
    return {
        image.name: confidences(layout.folder / image.name, layout.files[image.name])
        for image in truth.images
        if image.name in layout.files
    }


def _confidence(said: dict[str, Confidences], kind: Kind) -> str:
    """Say where the confidences came from."""
    if kind == 'single':
        return 'none'
    given = [one.scores is not None for one in said.values()]
    if all(given) and given:
        return 'given'
    return 'given or mean alpha' if any(given) else 'mean alpha'


def tracked(images: tuple[TrueImage, ...]) -> Iterator[TrueImage]:
    """Go through the images with a progress bar on the terminal, if there is one."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    yield from track(images, 'scoring', console=console, disable=not console.is_terminal)
