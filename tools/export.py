"""Matte photos with a config and a checkpoint: ``sosmatting predict`` with the arguments in order.

Alphas, cut-outs and an overlay go to DIR/NAME/, with mattes.json. What this tool does not have,
``sosmatting predict --help`` lists: other formats, choosing objects, --resume and more.
"""

import argparse
import sys
from collections.abc import Sequence

from sosmatting.exceptions import run


def to_predict(arguments: Sequence[str] | None = None) -> list[str]:
    """Read this tool's command line and spell it as that of ``sosmatting predict``."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='a config file, or its name, such as soso')
    parser.add_argument('checkpoint', help='a .pth or .safetensors file, or a work folder')
    parser.add_argument('images', nargs='+', metavar='IMAGE_OR_DIR', help='photos, or folders')
    parser.add_argument('--out', required=True, metavar='DIR', help='output folder')
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
    args = parser.parse_args(arguments)
    formats = [f'alpha{args.bits}', *([] if args.no_rgba else ['rgba'])]
    formats += [] if args.no_overlay else ['overlay']
    options = ['--config', args.config, '--checkpoint', args.checkpoint, '--out', args.out]
    options += ['--bits', args.bits, '--device', args.device, f'--min-score={args.min_score}']
    options += ['--format', ','.join(formats)]
    options += ['--max-instances', args.max_instances] if args.max_instances else []
    options += ['--foreground', 'ml'] if args.foreground else []
    options += ['--cfg-options', *args.cfg_options] if args.cfg_options else []
    return [*options, '--', *args.images]


def main(arguments: Sequence[str] | None = None) -> int:
    """Matte every photo that the command line names."""
    given = to_predict(arguments)
    from sosmatting.predict.command import run_predict

    return run_predict(given)


if __name__ == '__main__':
    sys.exit(run(main))
