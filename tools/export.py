"""Matte photos: an alpha PNG and a cut-out per object, an overlay and mattes.json in DIR/NAME/.

NAME is the photo's file name without its suffix. Photos of one NAME (a.jpg and a.png, or two
folders' 01.jpg) get NAME, NAME_2, NAME_3 ... in the order given; a photo named twice is done once.
A photo that cannot be read is reported and the others are done; the exit status is 3 then.
"""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sosmatting.exceptions import InputError, one_line, run
from sosmatting.export import SaveOptions, save
from sosmatting.files import list_photos, read_photo

SOME_FAILED = 3


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='a config file, or its name, such as soso')
    parser.add_argument('checkpoint', help='a .pth or .safetensors file, or a work folder')
    parser.add_argument('images', nargs='+', metavar='IMAGE_OR_DIR', help='photos, or folders')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR', help='output folder')
    parser.add_argument('--bits', type=int, choices=(8, 16), default=8, help='bits a channel (8)')
    parser.add_argument('--device', default='auto', help='auto (default), cpu, cuda, cuda:1 ...')
    parser.add_argument('--min-score', type=float, default=0.3, help='drop lower scores (0.3)')
    parser.add_argument('--max-instances', type=int, metavar='N', help='keep the N best at most')
    parser.add_argument('--no-rgba', action='store_true', help='write no cut-outs')
    parser.add_argument('--no-overlay', action='store_true', help='write no overlay')
    text = "give cut-outs the objects' own colours (needs pymatting)"
    parser.add_argument('--foreground', action='store_true', help=text)
    parser.add_argument(
        '--cfg-options', nargs='+', metavar='KEY=VALUE', default=[], help='override the config'
    )
    args = parser.parse_args(arguments)
    if not 0 <= args.min_score <= 1:
        raise InputError(f'--min-score {args.min_score:g}: scores lie between 0 and 1; give one')
    if args.max_instances is not None and args.max_instances < 1:
        raise InputError(f'--max-instances {args.max_instances}: give 1 or more')
    return args


def find_photos(inputs: Iterable[str]) -> list[Path]:
    """List the photos named and those directly inside the folders named, each once, in that order.

    Raises:
        InputError: A folder holds no photo.
    """
    found: dict[Path, Path] = {}
    for name in inputs:
        for path in list_photos(name) if Path(name).is_dir() else [Path(name)]:
            found.setdefault(path.resolve(), path)
    return list(found.values())


def folder_names(photos: Sequence[Path]) -> list[str]:
    """Give every photo a folder name of its own: its stem, or STEM_2, STEM_3 ... where taken.

    Upper and lower case count as equal, as some file systems hold them to be. A stem as it is goes
    before a numbered one: of a.jpg, a.png and a_2.jpg, the second becomes a_3.
    """
    stems = [path.stem if path.stem.strip('.') else path.name.strip('.') for path in photos]
    taken = {stem.casefold() for stem in stems}
    seen: set[str] = set()
    names = []
    for stem in stems:
        name, number = stem, 2
        while name.casefold() in seen or (number > 2 and name.casefold() in taken):
            name, number = f'{stem}_{number}', number + 1
        seen.add(name.casefold())
        names.append(name)
    return names


@contextmanager
def progress(total: int) -> Iterator[Any]:
    """Give ``report(line, error=False)``, to call after each photo: a bar, or lines in a pipe."""
    start, done = time.perf_counter(), 0
    console = Console()
    columns = [BarColumn(), MofNCompleteColumn(), TextColumn('{task.fields[speed]} images/s')]
    bar = Progress(*columns, TimeRemainingColumn(), console=console, transient=True)
    task = bar.add_task('', total=total, speed='-')

    def report(line: str, error: bool = False) -> None:
        nonlocal done
        done += 1
        speed = f'{done / (time.perf_counter() - start):.2f}'
        bar.update(task, completed=done, speed=speed)
        if error:
            print(f'error: {line}', file=sys.stderr, flush=True)
        elif console.is_terminal:
            console.print(line, markup=False, highlight=False)
        else:
            print(f'[{done}/{total}] {line} ({speed} images/s)', flush=True)

    if console.is_terminal:
        with bar:
            yield report
    else:
        yield report


def main(arguments: Sequence[str] | None = None) -> int:
    """Matte every photo that the command line names."""
    args = parse_args(arguments)
    photos = find_photos(args.images)
    from sosmatting.apis import Matter
    from sosmatting.engine.launch import load_config

    options = list(args.cfg_options)
    head = load_config(args.config, options).model.mask_head
    if 'alpha_bits' in head.get('test_cfg', {}):
        options.append(f'model.mask_head.test_cfg.alpha_bits={args.bits}')
    matter = Matter(args.config, args.checkpoint, args.device, options)
    print(f'device: {matter.device}', flush=True)
    formats = [f'alpha{args.bits}', *([] if args.no_rgba else ['rgba'])]
    formats += [] if args.no_overlay else ['overlay']
    saving = SaveOptions('ml' if args.foreground else 'none', bits=args.bits)
    failed = 0
    with progress(len(photos)) as report:
        for path, name in zip(photos, folder_names(photos), strict=True):
            try:
                mattes = matter(read_photo(path))
            except InputError as error:
                failed += 1
                report(one_line(error), error=True)
                continue
            mattes = mattes[mattes.scores >= args.min_score][: args.max_instances]
            folder = args.out / name
            save(mattes, folder, formats, saving)
            report(f'{path} -> {folder}: {len(mattes)} mattes')
    if failed:
        print(f'{failed} of {len(photos)} photos could not be done', file=sys.stderr)
    return SOME_FAILED if failed else 0


if __name__ == '__main__':
    sys.exit(run(main))
