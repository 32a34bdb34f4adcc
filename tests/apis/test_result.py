"""Pictures and files of a result; each compared with arithmetic or read by another reader."""

import io
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms
from pycocotools import mask as mask_api

from sosmatting import PhotoMattes
from sosmatting.exceptions import InputError
from sosmatting.files import Photo
from sosmatting.mattes import Mattes

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes()


@pytest.fixture
def result() -> PhotoMattes:
    """Two objects on a photo of noise: alpha 200 on the left, a soft disc on the right."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (24, 32, 3), np.uint8)
    alphas = np.zeros((2, 24, 32), np.uint8)
    alphas[0, 4:20, 2:12] = 200
    rows, columns = np.mgrid[:24, :32]
    alphas[1] = np.clip(255 * (7 - np.hypot(rows - 12, columns - 22)), 0, 255)
    mattes = Mattes(
        image=image,
        alphas=alphas,
        scores=np.float32([0.9, 0.6]),
        labels=np.array([1, 0]),
        boxes=np.float32([[2, 4, 12, 20], [16, 6, 29, 19]]),
        areas=(alphas.sum((1, 2)) / 255).astype(np.float32),
        classes=('person', 'dog'),
    )
    return PhotoMattes.of(mattes, Photo(image, PROFILE, (300.0, 150.0)))


def test_cutouts(result: PhotoMattes) -> None:
    for index in (0, 1, -1):
        cut = result.cutout(index)
        assert cut.mode == 'RGBA' and cut.size == (32, 24)
        pixels, alpha = np.asarray(cut), result.alphas[index]
        assert np.array_equal(pixels[..., 3], alpha)
        seen = alpha > 0
        assert np.array_equal(pixels[seen][:, :3], result.image[seen])
    assert cut.info['icc_profile'] == PROFILE and cut.info['dpi'] == (300.0, 150.0)
    assert result.cutout(0, crop=True).size == (10, 16)
    with pytest.raises(IndexError):
        result.cutout(2)


def test_a_cutouts_own_colours(result: PhotoMattes) -> None:
    image = np.full_like(result.image, 255)  # a white photo with a blue object of alpha 200
    image[result.alphas[0] > 0] = np.round((200 * np.float64([0, 0, 255]) + 55 * 255) / 255)
    plain = PhotoMattes.of(Mattes(**{**vars(result), 'image': image, 'deep': None}), Photo(image))
    kept = np.asarray(plain.cutout(0))[12, 6]
    own = np.asarray(plain.cutout(0, foreground='ml'))[12, 6]
    assert kept.tolist() == [55, 55, 255, 200]
    assert own[:2].max() < 25 and own[2] > 240 and own[3] == 200


def test_composites(result: PhotoMattes) -> None:
    alphas = result.alphas.astype(np.float64) / 255  # they do not overlap
    total = alphas.sum(0)[..., None]
    over = total * result.image + (1 - total) * np.float64([10, 200, 30])
    composite = np.asarray(result.composite((10, 200, 30)))
    assert np.abs(composite - over).max() <= 0.5 + 1e-3
    behind = np.full((5, 5, 3), (10, 200, 30), np.uint8)
    for picture in (behind, Image.fromarray(behind)):
        assert np.array_equal(np.asarray(result.composite(picture)), composite)
    clear = result.composite()
    assert clear.mode == 'RGBA'
    assert np.abs(np.asarray(clear)[..., 3] - 255 * total[..., 0]).max() <= 0.5 + 1e-3
    for wrong, message in {
        (1, 2): 'background',
        (1, 2, 300): 'background',
        7: 'three numbers',
    }.items():
        with pytest.raises(InputError, match=message):
            result.composite(wrong)
    with pytest.raises(InputError, match=r'gone\.png: neither a colour'):
        result.composite('gone.png')


def test_the_overlay_paints_objects_only(result: PhotoMattes) -> None:
    overlay = result.overlay()
    assert overlay.mode == 'RGB' and overlay.size == (32, 24)
    assert not np.array_equal(np.asarray(overlay), result.image)


def test_saving(result: PhotoMattes, tmp_path: Path) -> None:
    names = [path.name for path in result.save(tmp_path / 'a')]
    assert names == ['00.png', '01.png', '00_rgba.png', '01_rgba.png', 'overlay.png', 'mattes.json']
    written = result['person'].save(
        str(tmp_path / 'b'), ['rgba', 'composite'], bits=16, crop=True, background='transparent'
    )
    assert [path.name for path in written] == ['00_rgba.png', 'composite.png', 'mattes.json']
    assert cv2.imread(str(written[0]), -1).dtype == np.uint16
    with Image.open(written[1]) as composite:
        assert composite.mode == 'RGBA' and composite.info['icc_profile'] == PROFILE
    assert [path.name for path in result.save(tmp_path / 'c', 'json')] == [
        'coco.json',
        'mattes.json',
    ]
    with pytest.raises(InputError, match='gif'):
        result.save(tmp_path / 'd', ['gif'])
    assert not (tmp_path / 'd').exists()


def test_coco(result: PhotoMattes) -> None:
    told = json.loads(json.dumps(result.to_coco('a.jpg', image_id=7, first_annotation_id=30)))
    assert told['images'] == [{'id': 7, 'file_name': 'a.jpg', 'width': 32, 'height': 24}]
    assert [each['id'] for each in told['annotations']] == [30, 31]
    import base64

    for annotation, alpha in zip(told['annotations'], result.alphas, strict=True):
        mask = mask_api.decode(annotation['segmentation'])
        assert np.array_equal(mask, alpha >= 128)
        soft = Image.open(io.BytesIO(base64.b64decode(annotation['alpha'])))
        assert np.array_equal(np.asarray(soft), alpha.astype(np.int64) * 257)


def test_parts_are_results_too(result: PhotoMattes) -> None:
    for part in (result[0], result[:1], result['dog'], result.select(points=[(3, 5)]), *result):
        assert isinstance(part, PhotoMattes) and len(part) == 1
        assert part.cutout().size == (32, 24)
    none = result[:0]
    assert none.composite((1, 2, 3)).getpixel((0, 0)) == (1, 2, 3)
    assert none.to_coco()['annotations'] == []


def test_all_sixteen_bits_of_the_photo_are_kept(result: PhotoMattes, tmp_path: Path) -> None:
    deep = np.random.default_rng(1).integers(0, 65536, (24, 32, 3), np.uint16)
    photo = Photo((deep / 257).round().astype(np.uint8), deep=deep)
    mattes = PhotoMattes.of(Mattes(**{**vars(result), 'image': photo.pixels}), photo)
    mattes.save(tmp_path, ['rgba', 'exr'], bits=16)
    seen = mattes.alphas[0] > 0
    stored = cv2.imread(str(tmp_path / '00_rgba.png'), -1)[..., [2, 1, 0]]
    assert np.array_equal(stored[seen], deep[seen])
    import OpenEXR

    with OpenEXR.File(str(tmp_path / 'layers.exr'), separate_channels=True) as file:
        red = file.channels()['R'].pixels.astype(np.float64)
    shown = deep[..., 0] / 65535
    light = np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)
    assert np.abs(red - light).max() <= 2**-11, 'half float'
