"""Sharper edges between the model and the writers: ``--refine``."""

import argparse

from sosmatting.apis.result import PhotoMattes
from sosmatting.exceptions import InputError
from sosmatting.trimap_methods.refiner import Refiner


def load_refiner(args: argparse.Namespace, device: str) -> Refiner | None:
    """Build the refiner that the command line names; none by default.

    Raises:
        InputError: What it needs is not installed, or a network's weights or config are missing.
    """
    if args.refine is None:
        return None
    try:
        return Refiner(args.refine, args.refine_checkpoint, args.refine_config, device)
    except InputError as error:
        weights = args.refine_checkpoint is None and 'needs its weights' in str(error)
        more = ' (--refine-checkpoint)' if weights else ''
        raise InputError(f'--refine {args.refine}: {error}{more}') from error


def refined(refiner: Refiner | None, mattes: PhotoMattes) -> tuple[PhotoMattes, str]:
    """Refine the chosen mattes of a photo.

    Returns:
        The result, and what is to be said of mattes that stayed as they were; ``''`` if none did.
    """
    if refiner is None:
        return mattes, ''
    done = refiner.refine(mattes.image, mattes.alphas)
    result = mattes.with_alphas(done.alphas)
    if not done.notes:
        return result, ''
    named = [f'{mattes.layer_names[k]}: {note}' for k, note in sorted(done.notes.items())]
    return result, f'; not refined: {"; ".join(named)}'
