"""From the command line's options to what is done with every photo."""

import argparse
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sosmatting import __version__
from sosmatting.apis.background import read_background
from sosmatting.apis.matter import Matter
from sosmatting.export import SaveOptions, check_request
from sosmatting.predict.records import settings_hash
from sosmatting.trimap_methods.refiner import Refiner


@dataclass(frozen=True)
class Plan:
    """What is to be done with every photo.

    Attributes:
        out: The output folder.
        formats: Names of the formats.
        options: How they are written.
        choice: Which instances are kept: arguments of :meth:`Mattes.select`.
        settings: Hash of all that decides about the files but the photo.
        resume: Skip what is done.
        batch_size: Photos at a time.
        refiner: Sharpens the mattes that are kept.
    """

    out: Path
    formats: tuple[str, ...]
    options: SaveOptions
    choice: dict[str, Any]
    settings: str
    resume: bool = False
    batch_size: int = 1
    refiner: Refiner | None = None


def save_options(args: argparse.Namespace) -> SaveOptions:
    """Say how files are written.

    Raises:
        InputError: The background cannot be read, or formats and options do not go together.
    """
    options = SaveOptions(
        foreground=args.foreground,
        premultiplied=args.premultiplied,
        bits=args.bits,
        crop=args.crop,
        background=read_background(args.background),
        embed_alpha=args.embed_alpha,
    )
    check_request(args.formats, options)
    return options


def choice_of(args: argparse.Namespace) -> dict[str, Any]:
    """Say which instances are kept: arguments of :meth:`Mattes.select`."""
    return {
        'classes': args.classes,
        'min_score': args.min_score,
        'points': args.points,
        'boxes': args.boxes,
        'max_instances': args.max_instances,
    }


def make_plan(
    args: argparse.Namespace,
    options: SaveOptions,
    matter: Matter,
    resume: bool,
    refiner: Refiner | None = None,
) -> Plan:
    """Gather what is to be done with every photo.

    Args:
        args: The command line.
        options: What :func:`save_options` made of it.
        matter: The model.
        resume: Skip what is done.
        refiner: Sharpens the mattes that are kept.
    """
    background: Any = options.background
    if isinstance(background, np.ndarray):
        background = hashlib.sha256(background.tobytes()).hexdigest()
    settings = {
        'version': __version__,
        'model': matter.fingerprint(),
        'formats': args.formats,
        'foreground': args.foreground,
        'premultiplied': args.premultiplied,
        'bits': args.bits,
        'crop': args.crop,
        'background': background,
        'embed_alpha': args.embed_alpha,
        **choice_of(args),
    }
    if refiner is not None:
        settings['refine'] = refiner.fingerprint()
    return Plan(
        out=Path(args.out),
        formats=args.formats,
        options=options,
        choice=choice_of(args),
        settings=settings_hash(settings),
        resume=resume,
        batch_size=args.batch_size,
        refiner=refiner,
    )
