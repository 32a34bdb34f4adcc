"""The stand-in for mmcv's compiled operators: only where the real ones are absent.

Each case runs in a process of its own, with a fake mmcv first on the path.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def run_with_fake_mmcv(folder: Path, operators: bool, code: str) -> str:
    """Run ``code`` where ``mmcv`` is an empty package, with or without a real module ``_ext``."""
    (folder / 'mmcv').mkdir()
    (folder / 'mmcv' / '__init__.py').write_text('')
    if operators:
        (folder / 'mmcv' / '_ext.py').write_text("def nms(): return 'real nms'\n")
    path = os.pathsep.join([str(folder), str(ROOT)])
    done = subprocess.run(
        [sys.executable, '-c', code],
        env={**os.environ, 'PYTHONPATH': path},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_real_operators_are_used_where_they_are(tmp_path: Path) -> None:
    code = (
        'import sosmatting, sys; from sosmatting.mmcv_ext import *; from mmcv import _ext;'
        'print(_ext.nms(), ensure_mmcv_ext(), has_compiled_operators(), _ext.__file__ is not None)'
    )
    assert run_with_fake_mmcv(tmp_path, True, code) == 'real nms True True True'


def test_the_stand_in_names_the_missing_operator(tmp_path: Path) -> None:
    code = """
import sosmatting, importlib
from sosmatting.mmcv_ext import MissingOperatorError, ensure_mmcv_ext, has_compiled_operators
ext = importlib.import_module('mmcv._ext')
assert hasattr(ext, 'deform_conv_forward') and not hasattr(ext, '__path__')
try:
    ext.deform_conv_forward(1, x=2)
except MissingOperatorError as error:
    print(error)
print(ensure_mmcv_ext(), has_compiled_operators())
"""
    message, state = run_with_fake_mmcv(tmp_path, False, code).splitlines()
    assert "'deform_conv_forward'" in message
    assert 'install the full mmcv' in message
    assert state == 'False False'


def test_an_mmcv_that_was_imported_before_is_respected(tmp_path: Path) -> None:
    code = 'import mmcv._ext as e, sosmatting, sys; print(sys.modules["mmcv._ext"] is e, e.nms())'
    assert run_with_fake_mmcv(tmp_path, True, code) == 'True real nms'


def test_importing_the_package_imports_neither_torch_nor_mmcv(tmp_path: Path) -> None:
    code = (
        "import sys, sosmatting; print([n for n in ('torch', 'mmcv', 'numpy') if n in sys.modules])"
    )
    assert run_with_fake_mmcv(tmp_path, False, code) == '[]'


def test_without_mmcv_the_import_says_so() -> None:
    code = """
import sys
sys.path = [entry for entry in sys.path if 'site-packages' not in entry]
import sosmatting
try:
    import mmcv
except ModuleNotFoundError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, '-S', '-c', code],
        env={**os.environ, 'PYTHONPATH': str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.strip() == "No module named 'mmcv'", done.stderr


def test_mmengine_sees_that_there_are_no_operators() -> None:
    """mmengine asks for the loader of ``mmcv._ext`` whenever it builds an optimizer."""
    if has_real_operators():
        pytest.skip('the full mmcv is installed')
    code = (
        'import sosmatting; from mmengine.utils.dl_utils import mmcv_full_available;'
        'import mmdet.models; print(mmcv_full_available())'
    )
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', code],
        env={**os.environ, 'PYTHONPATH': str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.stdout.strip().splitlines()[-1] == 'False', done.stderr


def has_real_operators() -> bool:
    from sosmatting.mmcv_ext import has_compiled_operators

    return has_compiled_operators()
