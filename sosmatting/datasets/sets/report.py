"""What ``prepare_data.py SET`` says before and after it works: counts, sizes, broken files."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sosmatting.datasets.sets import coco, sofi200
from sosmatting.datasets.sets.layout import Contents, Picture, Source
from sosmatting.datasets.sets.pixels import picture_problems
from sosmatting.datasets.workers import finished
from sosmatting.exceptions import InputError
from sosmatting.files import read_json


@dataclass(frozen=True)
class Verified:
    """A layout that needs no conversion.

    Attributes:
        about: What it is.
        tree: The expected folders.
        counts: Counts images and annotations of every split.
        problems: Names what is wrong, one line each.
        published: The published number of images of every split.
    """

    about: str
    tree: str
    counts: Callable[[Path], Mapping[str, tuple[int, int]]]
    problems: Callable[[Path], Iterator[str]]
    published: Mapping[str, int]


VERIFIED = {
    'coco': Verified(
        'COCO 2017; nothing to convert', coco.TREE, coco.counts, coco.problems, coco.PUBLISHED
    ),
    'sofi200': Verified(
        'our own layout; nothing to convert', sofi200.TREE, sofi200.counts, sofi200.problems, {}
    ),
}


def count_lines(source: Source, contents: Contents) -> list[str]:
    """Tell what a set holds: pictures of every split beside the published number, and more."""
    lines = []
    for split, pictures in contents.items():
        published = source.published.get(split)
        beside = f' (published: {published})' if published else ''
        mattes = sum(len(picture.alphas) for picture in pictures)
        instances = f', {mattes} alphas' if mattes else ''
        lines.append(f'{split}: {len(pictures)} pictures{beside}{instances}')
    names = Counter(name for listed in contents.values() for p in listed for name in p.categories)
    if names:
        lines.append('categories: ' + ', '.join(f'{n} {k}' for k, n in names.most_common(12)))
    lines.append(f'{_bytes_of(contents) / 1e6:.1f} MB of files')
    return lines


def _bytes_of(contents: Contents) -> int:
    """Add up the sizes of all files of a set, each once."""
    pictures = [picture for listed in contents.values() for picture in listed]
    files = {picture.image for picture in pictures}
    files |= {alpha.path for picture in pictures for alpha in (*picture.alphas, *picture.trimaps)}
    return sum(file.stat().st_size for file in files if file.is_file())


def broken(contents: Contents, workers: int) -> dict[str, list[str]]:
    """Decode all files of a set and tell what is wrong with each picture, by its name."""
    pictures = [picture for listed in contents.values() for picture in listed]
    wrong: dict[str, list[str]] = {}
    columns = (TextColumn('{task.description}'), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn()) as progress:
        task = progress.add_task('checking', total=len(pictures))
        for name, problems in finished(_problems, [(p,) for p in pictures], workers):
            progress.advance(task)
            if problems:
                wrong[name] = problems
    return dict(sorted(wrong.items()))


def _problems(picture: Picture) -> tuple[str, list[str]]:
    return picture.name, list(picture_problems(picture))


def without(contents: Contents, names: Sequence[str]) -> Contents:
    """Leave pictures out by name."""
    return {
        split: [picture for picture in listed if picture.name not in names]
        for split, listed in contents.items()
    }


def with_categories(contents: Contents, category: str | None, file: Path | None) -> Contents:
    """Say what the objects are that a set calls just ``object``.

    Args:
        contents: The set.
        category: The category of all of them.
        file: JSON ``{"NAME": "category"}`` by picture name; it comes before ``category``.

    Raises:
        InputError: The file is not of that form, or names a picture that the set has not.
    """
    names = {} if file is None else read_json(file)
    if not isinstance(names, dict) or not all(isinstance(v, str) for v in names.values()):
        told = json.dumps({'NAME': 'cat'})
        raise InputError(f'--names {file}: expected {told}; one category for each picture name')
    unknown = set(names) - {picture.name for listed in contents.values() for picture in listed}
    if unknown:
        raise InputError(f'--names {file}: the set has no picture {sorted(unknown)[0]!r}; mend it')
    return {
        split: [_named(p, category, names) for p in listed] for split, listed in contents.items()
    }


def _named(picture: Picture, category: str | None, names: Mapping[str, str]) -> Picture:
    """Replace the category ``object`` of one picture."""
    name = names.get(picture.name, category)
    if name is None:
        return picture
    known = (name if old == 'object' else old for old in picture.categories)
    return replace(picture, categories=tuple(known))


def verify(name: str, root: Path) -> None:
    """Print the counts of a set that needs no conversion, and what is wrong with it.

    Raises:
        InputError: Something is wrong.
    """
    layout = VERIFIED[name]
    for split, (images, annotations) in layout.counts(root).items():
        published = layout.published.get(split)
        beside = f' (published: {published})' if published else ''
        print(f'{split}: {images} images{beside}, {annotations} annotations')
    wrong = list(layout.problems(root))
    print(*wrong, sep='\n', end='\n' if wrong else '')
    if wrong:
        raise InputError(f'{root}: {len(wrong)} things are wrong; see the lines above')
    print(f'{root}: all files are in order')
