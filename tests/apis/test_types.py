"""The type hints, as a user's type checker sees them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """
[mypy]
[mypy-torch.*,torchvision.*]
follow_imports = skip
ignore_missing_imports = True
"""


def test_a_users_program_passes_mypy_strict(tmp_path: Path) -> None:
    pytest.importorskip('mypy', reason="pip install 'sosmatting[dev]'")
    assert (ROOT / 'sosmatting/py.typed').is_file()
    (tmp_path / 'mypy.ini').write_text(CONFIG)
    program = tmp_path / 'consumer.py'
    program.write_text((ROOT / 'tests/apis/consumer.py').read_text())
    # The package's own files are followed for their types, as those of an installed one are.
    options = ['--strict', '--config-file', 'mypy.ini', '--follow-imports=silent']
    done = subprocess.run(
        [sys.executable, '-m', 'mypy', *options, '--cache-dir', 'cache', program.name],
        cwd=tmp_path,
        env={**os.environ, 'MYPYPATH': str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
