"""Every published layout converts, verifies, and says clearly what is wrong with it."""

import contextlib
import io
import json
import runpy
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sosmatting.datasets.sets import SOURCES
from sosmatting.datasets.sets.convert import convert
from sosmatting.datasets.sets.pixels import (
    clean_colours,
    cut_edges,
    levels_of,
    picture_problems,
    shrink_rgba,
)
from sosmatting.datasets.sets.sofi200 import problems
from sosmatting.exceptions import InputError, run
from sosmatting.files import read_alpha
from tests.datasets import layouts

REPO = Path(__file__).parents[2]
main = runpy.run_path(str(REPO / 'tools/prepare_data.py'))['main']
# Pictures and instances of every split of the tiny layouts, counted by hand.
EXPECTED = {
    'him2k': {'natural': (2, 4), 'comp': (2, 4)},
    'm-him2k': {'natural': (2, 4), 'comp': (2, 4)},
    'i-him50k': {'train': (2, 4)},
    'coco-matting': {'train': (2, 4)},
    'composition-1k': {'train': (2, 2), 'test': (1, 1)},
    'composition-1k-test': {'test': (4, 4)},
    'distinctions-646': {'train': (2, 2), 'test': (1, 1)},
    'am-2k': {'train': (2, 2), 'test': (1, 1)},
    'aim-500': {'test': (2, 2)},
    'p3m-10k': {'train': (2, 2), 'p3m-500-p': (1, 1), 'p3m-500-np': (1, 1)},
    'ppm-100': {'test': (2, 2)},
    'alphamatting': {'train': (2, 2)},
    'rgba': {'train': (3, 3)},
    'fluent-emoji': {'train': (3, 3), 'val': (1, 1)},
    'game-photos': {'train': (2, 2), 'val': (1, 1)},
    'bg-20k': {'train': (2, 0), 'test': (1, 0)},
    'endless-sky': {'train': (4, 0), 'val': (2, 0)},
    'backgrounds': {'train': (2, 0)},
    'coco-backgrounds': {'train2017': (1, 0), 'val2017': (1, 0)},
    'shipped-stamps': {'train': (2, 2), 'val': (1, 1)},
    'shipped-photos': {'train': (5, 5), 'val': (3, 3)},
}


def prepare(name: str, source: Path, out: Path, *options: str) -> int:
    arguments = [name, str(source), '--out', str(out), '--workers', '1', '--colours', 'blur']
    return main([*arguments, *options])


def annotations(root: Path) -> dict[str, dict]:
    files = sorted((root / 'annotations').glob('*.json'))
    return {file.stem: json.loads(file.read_text()) for file in files}


def tree(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob('*') if p.is_file()}


def test_every_set_has_a_layout() -> None:
    assert set(SOURCES) == set(layouts.MAKE) == set(EXPECTED)


@pytest.mark.parametrize('name', sorted(SOURCES))
def test_converts_and_verifies(name: str, tmp_path: Path, capsys) -> None:
    source = layouts.make(name, tmp_path / 'source')
    before, out = tree(source), tmp_path / 'out'
    assert prepare(name, source, out, '--dry-run') == 0
    assert not out.exists()
    told = capsys.readouterr().out
    for split, (pictures, alphas) in EXPECTED[name].items():
        published = SOURCES[name].published.get(split)
        beside = f' (published: {published})' if published else ''
        count = f', {alphas} alphas' if alphas else ''
        assert f'{split}: {pictures} pictures{beside}{count}\n' in told
    assert prepare(name, source, out) == 0
    written = annotations(out)
    assert {s: (len(c['images']), len(c['annotations'])) for s, c in written.items()} == EXPECTED[
        name
    ]
    assert not list(problems(out))
    assert main(['sofi200', str(out)]) == 0
    assert tree(source) == before, 'the source stays as it is'
    files = tree(out)
    assert prepare(name, source, out) == 0
    assert 'already complete' in capsys.readouterr().out
    assert tree(out) == files


