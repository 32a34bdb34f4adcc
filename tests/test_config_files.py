"""Configs found by path and by name, in a checkout and in an installed copy."""

from pathlib import Path

import pytest
from mmengine.config import Config

from sosmatting import config_files
from sosmatting.config_files import config_names, find_config
from sosmatting.exceptions import InputError


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small checkout, and an empty current folder elsewhere."""
    root = tmp_path / 'checkout'
    fill(root / 'configs')
    (root / 'sosmatting').mkdir()
    (root / 'setup.py').touch()
    monkeypatch.setattr(config_files, 'PACKAGE', root / 'sosmatting')
    (tmp_path / 'elsewhere').mkdir()
    monkeypatch.chdir(tmp_path / 'elsewhere')
    return root


def fill(folder: Path) -> None:
    for name, text in {
        '_base_/runtime.py': 'seed = 7\n',
        'soso.py': "_base_ = '_base_/runtime.py'\nkind = 'full'\n",
        'soso_mini.py': "_base_ = 'soso.py'\nkind = 'mini'\n",
        'ablations/soso_wo-low-level.py': "_base_ = '../soso.py'\nlow_level = None\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


NAMES = ['ablations/soso_wo-low-level', 'soso', 'soso_mini']


def test_names_leave_the_bases_out(checkout: Path) -> None:
    assert config_names() == NAMES


@pytest.mark.parametrize('name', ['soso_mini', 'soso_mini.py', 'configs/soso_mini.py'])
def test_a_bare_name(checkout: Path, name: str) -> None:
    assert find_config(name) == checkout / 'configs' / 'soso_mini.py'


def test_a_name_in_a_folder_inherits(checkout: Path) -> None:
    config = Config.fromfile(find_config('ablations/soso_wo-low-level'))
    assert (config.seed, config.kind, config.low_level) == (7, 'full', None)


def test_paths_and_the_current_folder_go_first(checkout: Path, tmp_path: Path) -> None:
    mine = tmp_path / 'elsewhere' / 'soso.py'
    mine.write_text('kind = "mine"\n')
    assert find_config('soso').resolve() == mine
    assert find_config(str(mine)) == mine
    assert find_config('configs/soso') == checkout / 'configs' / 'soso.py'


def test_a_folder_of_that_name_is_no_config(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / 'elsewhere' / 'soso').mkdir()
    assert find_config('soso') == checkout / 'configs' / 'soso.py'


def test_an_installed_copy_is_found_and_inherits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / 'site-packages' / 'sosmatting'
    fill(package / 'configs')
    fill(tmp_path / 'site-packages' / 'configs')  # somebody else's: there is no setup.py beside it
    monkeypatch.setattr(config_files, 'PACKAGE', package)
    monkeypatch.chdir(tmp_path)
    assert config_names() == NAMES
    assert find_config('soso') == package / 'configs' / 'soso.py'
    assert Config.fromfile(find_config('soso_mini')).seed == 7


def test_unknown_names_list_the_known_ones(checkout: Path) -> None:
    with pytest.raises(InputError) as caught:
        find_config('sosso_mini.py')
    message = str(caught.value)
    assert message.startswith('sosso_mini.py: no such config; did you mean soso_mini?')
    assert message.endswith('Name a .py file or one of: soso, soso_mini, ablations/...')
    with pytest.raises(InputError, match=r'no such config; name a .py file or one of: soso, '):
        find_config('zzzzz')
    assert '\n' not in message


def test_other_files_are_no_configs(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / 'elsewhere' / 'epoch_1.pth').touch()
    with pytest.raises(InputError, match=r'epoch_1\.pth: not a config'):
        find_config('epoch_1.pth')
