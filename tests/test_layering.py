"""The rooms of the package and their one-way arrows, read from the source."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted((ROOT / 'sosmatting').rglob('*.py'))
SOURCES = [
    *FILES,
    *sorted((ROOT / 'tools').rglob('*.py')),
    *sorted((ROOT / 'configs').rglob('*.py')),
]

# Each room may import itself and every room of an earlier line, never one of its own line.
LINES = (
    ('sosmatting', 'exceptions', 'mmcv_ext'),
    ('release',),
    ('files', 'mattes', 'config_files', 'checkpoints', 'functional'),
    ('structures', 'visualization', 'pretrained'),
    ('datasets', 'models', 'evaluation', 'export'),
    ('engine',),
    ('register', 'apis'),
    ('trimap_methods',),
    ('doctor', 'predict'),
    ('cli',),
)
# Rooms of one line that may meet all the same.
ALSO = {('apis', 'register'), ('checkpoints', 'files'), ('config_files', 'files')}
LINE_OF = {room: i for i, line in enumerate(LINES) for room in line}


def room_of(module: str) -> str:
    parts = module.split('.')
    return parts[1] if len(parts) > 1 else parts[0]


def imports(tree: ast.AST, package: str) -> Iterator[str]:
    """Name every module that is imported, also inside functions; relative names are completed."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split('.')[: len(package.split('.')) - node.level + 1]
            module = '.'.join([*(base if node.level else []), *filter(None, [node.module])])
            if module == 'sosmatting':
                yield from (f'sosmatting.{alias.name}' for alias in node.names)
            else:
                yield module


def wrong_arrows(source: str, module: str) -> list[str]:
    """List what ``module``, of this source, imports and may not."""
    room, package = room_of(module), module.rpartition('.')[0]
    wrong = []
    for name in imports(ast.parse(source), package):
        top, other = name.split('.')[0], room_of(name)
        if room == 'functional' and (top.startswith('mm') or other == 'files'):
            wrong.append(name)
            continue
        if top != 'sosmatting' or other == room or (room, other) in ALSO:
            continue
        if other in LINE_OF and LINE_OF[other] >= LINE_OF[room]:
            wrong.append(name)
    return wrong


def module_name(path: Path) -> str:
    name = '.'.join(path.relative_to(ROOT).with_suffix('').parts)
    return name.removesuffix('.__init__') + ('.__init__' if path.name == '__init__.py' else '')


def test_the_checker_sees_wrong_arrows() -> None:
    cases = {
        'sosmatting.functional.grid': 'import mmengine.config\nfrom sosmatting import files',
        'sosmatting.models.soso': 'def f():\n    from sosmatting.datasets.coco import Coco',
        'sosmatting.datasets.coco': 'from ..models import losses\nfrom sosmatting import apis',
        'sosmatting.visualization.sheet': 'import sosmatting.structures',
    }
    counts = {module: len(wrong_arrows(source, module)) for module, source in cases.items()}
    assert list(counts.values()) == [2, 1, 2, 1]
    assert not wrong_arrows('from sosmatting.functional import grid', 'sosmatting.models.soso')
    assert not wrong_arrows('from . import grid, files', 'sosmatting.export.folder')


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_arrows(path: Path) -> None:
    module = module_name(path)
    assert room_of(module) in LINE_OF or room_of(module) == '__init__', 'a room without a place'
    if module == 'sosmatting.__init__':
        # What it offers of higher rooms is imported when it is asked for (and for type checkers).
        source = re.sub(r'if TYPE_CHECKING:\n(    .*\n)+', '', path.read_text())
        source = source.replace('from sosmatting.mmcv_ext', 'from mmcv_ext')
        assert not wrong_arrows(source, 'sosmatting'), 'the package itself imports only mmcv_ext'
        return
    assert not wrong_arrows(path.read_text(), module)


@pytest.mark.parametrize('path', SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_forbidden_words(path: Path) -> None:
    source = path.read_text()
    assert '.cuda(' not in source, 'use the device of a tensor that is there'
    stars = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.names[0].name == '*'
    ]
    assert not stars, 'import * hides where names come from'
    places = re.findall(r'(?<![\w.])(?:/work/|/root/|/home/|/Users/|[A-Z]:\\)', source)
    assert not places, f'paths of one machine: {places}'


def test_there_is_no_drawer() -> None:
    folders = [ROOT / 'sosmatting', ROOT / 'tools', ROOT / 'tests']
    names = {path.name for folder in folders for path in folder.rglob('*.py')}
    assert not names & {'utils.py', 'util.py', 'helpers.py', 'misc.py', 'common.py'}


def test_tools_are_short() -> None:
    lengths = {
        path.name: len(path.read_text().splitlines()) for path in (ROOT / 'tools').glob('*.py')
    }
    assert lengths and max(lengths.values()) < 150, lengths
