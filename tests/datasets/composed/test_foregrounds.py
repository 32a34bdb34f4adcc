from pathlib import Path

import numpy as np
import pytest

from sosmatting.datasets.composed.foregrounds import (
    CutoutReader,
    Foreground,
    evened,
    list_foregrounds,
    scaled,
)
from sosmatting.exceptions import InputError
from tests.datasets import layouts
from tests.datasets.composed.prepared import prepare


def levels(folder: Path) -> Foreground:
    files, sizes = [], []
    for side in (400, 200, 100):
        path = folder / f'{side}.png'
        layouts.save(path, np.full((side // 2, side, 4), side // 2, np.uint8))
        files.append(path)
        sizes.append((side, side // 2))
    return Foreground(tuple(files), tuple(sizes), 'cow', (False,) * 4, 1.0)


@pytest.mark.parametrize(
    ('side', 'chosen'), [(30, 100), (100, 100), (101, 200), (399, 400), (900, 400)]
)
def test_reads_the_size_needed(tmp_path: Path, side: int, chosen: int) -> None:
    assert CutoutReader()(levels(tmp_path), side).shape == (chosen // 2, chosen, 4)


def test_keeps_what_was_read_last_within_its_bytes(tmp_path: Path) -> None:
    each = levels(tmp_path)
    reader = CutoutReader(cache_bytes=400 * 200 * 4 + 10)
    first = reader(each, 400)
    assert reader(each, 400) is first
    reader(each, 100)
    assert reader(each, 400) is not first


def test_a_set_counts_by_the_root_of_its_size() -> None:
    few, many = Path('few'), Path('many')
    weights = evened([few, *[many] * 9])
    assert weights[0] == pytest.approx(1 / 4) and weights[1:] == pytest.approx([1 / 12] * 9)
    assert evened([few] * 3) == pytest.approx([1 / 3] * 3)


def test_a_broken_cutout_is_named(tmp_path: Path) -> None:
    each = levels(tmp_path)
    each.files[0].write_bytes(b'')
    with pytest.raises(InputError, match=r'400\.png: missing or no RGBA'):
        CutoutReader()(each, 400)
    each.files[0].unlink()
    with pytest.raises(InputError, match=r'400\.png: missing or no RGBA'):
        CutoutReader()(each, 400)


def test_lists_what_was_prepared(tmp_path: Path) -> None:
    (cutouts,), _ = prepare(tmp_path)
    found = list_foregrounds(Path(cutouts['data_root']), 'train')
    assert [each.category for each in found] == ['object', 'cow', 'object']
    with pytest.raises(InputError, match='lists no cut-out'):
        list_foregrounds(tmp_path / 'backgrounds', 'train')
    with pytest.raises(InputError, match=r'test\.json: no such file'):
        list_foregrounds(tmp_path / 'rgba', 'test')
    (tmp_path / 'rgba/annotations/train.json').write_text('{"categories": []}')
    with pytest.raises(InputError, match='not made by prepare_data'):
        list_foregrounds(tmp_path / 'rgba', 'train')


def test_scaling_keeps_colours_at_the_edge() -> None:
    bgra = np.zeros((64, 64, 4), np.uint8)
    bgra[16:48, 16:48] = (10, 120, 240, 255)
    for size in ((20, 20), (150, 150)):
        colours, opacity = scaled(bgra, size)
        assert opacity.sum() == pytest.approx(size[0] ** 2 / 4, rel=0.02)
        assert np.abs(colours[opacity > 0.05].astype(int) - (10, 120, 240)).max() <= 3
