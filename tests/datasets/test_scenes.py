import hashlib

import cv2
import numpy as np
import pytest

from sosmatting.datasets.scenes import CATEGORIES, Scene, make_scene
from sosmatting.datasets.scenes.canvas import Canvas, relief
from sosmatting.datasets.scenes.lens import defocus, motion_blur
from sosmatting.datasets.scenes.placing import free_place, keep_visible, paste
from sosmatting.datasets.scenes.scene import DRAWERS
from sosmatting.datasets.scenes.textures import BACKGROUNDS, hsv

LIGHT = np.array([-0.6, -0.48, 0.64], np.float32)


@pytest.fixture(scope='module')
def scenes() -> list[Scene]:
    return [make_scene(index, seed=3, size=160) for index in range(24)]


def test_scenes_are_the_sum_of_their_layers(scenes: list[Scene]) -> None:
    for scene in scenes:
        expected = (1 - scene.alphas.sum(0))[..., None] * scene.background
        for alpha, colour in zip(scene.alphas, scene.colours, strict=True):
            expected = expected + alpha[..., None] * colour
        difference = scene.image / 255.0 - np.clip(expected, 0, 1)
        # The strongest noise is 0.025; rounding adds 0.002.
        assert np.abs(difference).mean() < 0.03
        assert np.abs(difference.mean()) < 0.003


def test_scenes_are_whole(scenes: list[Scene]) -> None:
    for scene in scenes:
        height, width, _ = scene.image.shape
        assert scene.image.dtype == np.uint8
        assert max(height, width) == 160
        assert scene.alphas.shape == (len(scene.labels), height, width)
        assert scene.alphas.dtype == np.float32
        assert scene.alphas.min() >= 0
        assert scene.alphas.sum(0).max() <= 1 + 1e-5
        assert scene.colours.min() >= 0
        assert scene.colours.max() <= 1
        assert ((scene.alphas >= 0.5).sum((1, 2)) >= 40).all()
        assert 1 <= len(scene.labels) <= 5


def test_scenes_vary(scenes: list[Scene]) -> None:
    assert {label for scene in scenes for label in scene.labels} == set(range(len(CATEGORIES)))
    assert len({len(scene.labels) for scene in scenes}) >= 4
    assert {scene.image.shape[0] > scene.image.shape[1] for scene in scenes} == {True, False}


def test_scenes_repeat_whatever_was_drawn_before(scenes: list[Scene]) -> None:
    again = make_scene(7, seed=3, size=160)
    for name in ('image', 'alphas', 'colours', 'background'):
        one, other = getattr(again, name), getattr(scenes[7], name)
        assert hashlib.sha256(one.tobytes()).digest() == hashlib.sha256(other.tobytes()).digest()
    assert make_scene(7, seed=4, size=160).image.tobytes() != again.image.tobytes()


@pytest.mark.parametrize('name', CATEGORIES)
def test_every_object_is_soft_in_its_way(name: str) -> None:
    canvas = DRAWERS[name](256, np.random.default_rng(0), LIGHT)
    assert canvas.rgb.min() >= -1e-5
    assert (canvas.rgb <= canvas.alpha[..., None] + 1e-4).all()
    assert np.isfinite(canvas.rgb).all()
    seen = canvas.alpha > 0
    assert 0.05 < seen.mean() < 0.8
    partial = ((canvas.alpha > 0.05) & (canvas.alpha < 0.95)).sum() / seen.sum()
    low, high = {
        'person': (0.08, 0.5),
        'cat': (0.04, 0.4),
        'glass': (0.5, 1.0),
    }.get(name, (0.0, 0.08))
    assert low < partial < high


def test_a_donut_has_a_hole() -> None:
    canvas = DRAWERS['donut'](256, np.random.default_rng(0), LIGHT)
    assert canvas.alpha[128, 128] == 0
    assert canvas.alpha[128].max() == 1


@pytest.mark.parametrize('draw', BACKGROUNDS)
def test_backgrounds_have_texture(draw) -> None:
    picture = draw(np.random.default_rng(2), 60, 90)
    assert picture.shape == (60, 90, 3)
    assert np.isfinite(picture).all()
    assert picture.std() > 0.01


def test_hsv_by_hand() -> None:
    assert hsv(0.0, 1.0, 1.0).tolist() == [1, 0, 0]
    assert hsv(1 / 3, 1.0, 0.5) == pytest.approx([0, 0.5, 0], abs=1e-6)
    assert hsv(-1 / 3, 0.5, 1.0) == pytest.approx([0.5, 0.5, 1], abs=1e-6)


def test_canvas_shapes_have_the_area_of_geometry() -> None:
    canvas = Canvas(200)
    assert canvas.ellipse((0.1, -0.2), (0.5, 0.3), 0.4).sum() == pytest.approx(
        np.pi * 50 * 30, rel=0.01
    )
    square = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    assert canvas.polygon(square).sum() == pytest.approx(100 * 100, rel=0.03)


