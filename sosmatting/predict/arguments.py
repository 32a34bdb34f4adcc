"""The command line of ``sosmatting predict``; nothing heavy is imported here."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from sosmatting.exceptions import InputError
from sosmatting.predict import values

FORMATS = (
    'rgba', 'alpha8', 'alpha16', 'psd', 'exr', 'cryptomatte', 'json', 'overlay', 'composite',
)  # fmt: skip
DEFAULT_FORMATS = ('alpha8', 'rgba', 'overlay')
REFINERS = (
    'closed-form', 'cf', 'knn', 'large-kernel', 'lkm', 'learning-based', 'lbdm', 'random-walk',
    'rw', 'bayesian', 'dim', 'gca', 'indexnet', 'none',
)  # fmt: skip
STDIO = '-'
DESCRIPTION = """\
Cut photos into one soft alpha matte per object.

Every photo gets a folder of its own below OUT: OUT/NAME/ with the files asked for and mattes.json,
which says what they are. NAME is the photo's file name without its suffix; photos of one NAME get
NAME, NAME_2 ... in the order given. With --recursive the tree of folders is kept."""
EPILOG = """\
exit status: 0 all photos done (none with an object in it is no failure), 2 wrong usage,
3 some photos failed and are named, 130 stopped by Ctrl-C.

Several GPUs or machines: torchrun --nproc-per-node 4 --no-python sosmatting predict ... shares
the photos out; docs/predict.md has it all."""


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line, like all others of ours."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f'{message}; see {self.prog} --help')


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line.

    Returns:
        ``inputs``, ``out`` and the options, checked as far as that is possible without reading a
        file: ``formats``, ``points`` and ``boxes`` are tuples.

    Raises:
        InputError: They are no options of ours, have impossible values, or contradict each other.
    """
    args = _parser().parse_args(argv)
    _check(args)
    return args


def _parser() -> _Parser:
    """Build the parser of ``sosmatting predict``."""
    parser = _Parser(
        'sosmatting predict',
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        'inputs', nargs='+', metavar='IN', help='photos, folders, quoted globs, or - for stdin'
    )
    parser.add_argument(
        '-o', '--out', required=True, metavar='OUT',
        help='output folder; for one photo also a file (.png .psd .exr .json), or - for stdout',
    )  # fmt: skip
    _add_files(parser.add_argument_group('what is written'))
    _add_choice(parser.add_argument_group('which objects'))
    _add_model(parser.add_argument_group('the model'))
    add_refining(parser.add_argument_group('sharper edges'))
    _add_running(parser.add_argument_group('running'))
    return parser


def _add_files(group: argparse._ArgumentGroup) -> None:
    """Add what says which files are written and how."""
    group.add_argument(
        '--format', dest='formats', type=values.some_of(FORMATS), metavar='LIST',
        help=f'some of {",".join(FORMATS)} ({",".join(DEFAULT_FORMATS)})',
    )  # fmt: skip
    group.add_argument(
        '--bits', type=int, choices=(8, 16), default=8, help='bits a channel of rgba (8)'
    )
    group.add_argument(
        '--foreground', choices=('none', 'ml'), default='none',
        help="ml: estimate the objects' own colours, so that soft edges keep nothing of the old "
        "background (none: the photo's colours)",
    )  # fmt: skip
    law = group.add_mutually_exclusive_group()
    law.add_argument(
        '--straight', dest='premultiplied', action='store_false', default=None,
        help='colours not multiplied by alpha (as PNG and PSD have it)',
    )  # fmt: skip
    law.add_argument(
        '--premultiplied', dest='premultiplied', action='store_true', default=None,
        help='colours multiplied by alpha (as EXR has it)',
    )  # fmt: skip
    group.add_argument(
        '--crop', action='store_true', help="cut each object's files to its box (full frame)"
    )
    group.add_argument(
        '--background', metavar='COLOR|IMAGE',
        help='lies behind the composite: white, #rrggbb, R,G,B, transparent, or a picture',
    )  # fmt: skip
    group.add_argument(
        '--embed-alpha', action='store_true', help='json holds the mattes themselves'
    )


def _add_choice(group: argparse._ArgumentGroup) -> None:
    """Add what picks objects."""
    group.add_argument(
        '--classes', type=values.names, metavar='LIST', help='only these categories: person,dog'
    )
    group.add_argument(
        '--min-score', type=values.share, default=0.3, metavar='S', help='drop lower scores (0.3)'
    )
    group.add_argument(
        '--max-instances', type=values.count, metavar='N', help='keep the N best at most'
    )
    group.add_argument(
        '--point', dest='points', action='append', type=values.numbers(2), default=[],
        metavar='X,Y', help='only the object that is most opaque at this pixel; may be repeated',
    )  # fmt: skip
    group.add_argument(
        '--box', dest='boxes', action='append', type=values.numbers(4), default=[],
        metavar='X1,Y1,X2,Y2', help='only objects that lie in it by half; may be repeated',
    )  # fmt: skip


def _add_model(group: argparse._ArgumentGroup) -> None:
    """Add what says which model computes, and where."""
    group.add_argument(
        '--model', '--config', dest='config', metavar='NAME|FILE',
        help='a config by name or path (soso_mini_twice)',
    )  # fmt: skip
    group.add_argument(
        '--checkpoint', metavar='FILE|DIR',
        help="weights: a .pth or .safetensors file, or a work folder (the package's own)",
    )  # fmt: skip
    group.add_argument('--device', default='auto', help='auto (default), cpu, cuda, cuda:1 ...')
    group.add_argument(
        '--amp', action='store_true', help='compute in bfloat16, where hardware has it'
    )
    group.add_argument(
        '--cfg-options', nargs='+', action='extend', metavar='KEY=VALUE', default=[],
        help='override the config',
    )  # fmt: skip


