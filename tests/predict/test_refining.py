"""``--refine``: what changes, what does not, and what is refused before any photo."""

import io
import json
import sys
import threading
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from sosmatting.apis.photo_input import PreparedPhoto
from sosmatting.apis.result import PhotoMattes
from sosmatting.cli import main
from sosmatting.mattes import Mattes, boxes_and_areas
from sosmatting.predict import command, serve
from sosmatting.predict.serve import make_server
from sosmatting.trimap_methods.refiner import Refiner
from tests.predict.fake_matter import FakeMatter, stand_in
from tests.trimap_methods.test_refiner import scene


class CoarseMatter(FakeMatter):
    """Answer with hard discs in a photo of soft ones; two of them overlap."""

    def _answer(self, prepared: PreparedPhoto) -> PhotoMattes:
        _, alphas, _ = scene(self.dtype)
        boxes, areas = boxes_and_areas(alphas)
        mattes = Mattes(
            image=prepared.photo.pixels,
            alphas=alphas,
            scores=np.float32([0.9, 0.8, 0.7]),
            labels=np.array([0, 1, 0]),
            boxes=boxes,
            areas=areas,
            classes=self.classes,
        )
        return PhotoMattes.of(mattes, prepared.photo)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    stand_in(monkeypatch, tmp_path)
    monkeypatch.setattr(command, 'Matter', CoarseMatter)
    for name in 'ab':
        Image.fromarray(scene()[0]).save(tmp_path / f'{name}.png')
    return tmp_path


def predict(*arguments: str) -> int:
    return main(['predict', *arguments])


def read(folder: str) -> np.ndarray:
    return np.stack([np.asarray(Image.open(p)) for p in sorted(Path(folder).glob('0?.png'))])


@pytest.mark.parametrize('bits', ['8', '16'])
def test_only_the_band_changes_and_sums_stay_within_one(bits: str) -> None:
    form = ['--format', f'alpha{bits},json']
    assert predict('a.png', 'b.png', '-o', 'plain', *form) == 0
    assert predict('a.png', 'b.png', '-o', 'fine', *form, '--refine', 'bayesian') == 0
    opaque = 255 if bits == '8' else 65535
    before, after = read('plain/a'), read('fine/a')
    assert before.dtype == after.dtype and np.array_equal(read('fine/b'), after)
    assert before.sum(0, dtype=int).max() > opaque >= after.sum(0, dtype=int).max()
    changed = before != after
    assert changed.any((1, 2)).all()
    # Hard discs of radii 18, 17, 12: bands of 2 to 20 pixels; measured from the contour by hand.
    ys, xs = np.mgrid[:80, :120]
    crowded = before.sum(0, dtype=int) > opaque
    for matte, (y, x, r) in zip(changed, ((26, 40, 18), (40, 58, 17), (50, 100, 12)), strict=True):
        far = np.abs(np.hypot(ys - y, xs - x) - r) > 6
        assert not (matte & far & ~crowded).any()
    _, _, true = scene()
    assert (
        np.abs(after[2] / opaque - true[2]).sum() < 0.5 * np.abs(before[2] / opaque - true[2]).sum()
    )
    plain, fine = (json.loads(Path(f'{x}/a/mattes.json').read_text()) for x in ('plain', 'fine'))
    for k, (old, new) in enumerate(zip(plain['instances'], fine['instances'], strict=True)):
        assert (old['score'], old['class']) == (new['score'], new['class'])
        assert new['area'] == pytest.approx(after[k].sum(dtype=float) / opaque, abs=0.06)
        rows = np.flatnonzero((after[k] > opaque / 2).any(1))
        assert (new['box'][1], new['box'][3]) == (rows[0], rows[-1] + 1)


def test_none_only_settles_the_sums() -> None:
    form = ['--format', 'alpha8']
    assert predict('a.png', '-o', 'plain', *form) == 0
    assert predict('a.png', '-o', 'none', *form, '--refine', 'none') == 0
    before, after = read('plain/a'), read('none/a')
    crowded = before.sum(0, dtype=int) > 255
    assert crowded.any() and np.array_equal(before[:, ~crowded], after[:, ~crowded])
    assert after.sum(0, dtype=int).max() <= 255


def test_only_chosen_objects_are_refined_and_one_file_too() -> None:
    assert predict('a.png', '-o', 'all', '--format', 'alpha8', '--refine', 'bayesian') == 0
    assert predict('a.png', '-o', 'cut.png', '--point', '100,50', '--refine', 'bayesian') == 0
    assert np.array_equal(np.asarray(Image.open('cut.png'))[..., 3], read('all/a')[2])