@pytest.mark.parametrize('name', ['him2k', 'am-2k', 'alphamatting', 'ppm-100', 'coco-matting'])
def test_alphas_arrive_as_they_were(name: str, tmp_path: Path) -> None:
    source = layouts.make(name, tmp_path / 'source')
    prepare(name, source, tmp_path / 'out')
    for content in annotations(tmp_path / 'out').values():
        for annotation in content['annotations']:
            alpha = read_alpha(tmp_path / 'out/alphas' / annotation['alpha'])
            errors = [np.abs(alpha.astype(int) - layouts.soft_alpha(k)).max() for k in range(2)]
            assert min(errors) <= (16 if name == 'ppm-100' else 0)  # JPEG there
            assert annotation['area'] == pytest.approx(alpha.sum() / 255, rel=1e-5)


def test_guidance_and_trimaps_travel_along(tmp_path: Path) -> None:
    prepare('m-him2k', layouts.make('m-him2k', tmp_path / 'm'), tmp_path / 'him')
    first = annotations(tmp_path / 'him')['natural']['annotations'][0]
    assert first['guidance'] == ['r50_c4_3x/natural_a/00.png']
    assert (tmp_path / 'him/guidance' / first['guidance'][0]).is_file()
    assert sum('guidance' in a for a in annotations(tmp_path / 'him')['comp']['annotations']) == 1
    prepare('coco-matting', layouts.make('coco-matting', tmp_path / 'c'), tmp_path / 'coco')
    content = annotations(tmp_path / 'coco')['train']
    trimap = read_alpha(tmp_path / 'coco/trimaps' / content['annotations'][1]['trimap'])
    alpha = layouts.soft_alpha(1)
    assert ((trimap == 128) == ((alpha > 0) & (alpha < 255))).all()
    assert content['info']['pseudo'] and all(a['pseudo'] for a in content['annotations'])


def test_categories_can_be_told(tmp_path: Path) -> None:
    source = layouts.make('am-2k', tmp_path / 'source')
    names = tmp_path / 'names.json'
    names.write_text('{"m_1": "dog"}')
    prepare('am-2k', source, tmp_path / 'out', '--category', 'cat', '--names', str(names))
    content = annotations(tmp_path / 'out')['train']
    numbers = {c['id']: c['name'] for c in content['categories']}
    assert [numbers[a['category_id']] for a in content['annotations']] == ['dog', 'cat']
    names.write_text('{"m_9": "dog"}')
    with pytest.raises(InputError, match="no picture 'm_9'"):
        prepare('am-2k', source, tmp_path / 'other', '--names', str(names))


def test_rgba_takes_categories_from_paths(tmp_path: Path) -> None:
    contents = SOURCES['rgba'].read(layouts.make('rgba', tmp_path))
    found = {p.name: p.categories[0] for p in contents['train']}
    assert found == {'birds_crow': 'object', 'thing': 'object', 'cow_2': 'cow'}


@pytest.mark.parametrize('workers', ['2'])
def test_an_interrupted_conversion_goes_on(tmp_path: Path, monkeypatch, workers: str) -> None:
    source, out = layouts.make('p3m-10k', tmp_path / 'source'), tmp_path / 'out'
    prepare('p3m-10k', source, tmp_path / 'whole')
    for file in (source / 'validation').rglob('*.png'):  # the run stops at a broken file
        content = file.read_bytes()
        file.write_bytes(b'broken')
        with pytest.raises(InputError, match='--check lists all'):
            prepare('p3m-10k', source, out)
        assert (out / '.parts').is_dir() and not annotations(out)
        file.write_bytes(content)
        break
    assert main(['p3m-10k', str(source), '--out', str(out), '--workers', workers,
                 '--colours', 'blur']) == 0  # fmt: skip
    assert tree(out) == tree(tmp_path / 'whole')