def add_refining(group: argparse._ArgumentGroup) -> None:
    """Add what sharpens the mattes afterwards."""
    group.add_argument(
        '--refine', choices=REFINERS, metavar='METHOD',
        help='let a trimap method solve the band around each contour: closed-form (cf), bayesian, '
        'knn, large-kernel, learning-based, random-walk; gca, dim, indexnet with weights; none: '
        'only let the mattes of a pixel sum to 1 at most (no refinement)',
    )  # fmt: skip
    group.add_argument(
        '--refine-checkpoint', metavar='FILE|DIR', help='weights of gca, dim or indexnet'
    )
    group.add_argument(
        '--refine-config', metavar='NAME|FILE', help='its config, where it is not the usual one'
    )


def _add_running(group: argparse._ArgumentGroup) -> None:
    """Add what says how the photos are gone through."""
    group.add_argument('-r', '--recursive', action='store_true', help='folders in folders, too')
    group.add_argument(
        '--resume', action='store_true',
        help='skip photos whose files are there, made of the same photo with the same options',
    )  # fmt: skip
    group.add_argument(
        '--watch', nargs='?', type=values.seconds, const=1.0, metavar='SECONDS',
        help='then look for new photos in the folders, every second by default, until Ctrl-C',
    )  # fmt: skip
    group.add_argument(
        '--batch-size', type=values.count, default=1, metavar='N', help='photos at a time (1)'
    )
    group.add_argument(
        '--max-pixels', type=values.limit, metavar='N',
        help='refuse larger photos (120000000); 0: no limit',
    )  # fmt: skip
    group.add_argument('--profile', action='store_true', help='print the time that each step took')


def parse_serve(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line of ``sosmatting serve``.

    Raises:
        InputError: They are no options of it, or have impossible values.
    """
    parser = _Parser(
        'sosmatting serve',
        description='Matte pictures that come by HTTP: POST one to / and get the file back.',
        epilog="curl --data-binary @photo.jpg 'http://127.0.0.1:7000/?format=psd' -o layers.psd\n"
        'Whoever can reach the address can use it: it asks for no password.',
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--host', default='127.0.0.1', help='(127.0.0.1, this machine alone)')
    parser.add_argument('--port', type=int, default=7000, help='(7000); 0 takes a free one')
    parser.add_argument(
        '--max-bytes', type=values.count, default=100_000_000, metavar='N', help='(100000000)'
    )
    parser.add_argument(
        '--max-pixels', type=values.limit, metavar='N', help='(120000000); 0: no limit'
    )
    _add_model(parser.add_argument_group('the model'))
    add_refining(parser.add_argument_group('sharper edges'))
    args = parser.parse_args(argv)
    check_refining(args)
    return args


def _check(args: argparse.Namespace) -> None:
    """Find contradictions and fill in what follows from other options."""
    check_refining(args)
    stdin = args.inputs.count(STDIO)
    if stdin and len(args.inputs) > 1:
        raise InputError('-: stdin is one photo; name no other inputs beside it')
    args.single = args.out == STDIO or is_single_file(args.out)
    check_folder(args.out)
    if args.formats is None:
        if args.single:
            args.formats = (single_format(args.out),)
        else:
            more = ('composite',) if args.background else ()
            args.formats = (*DEFAULT_FORMATS, *more)
    if args.single and len(args.formats) > 1:
        raise InputError(
            f'--format {",".join(args.formats)}: {_shown_out(args)} is one file; choose one format'
        )
    if args.single and args.background is None and args.formats == ('composite',):
        args.background = 'transparent'
    if args.watch is not None and (stdin or args.single):
        raise InputError('--watch: needs folders to look into and a folder to write to')


def check_refining(args: argparse.Namespace) -> None:
    """Refuse options of a refiner without one."""
    for name in ('checkpoint', 'config'):
        if args.refine is None and getattr(args, f'refine_{name}') is not None:
            raise InputError(f'--refine-{name}: is for --refine gca, dim or indexnet; name one')


def is_single_file(out: str) -> bool:
    """Tell whether an output path is meant to be one file, not a folder of folders."""
    return Path(out).suffix.lower() in ('.png', '.psd', '.exr', '.json') and not Path(out).is_dir()


def check_folder(out: str) -> None:
    """Refuse a file that cannot hold a matte where a folder would be made.

    Raises:
        InputError: It ends as a photo does, and is not there as a folder.
    """
    from sosmatting.files import PHOTO_SUFFIXES

    lossy = Path(out).suffix.lower() in PHOTO_SUFFIXES and not is_single_file(out)
    if lossy and not Path(out).is_dir():
        raise InputError(
            f'{out}: no file of this kind can hold a result; end it in .png, .psd, .exr or .json, '
            'or name a folder'
        )


def single_format(out: str) -> str:
    """Choose the format of one output file by its suffix."""
    return {'.psd': 'psd', '.exr': 'exr', '.json': 'json'}.get(
        Path(out).suffix.lower(), 'composite'
    )


def _shown_out(args: argparse.Namespace) -> str:
    return 'stdout' if args.out == STDIO else args.out
