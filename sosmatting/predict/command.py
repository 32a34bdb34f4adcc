"""``sosmatting predict``, from its arguments to its exit status."""

import argparse
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console

from sosmatting.apis.device import describe_device
from sosmatting.apis.matter import Matter
from sosmatting.config_files import DEFAULT_MODEL
from sosmatting.exceptions import InputError
from sosmatting.files import MAX_PIXELS, check_writable
from sosmatting.mattes import labels_of
from sosmatting.predict.arguments import STDIO, parse
from sosmatting.predict.inputs import Source, find_photos
from sosmatting.predict.naming import FolderNames
from sosmatting.predict.plan import make_plan, save_options
from sosmatting.predict.progress import Report
from sosmatting.predict.refining import load_refiner
from sosmatting.predict.share import Share
from sosmatting.predict.single import predict_single
from sosmatting.predict.stages import Stages
from sosmatting.predict.watch import Watch
from sosmatting.predict.work import Outcome, Task, Work

SOME_FAILED = 3
# Formats that hold more than 8 bits of an alpha.
DEEP = frozenset({'alpha16', 'exr', 'cryptomatte'})
BUSY_PAUSE = 0.5  # seconds


def run_predict(argv: Sequence[str] | None = None) -> int:
    """Matte every photo that the command line names.

    Returns:
        0; 3 where some photos failed.

    Raises:
        InputError: The command line is wrong, or nothing can be done at all.
    """
    args = parse(argv)
    console = Console(stderr=args.out == STDIO, highlight=False)
    options = save_options(args)
    share = Share.of_environment(Path(args.out))
    if share.size > 1 and (args.single or args.watch is not None):
        raise InputError('WORLD_SIZE: one file, or --watch, is for one process; unset it')
    sources = _sources(args, console)
    if args.single and len(sources) != 1:
        raise InputError(f'{args.out}: is one file for {len(sources)} photos; name a folder')
    if args.out != STDIO:
        check_writable(Path(args.out).parent if args.single else args.out)
    needs_16 = args.bits == 16 or not DEEP.isdisjoint(args.formats) or args.embed_alpha
    device = share.device(args.device)
    refiner = load_refiner(args, device)
    matter = load_model(args, device, 16 if needs_16 else 8)
    plan = make_plan(args, options, matter, args.resume or share.size > 1, refiner)
    labels_of(args.classes or (), matter.classes)
    label = f'[{share.rank}] ' if share.size > 1 else ''
    told = f'{label}device: {describe_device(matter.device)}; model: {matter.name}'
    told += f', {matter.checkpoint}' + (f'; refined by {refiner.name}' if refiner else '')
    print(told, file=console.file, flush=True)
    stages = Stages()
    if args.single:
        said = predict_single(matter, plan, sources[0], args.out, stages)
        console.print(f'{sources[0].shown} -> {args.out}: {said}', markup=False)
        report = None
    else:
        report = Report(console, None if args.watch else len(sources), label)
        work = Work(matter, plan, share, stages)
        try:
            with report.shown():
                for outcome in _outcomes(args, sources, work):
                    report.add(outcome)
        finally:
            share.tidy()
            report.summarise()
    if args.profile:
        stages.show(console, 1 if report is None else report.counts['done'])
    return SOME_FAILED if report is not None and report.failures else 0


def _sources(args: argparse.Namespace, console: Console) -> list[Source]:
    """Find the photos."""
    if args.inputs == [STDIO]:
        return [Source(Path('stdin'), stdin=True)]
    if args.watch is not None and not any(Path(name).is_dir() for name in args.inputs):
        raise InputError('--watch: none of the inputs is a folder; name one to look into')
    out = None if args.single else Path(args.out)
    found = find_photos(args.inputs, out, args.recursive, empty=args.watch is not None)
    if found.results:
        print(f'{found.results} files passed over: results of an earlier run', file=console.file)
    if not found.sources and args.watch is None:
        raise InputError(f'{args.inputs[0]}: holds nothing but results; name photos')
    if args.watch is None and not any(os.path.lexists(one.path) for one in found.sources):
        more = f' ({len(found.sources)} are named, none is there)' if found.sources[1:] else ''
        raise InputError(f'{found.sources[0].shown}: no such file{more}; check the path')
    return found.sources


def load_model(args: argparse.Namespace, device: str, alpha_bits: int) -> Matter:
    """Build the model that the command line names."""
    limit = MAX_PIXELS if args.max_pixels is None else args.max_pixels
    return Matter(
        args.config or DEFAULT_MODEL,
        args.checkpoint,
        device,
        options=args.cfg_options,
        alpha_bits=alpha_bits,
        amp=args.amp,
        max_pixels=limit or None,
    )


def _outcomes(args: argparse.Namespace, sources: list[Source], work: Work) -> Iterator[Outcome]:
    """Do all photos, and with ``--watch`` those to come."""
    names = FolderNames()
    if args.watch is None:
        yield from _shared(sources, names, work)
        return

    def find() -> list[Source]:
        return find_photos(args.inputs, work.plan.out, args.recursive, empty=True).sources

    for ready in Watch(find, args.watch).looks():
        yield from _shared(ready, names, work)


def _shared(sources: list[Source], names: FolderNames, work: Work) -> Iterator[Outcome]:
    """Do photos together with the other processes; those that they work on are waited for.

    A photo whose process died is free again, and is done here.
    """
    folders = names.of(sources)
    work.share.forget_failures(folders)
    tasks = [
        Task(source, folder, work.share.owns(place))
        for place, (source, folder) in enumerate(zip(sources, folders, strict=True))
    ]
    tasks = [tasks[place] for place in work.share.order(len(tasks))]
    while tasks:
        busy = []
        for outcome in work.run(tasks):
            if outcome.kind == 'busy':
                busy.append(outcome.task)
            else:
                yield outcome
        tasks = busy
        if tasks:
            time.sleep(BUSY_PAUSE)