@pytest.mark.parametrize(
    ('name', 'missing', 'message'),
    [
        ('him2k', 'alphas/natural', r'expected the folder alphas/natural/, found in alphas/ comp/'),
        ('him2k', 'alphas/comp/a', r'a\.jpg: expected its alphas comp/a/KK\.png'),
        ('him2k', 'images/comp/b.jpg', r'comp/b: expected its photo comp/b\.\*'),
        ('m-him2k', 'masks_matched_r50_c4_3x', 'expected folders masks_matched_MODEL/, found'),
        ('i-him50k', 'alphas', 'expected the folder alphas/, found images/'),
        ('coco-matting', 'list.json', 'expected one JSON beside'),
        ('coco-matting', 'unlabeled2017/000000000002.jpg', 'names no photo of train2017'),
        ('composition-1k', 'Training_set/training_fg_names.txt', 'expected the list training_fg'),
        ('composition-1k', 'Training_set/Other/fg/b.png', r'names b\.png, which is in no fg/'),
        ('composition-1k', 'Training_set/Other/alpha/b.png', 'expected its alpha'),
        (
            'composition-1k-test',
            'Combined_Dataset/Test_set/Adobe-licensed images/alpha/net.png',
            r'net_0\.png: expected its alpha .*alpha_copy/net_0\.png',
        ),
        (
            'composition-1k-test',
            'Combined_Dataset/Test_set/trimaps/cat-1288531_1920_1.png',
            r'1920_1\.png: expected its trimap',
        ),
        ('distinctions-646', 'Test/GT', 'expected the folder Test/GT/, found in Test/ FG/'),
        ('am-2k', 'train/mask/m_1.png', r'm_1\.jpg: expected its alpha mask/m_1'),
        ('aim-500', 'mask', 'expected the folder mask/, found original/'),
        ('p3m-10k', 'validation/P3M-500-NP', 'expected the folder validation/P3M-500-NP/original'),
        ('ppm-100', 'matte', 'expected the folder matte/, found image/'),
        ('alphamatting', 'gt_training_lowres', 'expected the folder gt_training_lowres/'),
        ('bg-20k', 'testval', 'expected the folder testval/, found train/'),
        (
            'coco-backgrounds',
            'annotations/instances_val2017.json',
            'expected one instances_val2017',
        ),
        *((name, '', 'no such folder') for name in sorted(SOURCES)),
    ],
)
def test_a_wrong_layout_is_named(name: str, missing: str, message: str, tmp_path: Path) -> None:
    source = layouts.make(name, tmp_path / 'source')
    path = source / missing
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(InputError, match=message) as caught:
        prepare(name, source, tmp_path / 'out')
    assert len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / 'out').exists()


def broken_alpha(kind: str, file: Path) -> None:
    """Spoil a matte in one way."""
    alpha = layouts.soft_alpha()
    if kind == 'truncated':
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    elif kind == 'colour palette':
        colours = np.random.default_rng(0).integers(0, 256, (*alpha.shape, 3)).astype(np.uint8)
        Image.fromarray(colours).quantize(8).save(file)
    else:
        changed = {
            'wrong size': alpha[:-8],
            'empty': alpha * 0,
            'opaque': alpha * 0 + 255,
            'colour': np.dstack([alpha, alpha, 255 - alpha]),
        }
        Image.fromarray(changed[kind]).save(file)


@pytest.mark.parametrize(
    ('kind', 'message'),
    [
        ('truncated', 'not readable as a matte'),
        ('colour palette', 'a matte must be grey'),
        ('colour', 'a matte must be grey'),
        ('wrong size', r'is 64 x 40 pixels, its photo 64 x 48'),
        ('empty', 'an empty alpha'),
        ('opaque', 'opaque everywhere'),
    ],
)
def test_each_broken_alpha_gets_a_line(kind: str, message: str, tmp_path: Path, capsys) -> None:
    source = layouts.make('aim-500', tmp_path / 'source')
    broken_alpha(kind, source / 'mask/a.png')
    with pytest.raises(InputError, match='1 broken pictures'):
        prepare('aim-500', source, tmp_path / 'out', '--check')
    lines = [line for line in capsys.readouterr().out.splitlines() if 'a.png' in line]
    assert len(lines) == 1 and message in lines[0]
    with pytest.raises(InputError, match=message):
        prepare('aim-500', source, tmp_path / 'out')
    assert prepare('aim-500', source, tmp_path / 'kept', '--skip-bad') == 0
    content = annotations(tmp_path / 'kept')['test']
    assert [image['file_name'] for image in content['images']] == ['b.jpg']
    assert content['info']['left_out'] == ['a']


