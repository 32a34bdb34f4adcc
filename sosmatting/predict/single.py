"""One photo into one file, or from stdin to stdout."""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from sosmatting.apis.matter import Matter
from sosmatting.exceptions import InputError
from sosmatting.export import save
from sosmatting.files import load_photo, write_bytes
from sosmatting.mattes import Mattes
from sosmatting.predict.arguments import STDIO
from sosmatting.predict.inputs import MANIFEST, Source
from sosmatting.predict.plan import Plan
from sosmatting.predict.refining import refined
from sosmatting.predict.stages import Stages


def predict_single(matter: Matter, plan: Plan, source: Source, out: str, stages: Stages) -> str:
    """Matte one photo into one file.

    Args:
        matter: The model.
        plan: What to do; of its formats, the first.
        source: The photo.
        out: The file, or ``-`` for stdout.
        stages: Where times are added up.

    Returns:
        What is to be said: how many instances the file shows, and which were not refined.

    Raises:
        InputError: The photo cannot be read, the file cannot be written, or the format has a file
            for every instance and there is not exactly one.
    """
    with stages.timed('read'):
        content = source.read()
        photo = load_photo(content, max_pixels=matter.max_pixels, name=source.shown)
    with stages.timed('prepare'):
        prepared = matter.prepare(photo, source.shown)
    with stages.timed('model'):
        mattes = matter.predict([prepared])[0].select(**plan.choice)
    with stages.timed('refine'):
        mattes, more = refined(plan.refiner, mattes)
    with stages.timed('write'):
        content = one_file(mattes, plan, source.path.name)
        if out == STDIO:
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
        else:
            write_bytes(out, content)
    return f'{len(mattes)} mattes{more}'


def one_file(mattes: Mattes, plan: Plan, name: str) -> bytes:
    """Write mattes in a format that makes one file of them; return its content.

    Raises:
        InputError: The format makes several files of them, or none.
    """
    with tempfile.TemporaryDirectory() as place:
        options = replace(plan.options, source=name)
        paths = save(mattes, Path(place) / 'result', plan.formats, options)
        files = [path for path in paths if path.name != MANIFEST]
        if len(files) != 1:
            raise InputError(
                f'--format {plan.formats[0]}: is a file per object, and this photo has '
                f'{len(mattes)} objects; pick one (--max-instances 1, --point, --box) or choose '
                'composite, psd, exr, json or overlay'
            )
        return files[0].read_bytes()
