import sys

import pytest

from sosmatting.exceptions import InputError
from sosmatting.export import FORMATS, SaveOptions, check_request
from sosmatting.export.formats import file_name, is_ours, kind

KEYS = ['rgba', 'alpha8', 'alpha16', 'psd', 'exr', 'cryptomatte', 'json', 'overlay', 'composite']


def test_every_format_has_one_writer_and_one_line_of_help() -> None:
    assert list(FORMATS) == KEYS
    for item in FORMATS.values():
        assert (item.write_instance is None) != (item.write_photo is None)
        assert item.per_instance == ('{}' in item.file_name)
        assert '\n' not in item.help and 20 < len(item.help) < 100
    assert [name for name in KEYS if FORMATS[name].per_instance] == ['rgba', 'alpha8', 'alpha16']


def test_the_16_bit_matte_is_the_matte_where_there_is_no_other() -> None:
    assert file_name('alpha16', ['alpha16', 'psd'], 7) == '07.png'
    assert kind('alpha16', ['alpha16', 'psd']) == 'alpha'
    assert file_name('alpha16', ['alpha16', 'alpha8'], 7) == '07_16.png'
    assert kind('alpha16', ['alpha16', 'alpha8']) == 'alpha16'
    assert file_name('alpha8', ['alpha16', 'alpha8'], 123) == '123.png'
    assert file_name('psd', KEYS) == 'layers.psd'


def test_our_files_by_name() -> None:
    ours = [file_name(name, KEYS, i) for name in KEYS for i in (0, 123)] + ['mattes.json']
    assert all(map(is_ours, ours))
    others = ['0.png', 'a.png', '00_rgba.tif', 'my_layers.psd', 'layers.psdx', '../00.png', '']
    assert not any(map(is_ours, others))


@pytest.mark.parametrize(
    ('formats', 'options', 'message'),
    [
        (['png'], {}, "format 'png': is unknown; choose from rgba, alpha8"),
        ([], {}, 'formats: none is named; choose from rgba'),
        (['exr', 'psd', 'exr'], {}, 'format exr: is named twice'),
        (['exr', 'rgba'], {'premultiplied': True}, 'format rgba: its alpha is straight'),
        (['psd'], {'premultiplied': True}, 'format psd: its alpha is straight by definition'),
    ],
)
def test_what_cannot_be_had_is_said_before_any_work(
    formats: list[str], options: dict, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        check_request(formats, SaveOptions(**options))


def test_what_can_be_had() -> None:
    check_request(KEYS, SaveOptions())
    check_request(KEYS, SaveOptions(premultiplied=False))
    check_request(['exr', 'alpha8', 'json'], SaveOptions(premultiplied=True))


@pytest.mark.parametrize(
    ('package', 'name'),
    [('psd_tools', 'psd'), ('OpenEXR', 'exr'), ('OpenEXR', 'cryptomatte'), ('mmh3', 'cryptomatte')],
)
def test_missing_packages(monkeypatch: pytest.MonkeyPatch, package: str, name: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(InputError, match=rf'format {name}: {package} is not installed; pip inst'):
        check_request([name], SaveOptions())
    check_request([key for key in KEYS if package not in FORMATS[key].needs], SaveOptions())


def test_pymatting_is_needed_for_colours_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'pymatting', None)
    options = SaveOptions(foreground='ml')
    check_request(['alpha8', 'json', 'cryptomatte', 'overlay'], options)
    for name in ('rgba', 'psd', 'exr', 'composite'):
        with pytest.raises(InputError, match='foreground colours: pymatting is not installed'):
            check_request([name], options)