def test_painting_twice_by_hand() -> None:
    canvas = Canvas(2)
    canvas.paint(np.full((2, 2), 0.5, np.float32), np.array([1, 0, 0], np.float32))
    canvas.paint(np.full((2, 2), 0.5, np.float32), np.array([0, 1, 0], np.float32))
    assert canvas.alpha[0, 0] == 0.75
    assert canvas.rgb[0, 0].tolist() == [0.25, 0.5, 0]
    canvas.tint(np.ones((2, 2), np.float32), np.array([0, 0, 1], np.float32))
    assert canvas.alpha[0, 0] == 0.75
    assert canvas.rgb[0, 0].tolist() == [0, 0, 0.75]


def test_relief_of_a_disc_slopes_outwards() -> None:
    canvas = Canvas(120)
    normals = relief(canvas.ellipse((0, 0), (0.6, 0.6)), 0.4)
    assert np.linalg.norm(normals, axis=2) == pytest.approx(np.ones((120, 120)), abs=1e-4)
    assert normals[60, 30, 0] < -0.2 < 0.2 < normals[60, 89, 0]
    assert normals[60, 60, 2] > 0.95


@pytest.mark.parametrize(
    'blur', [lambda x: motion_blur(x, 9.0, 0.7), lambda x: defocus(x, 3.0)], ids=['motion', 'disc']
)
def test_blurs_keep_all_light_and_the_balance_of_colour(blur) -> None:
    alpha = np.zeros((20, 20), np.float32)
    alpha[5:15, 5:15] = 1
    rgba = np.dstack([0.25 * alpha, 0.5 * alpha, alpha, alpha])
    blurred = blur(rgba)
    assert blurred.shape[0] > 20
    assert blurred[..., 3].sum() == pytest.approx(100, rel=1e-4)
    assert blurred[..., 1] == pytest.approx(blurred[..., 3] * 0.5, abs=1e-5)
    assert ((blurred[..., 3] > 0.05) & (blurred[..., 3] < 0.95)).sum() > 30


def test_motion_blur_goes_along_its_angle() -> None:
    rgba = np.zeros((21, 21, 4), np.float32)
    rgba[10, 10] = 1
    rows, columns = np.nonzero(motion_blur(rgba, 10.0, 0.0)[..., 3] > 0.02)
    assert np.ptp(columns) >= 8
    assert np.ptp(rows) <= 2


def test_keep_visible_drops_the_hidden_and_the_tiny() -> None:
    alphas = np.zeros((4, 20, 20), np.float32)
    alphas[0, 2:12, 2:12] = 1  # 100 px, all but 4 covered
    alphas[1, 0:12, 0:11] = 1
    alphas[1, 2:6, 2:3] = 0
    alphas[2, 13:20, 13:20] = 1  # 49 px
    alphas[3, 14:17, 0:10] = 1  # 30 px
    assert keep_visible(alphas) == [1, 2]
    assert keep_visible(alphas[:0]) == []


def test_keep_visible_looks_anew_after_a_drop() -> None:
    alphas = np.zeros((3, 40, 40), np.float32)
    alphas[0, 30:35, 0:10] = 1  # 50 px, of which the next one hides 30
    alphas[1, 0:30, 0:30] = 1  # hidden by the last one ...
    alphas[1, 30:33, 0:10] = 1  # ... but for these 30 px
    alphas[2, 0:30, 0:30] = 1
    assert keep_visible(alphas) == [0, 2]
    alphas[2] = 0
    assert keep_visible(alphas) == [1]


def test_paste_crops_at_the_border() -> None:
    rgba = np.full((4, 4, 4), 0.5, np.float32)
    alpha, colours = np.zeros((6, 6), np.float32), np.zeros((6, 6, 3), np.float32)
    paste(rgba, (0, 5), alpha, colours)
    assert np.argwhere(alpha == 0.5).tolist() == [[r, c] for r in (3, 4, 5) for c in (0, 1)]
    assert colours[4, 0].tolist() == [1, 1, 1]
    before = alpha.copy()
    paste(rgba, (50, 50), alpha, colours)
    assert (alpha == before).all()


def test_free_place_stays_inside_and_avoids() -> None:
    rng = np.random.default_rng(0)
    places = np.array([free_place(rng, [(50, 50, 60)], 20, 100, 200) for _ in range(200)])
    assert (places >= 0).all()
    assert (places[:, 0] <= 200).all()
    assert (places[:, 1] <= 100).all()
    far = np.hypot(places[:, 0] - 50, places[:, 1] - 50)
    assert (far > 20).mean() > 0.95


def test_scenes_do_not_depend_on_opencv_threads() -> None:
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        one = make_scene(5, size=200)
        cv2.setNumThreads(4)
        four = make_scene(5, size=200)
    finally:
        cv2.setNumThreads(before)
    assert one.image.tobytes() == four.image.tobytes()
    assert one.alphas.tobytes() == four.alphas.tobytes()
