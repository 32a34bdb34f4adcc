"""The console command ``sosmatting``: parse, call, return an exit status.

A subcommand is one entry of ``COMMANDS``: a help line and a function that takes the arguments left
for it and returns an exit status. What it needs is imported inside that function, so that
``--help`` is instant.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from sosmatting import __version__
from sosmatting.exceptions import run


def doctor(argv: Sequence[str]) -> int:
    """Check this installation; return 1 where something has to be repaired."""
    parser = argparse.ArgumentParser('sosmatting doctor', description=COMMANDS['doctor'][0])
    parser.add_argument('--device', default='auto', help='auto (default), cpu, cuda, cuda:1 ...')
    args = parser.parse_args(argv)
    from sosmatting.doctor import examine

    return examine(args.device)


def configs(argv: Sequence[str]) -> int:
    """Print the names of the configs, one a line."""
    parser = argparse.ArgumentParser('sosmatting configs', description=COMMANDS['configs'][0])
    parser.add_argument('--paths', action='store_true', help='print where they are, too')
    args = parser.parse_args(argv)
    from sosmatting.config_files import config_names, find_config

    for name in config_names():
        print(f'{name}\t{find_config(name)}' if args.paths else name)
    return 0


def sample(argv: Sequence[str]) -> int:
    """Draw the embedded sample of scenes, or what of it is missing."""
    parser = argparse.ArgumentParser('sosmatting sample', description=COMMANDS['sample'][0])
    parser.add_argument('--out', type=Path, default=Path('data/sample'), help='(data/sample)')
    parser.add_argument('--train', type=int, default=200, help='training scenes (200)')
    parser.add_argument('--test', type=int, default=40, help='test scenes (40)')
    args = parser.parse_args(argv)
    from sosmatting.datasets.sample import write_sample

    done = write_sample(args.out, args.train, args.test)
    print(f'{args.out}: {"complete" if done else "already complete"}')
    return 0


def evaluate(argv: Sequence[str]) -> int:
    """Score any system's mattes against the truth."""
    parser = argparse.ArgumentParser(
        'sosmatting evaluate',
        description=COMMANDS['evaluate'][0],
        epilog='Mattes lie in NAME/KK.png, a folder per image, or in NAME.png, one per image.',
    )
    parser.add_argument('--pred', required=True, metavar='DIR', help='predicted mattes')
    parser.add_argument(
        '--gt', required=True, metavar='DIR_OR_JSON', help='true mattes, or a COCO-style JSON file'
    )
    parser.add_argument(
        '--protocol',
        default='instance',
        metavar='NAME',
        help='instance (default): all scores, whole image; imq: union of each pair; dim, ports: '
        'unknown band, as Composition-1k and as its Python ports',
    )
    parser.add_argument('--trimap', metavar='DIR', help='trimaps (0, 128, 255) for dim and ports')
    parser.add_argument('--images', metavar='DIR', help='photos for the report')
    parser.add_argument(
        '--floor', type=int, default=1, help='alphas below FLOOR / 255 count as 0 (1)'
    )
    parser.add_argument(
        '--min-score', type=float, default=0.0, help='predictions below count in the APs only (0)'
    )
    parser.add_argument('--json', metavar='FILE', help='write the scores, and FILE.csv beside')
    parser.add_argument('--report', metavar='DIR', help='write DIR/index.html')
    args = parser.parse_args(argv)
    from sosmatting.evaluation.command import run_evaluate

    return run_evaluate(args)


def predict(argv: Sequence[str]) -> int:
    """Cut photos into mattes."""
    from sosmatting.predict.arguments import parse

    parse(argv)  # --help and wrong options are told before anything heavy is loaded
    from sosmatting.predict.command import run_predict

    return run_predict(argv)


def serve(argv: Sequence[str]) -> int:
    """Answer requests over HTTP."""
    from sosmatting.predict.arguments import parse_serve

    parse_serve(argv)
    from sosmatting.predict.serve import run_serve

    return run_serve(argv)


def matte(argv: Sequence[str]) -> int:
    """Cut out what a trimap leaves open."""
    from sosmatting.trimap_methods.command import run_matte

    return run_matte(argv)


def portrait(argv: Sequence[str]) -> int:
    """Put the people of a photo in front of a new background."""
    from sosmatting.trimap_methods.portrait import run_portrait

    return run_portrait(argv)


COMMANDS: dict[str, tuple[str, Callable[[Sequence[str]], int]]] = {
    'predict': ('Cut photos into one soft alpha matte per object.', predict),
    'serve': ('The same over HTTP.', serve),
    'doctor': ('Check versions, device, data sets and one forward pass.', doctor),
    'evaluate': ("Score any system's mattes against the truth.", evaluate),
    'matte': ('Cut out what a trimap leaves open.', matte),
    'portrait': ('Put the people of a photo in front of a new background.', portrait),
    'sample': ('Draw the embedded sample scenes into data/sample.', sample),
    'configs': ('List the configs that can be named.', configs),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the console command and return its exit status.

    Args:
        argv: The arguments after the command's name; those of the process by default.

    Returns:
        0 where all is well; 1 where ``doctor`` found a fault; 2 after a wrong input; 3 where
        ``predict`` failed on some photos; 130 after Ctrl-C.
    """
    lines = [f'  {name:<10} {text}' for name, (text, _) in COMMANDS.items()]
    parser = argparse.ArgumentParser(
        'sosmatting',
        usage='sosmatting [-h] [--version] COMMAND ...',
        description='Instance matting: one soft alpha matte per object, from one photo.',
        epilog='\n'.join(['commands (COMMAND --help tells more):', *lines]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--version', action='version', version=f'sosmatting {__version__}')
    parser.add_argument('command', choices=sorted(COMMANDS), help=argparse.SUPPRESS)
    parser.add_argument('rest', nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    return run(lambda: COMMANDS[args.command][1](args.rest))