@pytest.mark.parametrize('kind', ['16 bits', 'grey palette', 'one bit', 'RGBA grey'])
def test_unusual_alphas_are_read(kind: str, tmp_path: Path) -> None:
    source, alpha = layouts.make('aim-500', tmp_path / 'source'), layouts.soft_alpha()
    file = source / 'mask/a.png'
    if kind == '16 bits':
        Image.fromarray(alpha.astype(np.uint16) * 257).save(file)
    elif kind == 'grey palette':
        Image.fromarray(alpha).convert('P').save(file)
    elif kind == 'one bit':
        alpha = (alpha > 127).astype(np.uint8) * 255
        Image.fromarray(alpha > 0).save(file)
    else:
        Image.fromarray(np.dstack([alpha] * 3 + [alpha * 0 + 255])).save(file)
    assert prepare('aim-500', source, tmp_path / 'out') == 0
    stored = read_alpha(tmp_path / 'out/alphas/a/00.png')
    expected = alpha.astype(np.uint16) * 257 if kind == '16 bits' else alpha
    assert (stored == expected).all() and stored.dtype == expected.dtype


@pytest.mark.parametrize('kind', ['cmyk', 'grey', 'turned'])
def test_unusual_photos_are_read(kind: str, tmp_path: Path) -> None:
    source = layouts.make('aim-500', tmp_path / 'source')
    file = source / 'original/a.jpg'
    image = Image.fromarray(layouts.photo())
    if kind == 'turned':
        exif = image.getexif()
        exif[0x0112] = 6
        image.transpose(Image.Transpose.ROTATE_90).save(file, exif=exif)
    else:
        image.convert({'cmyk': 'CMYK', 'grey': 'L'}[kind]).save(file)
    assert prepare('aim-500', source, tmp_path / 'out') == 0
    image = annotations(tmp_path / 'out')['test']['images'][0]
    assert (image['width'], image['height']) == (layouts.WIDTH, layouts.HEIGHT)


def test_broken_photos_and_cutouts_get_a_line(tmp_path: Path) -> None:
    source = layouts.make('aim-500', tmp_path / 'a')
    file = source / 'original/a.jpg'
    file.write_bytes(file.read_bytes()[:300])
    (picture, _) = SOURCES['aim-500'].read(source)['test']
    (line,) = picture_problems(picture)
    assert line.startswith(f'{file}: not readable as a picture')
    cutouts = layouts.make('rgba', tmp_path / 'b')
    Image.fromarray(layouts.photo()).save(cutouts / 'thing.png')
    wrong = [line for p in SOURCES['rgba'].read(cutouts)['train'] for line in picture_problems(p)]
    assert len(wrong) == 1 and 'thing.png: has no alpha channel' in wrong[0]


def test_coco_is_verified(tmp_path: Path, capsys) -> None:
    layouts.coco(tmp_path)
    assert main(['coco', str(tmp_path)]) == 0
    assert 'train2017: 2 images (published: 118287), 2 annotations' in capsys.readouterr().out
    layouts.save(tmp_path / 'train2017/000000000001.jpg', layouts.photo()[:-2])
    (tmp_path / 'val2017/000000000002.jpg').unlink()
    (tmp_path / 'val2017/000000000001.jpg').write_bytes(b'no picture')
    with pytest.raises(InputError, match='3 things are wrong'):
        main(['coco', str(tmp_path)])
    told = capsys.readouterr().out
    assert '000000000001.jpg: is 64 x 46 pixels, its annotation says 64 x 48' in told
    assert '000000000002.jpg: no such file' in told
    assert '000000000001.jpg: not readable as a picture' in told
    (tmp_path / 'annotations/instances_val2017.json').write_text('{"images": [')
    with pytest.raises(InputError, match=r'instances_val2017\.json: not readable as JSON'):
        main(['coco', str(tmp_path)])
    (tmp_path / 'annotations/instances_val2017.json').write_text('[]')
    with pytest.raises(InputError, match='expected a COCO file with images'):
        main(['coco', str(tmp_path)])


def test_our_layout_is_verified(tmp_path: Path, capsys) -> None:
    prepare('him2k', layouts.make('him2k', tmp_path / 's'), tmp_path / 'o')
    alpha = tmp_path / 'o/alphas/natural_a/00.png'
    alpha.unlink()
    layouts.save(tmp_path / 'o/alphas/natural_a/01.png', layouts.soft_alpha()[:, :-4])
    stderr = io.StringIO()
    with contextlib.redirect_stderr(stderr):
        assert run(lambda: main(['sofi200', str(tmp_path / 'o')])) == 2
    told = capsys.readouterr().out
    assert f'{alpha}: no such file' in told and 'is 60 x 48 pixels' in told
    assert stderr.getvalue().count('\n') == 1


