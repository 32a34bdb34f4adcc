"""Packages that only some formats need, imported when they are needed."""

import importlib
from typing import Any

from sosmatting.exceptions import InputError

# By the name that is imported: what to install.
INSTALL = {
    'pymatting': "pip install 'sosmatting[foreground]'",
    'psd_tools': 'pip install psd-tools',
    'OpenEXR': "pip install 'OpenEXR>=3.3'",
    'mmh3': 'pip install mmh3',
}


def load_package(module: str, purpose: str) -> Any:
    """Import a module.

    Args:
        module: Its name, of a package in ``INSTALL``.
        purpose: What needs it, for the message.

    Raises:
        InputError: It is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.split('.')[0]
        raise InputError(
            f'{purpose}: {package} is not installed; {INSTALL[package]}, or leave it out'
        ) from error
