"""Prepare one published set: list it, check it, convert it."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from sosmatting.datasets.sets import SOURCES, coco_backgrounds
from sosmatting.datasets.sets.convert import convert
from sosmatting.datasets.sets.layout import distinct_names
from sosmatting.datasets.sets.report import broken, count_lines, with_categories, without
from sosmatting.exceptions import InputError


def prepare_set(
    name: str,
    folder: Path,
    out: Path,
    *,
    dry_run: bool = False,
    check: bool = False,
    skip_bad: bool = False,
    category: str | None = None,
    names: Path | None = None,
    colours: str = 'pymatting',
    banned: Sequence[str] = ('person',),
    max_object: float = 0.1,
    workers: int = 1,
) -> bool | None:
    """Convert a published set to our layout.

    Args:
        name: One of ``SOURCES``.
        folder: Where the set was unpacked to.
        out: Folder to fill.
        dry_run: List and count, write nothing.
        check: Decode all files, write nothing.
        skip_bad: Leave broken pictures out; each is printed.
        category: What the objects are that the set does not name.
        names: JSON of their categories by picture name.
        colours: How the cut-outs' own colours are estimated.
        banned: Categories that COCO backgrounds must not show.
        max_object: Largest object that they may show, as a share of the photo.
        workers: Processes.

    Returns:
        Whether there was anything to do; ``None`` where nothing was to be written.

    Raises:
        InputError: The layout is another one, a file is broken, or ``out`` holds something else.
    """
    source = SOURCES[name]
    read = source.read
    if name == coco_backgrounds.SOURCE.name:
        read = partial(coco_backgrounds.read, without=banned, max_object=max_object)
    contents = with_categories(distinct_names(read(folder)), category, names)
    print(*count_lines(source, contents), sep='\n')
    if dry_run:
        return None
    wrong = broken(contents, workers) if check or skip_bad else {}
    for line in (line for lines in wrong.values() for line in lines):
        print(line)
    if check and wrong:
        raise InputError(f'{folder}: {len(wrong)} broken pictures; see the lines above')
    if check:
        print(f'{folder}: all files are in order')
        return None
    kept = without(contents, list(wrong))
    return convert(source, kept, out, colours, workers, list(wrong))
