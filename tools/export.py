"""Matte photos with the shipped model, or with CONFIG CHECKPOINT named before the photos.

    tools/export.py photo.jpg folder/ --out mattes
    tools/export.py configs/soso.py work_dirs/soso photo.jpg --out mattes

Alphas, cut-outs and an overlay go to DIR/NAME/, with mattes.json. What this tool does not have,
``sosmatting predict --help`` lists: other formats, choosing objects, --resume and more. A folder
of photos that is called as a config is: ./NAME.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from sosmatting.config_files import SUFFIXES, config_names
from sosmatting.exceptions import InputError, run

WEIGHTS = ('.pth', '.safetensors')


def split_model(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split what was named into the model, CONFIG and CHECKPOINT or nothing, and the photos.

    The first is a config where it is a config file by its ending, or a name of one here or of this
    project's, or where weights come after it.
    """
    first, second = [*names, ''][:2]
    known = first.removeprefix('configs/') in config_names() or Path(f'{first}.py').is_file()
    given = 2 if known or first.endswith(SUFFIXES) or second.endswith(WEIGHTS) else 0
    return list(names[:given]), list(names[given:])


def to_predict(arguments: Sequence[str] | None = None) -> list[str]:
    """Read this tool's command line and spell it as that of ``sosmatting predict``."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    text = 'photos, or folders; before them, for another model than the shipped one, its config (a '
    text += 'file or a name, such as soso) and its checkpoint (a .pth or .safetensors file, or a '
    text += 'work folder)'
    parser.add_argument('names', nargs='+', metavar='IMAGE_OR_DIR', help=text)
    parser.add_argument('--out', required=True, metavar='DIR', help='output folder')
    text = 'folders in folders, too'
    parser.add_argument('-r', '--recursive', action='store_true', help=text)
    parser.add_argument('--bits', choices=('8', '16'), default='8', help='bits a channel (8)')
    parser.add_argument('--device', default='auto', help='auto (default), cpu, cuda, cuda:1 ...')
    parser.add_argument('--min-score', default='0.3', help='drop lower scores (0.3)')
    parser.add_argument('--max-instances', metavar='N', help='keep the N best at most')
    parser.add_argument('--no-rgba', action='store_true', help='write no cut-outs')
    parser.add_argument('--no-overlay', action='store_true', help='write no overlay')
    text = "give cut-outs the objects' own colours (needs pymatting)"
    parser.add_argument('--foreground', action='store_true', help=text)
    parser.add_argument(
        '--cfg-options', nargs='+', metavar='KEY=VALUE', default=[], help='override the config'
    )
    args = parser.parse_intermixed_args(arguments)
    model, images = split_model(args.names)
    if not images:
        raise InputError('no photo is named; name photos or folders, after CONFIG CHECKPOINT')
    formats = [f'alpha{args.bits}', *([] if args.no_rgba else ['rgba'])]
    formats += [] if args.no_overlay else ['overlay']
    options = ['--config', model[0], '--checkpoint', model[1]] if model else []
    options += ['--out', args.out, '--bits', args.bits, '--device', args.device]
    options += [f'--min-score={args.min_score}']
    options += ['--format', ','.join(formats)]
    options += ['--max-instances', args.max_instances] if args.max_instances else []
    options += ['--recursive'] if args.recursive else []
    options += ['--foreground', 'ml'] if args.foreground else []
    options += ['--cfg-options', *args.cfg_options] if args.cfg_options else []
    return [*options, '--', *images]


def main(arguments: Sequence[str] | None = None) -> int:
    """Matte every photo that the command line names."""
    given = to_predict(arguments)
    from sosmatting.predict.command import run_predict

    return run_predict(given)


if __name__ == '__main__':
    sys.exit(run(main))
