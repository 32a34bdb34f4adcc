"""Find a config by its path or its bare name, in a checkout as well as in an installed package.

A checkout (or an editable install) uses the top-level ``configs/``; ``pip install .`` puts a copy
of that folder into the package. Inside either, ``_base_`` names are relative to the file, so
inheritance works in both.
"""

import difflib
from pathlib import Path

from sosmatting.exceptions import InputError

PACKAGE = Path(__file__).resolve().parent
SUFFIXES = ('.py', '.json', '.yaml', '.yml')
BASE = '_base_'
DEFAULT_MODEL = 'soso_mini_twice'  # the config that is taken where none is named


def config_folders() -> list[Path]:
    """List the folders with this project's configs: the checkout's, then the package's."""
    checkout = PACKAGE.parent
    folders = [checkout / 'configs'] if (checkout / 'setup.py').is_file() else []
    return [folder for folder in [*folders, PACKAGE / 'configs'] if folder.is_dir()]


def config_names() -> list[str]:
    """List the configs that can be run, sorted: ``soso``, ``ablations/soso_wo-low-level``."""
    names = {
        path.relative_to(folder).with_suffix('').as_posix()
        for folder in config_folders()
        for path in folder.rglob('*.py')
        if BASE not in path.parts and path.name != '__init__.py'
    }
    return sorted(names)


def config_name(path: Path) -> str:
    """Name a config of this project as :func:`config_names` does; any other by its path."""
    for folder in config_folders():
        if path.resolve().is_relative_to(folder.resolve()):
            return path.resolve().relative_to(folder.resolve()).with_suffix('').as_posix()
    return str(path)


def find_config(name_or_path: str) -> Path:
    """Find a config file.

    Args:
        name_or_path: A path, or a name with or without ``configs/`` before it and ``.py`` after it.
            It is looked for in the current folder, then in the checkout's ``configs/``, then in the
            installed package.

    Returns:
        The path of an existing file.

    Raises:
        InputError: There is no such config; the known names are listed, the nearest one first.
    """
    for folder in [Path(), *config_folders()]:
        for name in _spellings(name_or_path, strip=folder != Path()):
            if (folder / name).is_file() and (folder / name).suffix in SUFFIXES:
                return folder / name
    if Path(name_or_path).is_file():
        raise InputError(f'{name_or_path}: not a config; name a .py file or one of: {_known()}')
    wanted = _spellings(name_or_path, strip=True)[0].removesuffix('.py')
    near = difflib.get_close_matches(wanted, config_names(), n=1)
    guess = f'did you mean {near[0]}? Name' if near else 'name'
    raise InputError(f'{name_or_path}: no such config; {guess} a .py file or one of: {_known()}')


def _spellings(name: str, strip: bool) -> list[str]:
    """Spell a name as given and with ``.py``; ``strip`` takes a leading ``configs/`` away."""
    name = Path(name).as_posix()
    if strip:
        name = name.removeprefix('configs/')
    return [name, f'{name}.py']


def _known() -> str:
    """Name the configs for an error: those in folders by their folders alone."""
    names = config_names()
    folders = sorted({f'{name.partition("/")[0]}/...' for name in names if '/' in name})
    return ', '.join([*(name for name in names if '/' not in name), *folders]) or 'none is there'