def test_coco_backgrounds_leave_out(tmp_path: Path) -> None:
    source = layouts.make('coco-backgrounds', tmp_path / 's')
    assert prepare('coco-backgrounds', source, tmp_path / 'birds', '--without', 'person') == 0
    image = annotations(tmp_path / 'birds')['train2017']['images'][0]
    assert image['file_name'].endswith('000000000002.jpg') and image['setting'] == 'outdoor'
    with pytest.raises(InputError, match='leave out less'):
        prepare('coco-backgrounds', source, tmp_path / 'x', '--without', 'person', 'bird')
    with pytest.raises(InputError, match='--without wolf: no category'):
        prepare('coco-backgrounds', source, tmp_path / 'x', '--without', 'wolf')
    limit = ('--without', 'bird', '--max-object', '0.2')  # the person fills 0.255 of the photo
    with pytest.raises(InputError, match='above 20%'):
        prepare('coco-backgrounds', source, tmp_path / 'x', *limit)


def test_cut_edges() -> None:
    alpha = np.zeros((20, 30), np.float32)
    alpha[5:20, 0:10] = 1
    assert cut_edges(alpha) == (True, False, False, True)
    alpha[5:20, 0:2] = 0
    assert cut_edges(alpha) == (False, False, False, True)


def test_levels_keep_mass_and_colour() -> None:
    rgba = np.dstack([np.full((700, 400, 3), 90, np.uint8), np.zeros((700, 400), np.uint8)])
    rgba[100:600, 100:300, 3] = 255
    levels = levels_of(rgba)
    assert [max(level.shape[:2]) for level in levels.values()] == [700, 320, 160]
    for level in list(levels.values())[1:]:
        factor = max(level.shape[:2]) / 700
        assert level[..., 3].sum() / 255 == pytest.approx(500 * 200 * factor**2, rel=0.02)
        assert np.abs(level[level[..., 3] > 0, :3].astype(int) - 90).max() <= 1


def test_shrink_rgba_weighs_colours() -> None:
    rgba = np.zeros((2, 2, 4), np.float32)
    rgba[0, 0] = 1, 0, 0, 1
    rgba[1, 1] = 0, 1, 0, 0  # invisible: its colour must not bleed
    small = shrink_rgba(rgba, 0.5)
    assert small[0, 0] == pytest.approx([1, 0, 0, 0.25])


@pytest.mark.parametrize('method', ['pymatting', 'blur'])
def test_clean_colours_remove_the_background(method: str) -> None:
    if method == 'pymatting':
        pytest.importorskip('pymatting')
    alpha = np.tile(np.clip((np.arange(48) - 16) / 16, 0, 1), (48, 1)).astype(np.float32)
    own, behind = np.array([0.9, 0.2, 0.1]), np.array([0.0, 0.1, 0.9])
    image = (alpha[..., None] * own + (1 - alpha[..., None]) * behind).astype(np.float32)
    clean = clean_colours(image, alpha, method)
    mixed = (alpha > 0.2) & (alpha < 0.9)
    error = np.abs(clean[mixed] - own).mean()
    assert error < 0.35 * np.abs(image[mixed] - own).mean()


def test_a_missing_pymatting_is_named(monkeypatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, 'pymatting', None)
    with pytest.raises(InputError, match='pip install'):
        clean_colours(np.zeros((4, 4, 3), np.float32), np.ones((4, 4), np.float32), 'pymatting')


def test_names_that_collide_are_refused(tmp_path: Path) -> None:
    layouts.make('rgba', tmp_path / 's')
    layouts.save(tmp_path / 's/birds_crow.png', np.dstack([layouts.photo(), layouts.soft_alpha()]))
    contents = SOURCES['rgba'].read(tmp_path / 's')
    with pytest.raises(InputError, match='has the same name'):
        convert(SOURCES['rgba'], contents, tmp_path / 'o')
