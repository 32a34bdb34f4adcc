"""Several methods on one command line: ``--methods``, ``--checkpoint``, ``--config``."""

import argparse
from collections.abc import Sequence

from sosmatting.exceptions import InputError
from sosmatting.trimap_methods.lookup import NETWORKS, SHORT, TrimapMethod, build_method


def add_methods(parser: argparse.ArgumentParser, default: str) -> None:
    """Let a command line choose several methods and where networks run.

    Args:
        parser: The tool's.
        default: What its help says of the methods taken where none are named.
    """
    parser.add_argument('--methods', nargs='*', metavar='NAME', help=f'({default})')
    parser.add_argument(
        '--checkpoint',
        action='append',
        default=[],
        metavar='NETWORK=FILE',
        help=f'also a network ({", ".join(NETWORKS)}) with these weights; may be repeated',
    )
    parser.add_argument(
        '--config',
        action='append',
        default=[],
        metavar='NETWORK=FILE',
        help="a network's config, where it is not the usual one; may be repeated",
    )
    parser.add_argument('--device', default='auto', help='auto (default), cpu, cuda, cuda:1 ...')


def methods_of(args: argparse.Namespace, default: Sequence[str]) -> dict[str, TrimapMethod | None]:
    """Make the methods ready that a command line names; ``none`` is None.

    Args:
        args: With what :func:`add_methods` adds.
        default: The methods taken where none are named.

    Raises:
        InputError: One is unknown or not installed, or a network's weights or config are not to be
            had.
    """
    methods: dict[str, TrimapMethod | None] = {}
    for name in default if args.methods is None else args.methods:
        methods[SHORT.get(name, name)] = None if name == 'none' else build_method(name)
    configs = dict(_named(each, '--config') for each in args.config)
    for each in args.checkpoint:
        name, file = _named(each, '--checkpoint')
        methods[name] = build_method(name, file, configs.pop(name, None), args.device)
    if configs:
        name = next(iter(configs))
        raise InputError(f'--config {name}=...: {name} has no --checkpoint here; name its weights')
    return methods


def _named(text: str, option: str) -> tuple[str, str]:
    """Split NETWORK=VALUE."""
    name, equals, value = text.partition('=')
    if not equals:
        raise InputError(f'{option} {text}: write it as NETWORK=FILE')
    return name, value
