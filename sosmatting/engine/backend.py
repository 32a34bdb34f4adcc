"""A file backend whose files are whole or absent, for checkpoints."""

from pathlib import Path
from typing import Any

from mmengine.fileio import LocalBackend, register_backend

from sosmatting.files import write_bytes


class AtomicBackend(LocalBackend):
    """mmengine's local backend, writing to a temporary name and renaming.

    Ask for it with ``backend_args=dict(backend='atomic')`` in the checkpoint hook.
    """

    def put(self, obj: Any, filepath: str | Path) -> None:
        """Write bytes; a full disk is one clear line and loses nothing."""
        write_bytes(filepath, bytes(obj))

    def put_text(self, obj: str, filepath: str | Path, encoding: str = 'utf-8') -> None:
        """Write text."""
        write_bytes(filepath, obj.encode(encoding))


register_backend('atomic', AtomicBackend, force=True)
