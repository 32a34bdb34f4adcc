"""The console command ``sosmatting``: parse, call, return an exit status.

A subcommand is one entry of ``COMMANDS``: a help line and a function that takes the arguments left
for it and returns an exit status. What it needs is imported inside that function, so that
``--help`` is instant.
"""

import argparse
from collections.abc import Callable, Sequence

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


COMMANDS: dict[str, tuple[str, Callable[[Sequence[str]], int]]] = {
    'doctor': ('Check versions, device, data sets and one forward pass.', doctor),
    'configs': ('List the configs that can be named.', configs),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the console command and return its exit status.

    Args:
        argv: The arguments after the command's name; those of the process by default.

    Returns:
        0 where all is well; 1 where ``doctor`` found a fault; 2 after a wrong input; 130 after
        Ctrl-C.
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