def test_another_setting_is_not_done(capsys: pytest.CaptureFixture[str]) -> None:
    form = ['a.png', '-o', 'out', '--format', 'alpha8', '--resume']
    for refine, said in (
        ([], '1 photos done'),
        (['--refine', 'none'], '1 photos done'),
        (['--refine', 'none'], '1 skipped'),
        (['--refine', 'bayesian'], '1 photos done'),
        (['--refine', 'bayesian'], '1 skipped'),
        ([], '1 photos done'),
    ):
        assert predict(*form, *refine) == 0
        told = capsys.readouterr().out
        assert said in told, (refine, told)
        assert ('refined by' in told) == bool(refine)


def test_what_could_not_be_refined_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(self: FakeMatter, prepared: PreparedPhoto) -> PhotoMattes:
        plain = CoarseMatter._answer(self, prepared)
        return plain.with_alphas(np.full_like(plain.alphas, 255))[:1]

    monkeypatch.setattr(command, 'Matter', type('Full', (CoarseMatter,), {'_answer': full}))
    assert predict('a.png', '-o', 'out', '--refine', 'bayesian') == 0
    assert '1 mattes; not refined: person_01: ' in capsys.readouterr().out


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (['--refine', 'magic'], ["'magic'", 'closed-form']),
        (['--refine', 'gca'], ['--refine gca', '--refine-checkpoint']),
        (['--refine', 'gca', '--refine-checkpoint', 'no.pth'], ['no.pth: no such checkpoint']),
        (['--refine', 'bayesian', '--refine-checkpoint', 'a.pth'], ['takes no checkpoint']),
        (['--refine', 'none', '--refine-config', 'gca'], ['method none: takes no']),
        (['--refine-checkpoint', 'a.pth'], ['--refine-checkpoint: is for --refine gca']),
    ],
)
def test_what_is_wrong_is_said_at_once(
    arguments: Sequence[str], words: Sequence[str], capsys: pytest.CaptureFixture[str]
) -> None:
    FakeMatter.made = {}
    assert predict('a.png', '-o', 'out', *arguments) == 2
    told = capsys.readouterr().err
    assert told.count('\n') == 1 and all(word in told for word in words), told
    assert not FakeMatter.made and not Path('out').exists()


def test_without_pymatting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, 'pymatting', None)
    assert predict('a.png', '-o', 'out', '--refine', 'cf') == 2
    told = capsys.readouterr().err
    assert told.count('\n') == 1 and "pip install 'sosmatting[trimap]'" in told
    assert not Path('out').exists()
    assert predict('a.png', '-o', 'out', '--refine', 'bayesian') == 0


def test_the_server_refines(monkeypatch: pytest.MonkeyPatch) -> None:
    assert predict('a.png', '-o', 'cut.png', '--refine', 'bayesian') == 0
    matter = CoarseMatter('tiny', max_pixels=10_000)
    refiner = Refiner('bayesian')
    with make_server(matter, '127.0.0.1', 0, 50_000, refiner) as server:  # type: ignore[arg-type]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        address = f'http://127.0.0.1:{server.server_address[1]}/'
        body = Path('a.png').read_bytes()
        with urllib.request.urlopen(urllib.request.Request(address, data=body)) as response:
            content = response.read()
        with urllib.request.urlopen(address) as response:
            assert json.loads(response.read())['refined_by'] == 'bayesian'
        server.shutdown()
    served, written = Image.open(io.BytesIO(content)), Image.open('cut.png')
    assert np.array_equal(np.asarray(served), np.asarray(written))
    # The command hands it over.
    taken: list[object] = []

    class Ends:
        server_address = ('here', 1)

        def __enter__(self) -> 'Ends':
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def serve_forever(self) -> None:
            pass

    def made(*arguments: object) -> Ends:
        taken.extend(arguments)
        return Ends()

    monkeypatch.setattr(serve, 'make_server', made)
    assert main(['serve', '--refine', 'bayesian']) == 0
    assert isinstance(taken[-1], Refiner) and taken[-1].name == 'bayesian'


def test_a_result_of_python_is_refined_too() -> None:
    image, _, _ = scene()
    photo = SimpleNamespace(pixels=image)
    matter = CoarseMatter('tiny', alpha_bits=16)
    prepared = matter.prepare(photo.pixels, 'photo')
    plain = matter.predict([prepared])[0]
    better = Refiner('bayesian').apply(plain)
    assert isinstance(better, PhotoMattes) and better.alphas.dtype == np.uint16
    assert better.names == plain.names and (better.alphas != plain.alphas).any()
    np.testing.assert_allclose(better.areas, better.alphas.sum((1, 2)) / 65535, rtol=1e-5)
    assert Refiner('bayesian').fingerprint() != Refiner('bayesian', most=5).fingerprint()
