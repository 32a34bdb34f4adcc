"""Tiny copies of the layouts in which published sets come, drawn from nothing."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

HEIGHT, WIDTH = 48, 64


def soft_alpha(k: int = 0) -> np.ndarray:
    """Draw an (H, W) uint8 matte with a soft edge; ``k`` moves it."""
    ys, xs = np.mgrid[:HEIGHT, :WIDTH]
    far = np.hypot(ys - 24, xs - 20 - 24 * k)
    return np.round(np.clip((16 - far) / 6, 0, 1) * 255).astype(np.uint8)


def photo(seed: int = 0) -> np.ndarray:
    """Draw an (H, W, 3) uint8 photo."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3)).astype(np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))


def save(path: Path, pixels: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def pairs(images: Path, alphas: Path, names: tuple[str, ...] = ('a', 'b'), suffix='.jpg') -> None:
    """Write photos with one alpha each."""
    for k, name in enumerate(names):
        save(images / f'{name}{suffix}', photo(k))
        save(alphas / f'{name}.png', soft_alpha(k))


def people(images: Path, alphas: Path, names: tuple[str, ...] = ('a', 'b')) -> None:
    """Write photos with two alphas each in a folder of their own."""
    for k, name in enumerate(names):
        save(images / f'{name}.jpg', photo(k))
        for person in range(2):
            save(alphas / name / f'{person:02d}.png', soft_alpha(person))


def him2k(root: Path) -> None:
    for subset in ('natural', 'comp'):
        people(root / 'images' / subset, root / 'alphas' / subset)


def m_him2k(root: Path) -> None:
    him2k(root)
    mask = (soft_alpha(0) > 127).astype(np.uint8) * 255
    for subset in ('natural', 'comp'):
        save(root / 'masks_matched_r50_c4_3x' / subset / 'a/00.png', mask)


def i_him50k(root: Path) -> None:
    people(root / 'images', root / 'alphas')


def coco_matting(root: Path) -> None:
    entries = []
    for number, folder in ((1, 'train2017'), (2, 'unlabeled2017')):
        save(root / folder / f'{number:012d}.jpg', photo(number))
        for k in range(2):
            alpha = soft_alpha(k)
            trimap = np.where((alpha > 0) & (alpha < 255), 128, alpha).astype(np.uint8)
            name = f'{number:012d}_{k}.png'
            side_by_side = np.concatenate([trimap, alpha], axis=1)
            save(root / 'COCO-Matting_trimap_alpha' / name, side_by_side)
            entries.append({'save_path': f'somewhere/{name}', 'image': f'{number:012d}.jpg'})
    (root / 'list.json').write_text(json.dumps(entries))


def composition_1k(root: Path) -> None:
    licensed = root / 'Training_set/Adobe-licensed images'
    pairs(licensed / 'fg', licensed / 'alpha', ('a',), '.png')
    pairs(root / 'Training_set/Other/fg', root / 'Training_set/Other/alpha', ('b', 'x'), '.png')
    test = root / 'Test_set/Adobe-licensed images'
    pairs(test / 'fg', test / 'alpha', ('c',), '.png')
    (root / 'Training_set/training_fg_names.txt').write_text('a.png\nb.png\n')  # x is not listed
    (root / 'Test_set/test_fg_names.txt').write_text('c.png\n')


def composition_1k_test(root: Path) -> None:
    """Two cut-outs over two backgrounds each; Adobe's script has copied the alpha of the first."""
    test = root / 'Combined_Dataset/Test_set'
    for k, name in enumerate(('cat-1288531_1920_0', 'cat-1288531_1920_1', 'net_0', 'net_1')):
        alpha, copied = soft_alpha(k // 2), k < 2
        save(test / f'merged/{name}.png', photo(k))
        home = test if copied else test / 'Adobe-licensed images'
        save(home / (f'alpha_copy/{name}.png' if copied else 'alpha/net.png'), alpha)
        trimap = np.where((alpha > 0) & (alpha < 255), 128, alpha).astype(np.uint8)
        save(home / f'trimaps/{name}.png', trimap)


def distinctions_646(root: Path) -> None:
    for split, names in (('Train', ('a', 'b')), ('Test', ('c',))):
        pairs(root / split / 'FG', root / split / 'GT', names, '.png')


def am_2k(root: Path) -> None:
    for split, names in (('train', ('m_1', 'm_2')), ('validation', ('m_3',))):
        pairs(root / split / 'original', root / split / 'mask', names)
    save(root / 'validation/trimap/m_3.png', soft_alpha())


def aim_500(root: Path) -> None:
    pairs(root / 'original', root / 'mask')


def p3m_10k(root: Path) -> None:
    pairs(root / 'train/blurred_image', root / 'train/mask')
    for name, images in (('P3M-500-P', 'blurred_image'), ('P3M-500-NP', 'original_image')):
        home = root / 'validation' / name
        pairs(home / images, home / 'mask', (f'{name}_1',))


def ppm_100(root: Path) -> None:
    for k, name in enumerate(('1', '2')):
        save(root / 'image' / f'{name}.jpg', photo(k))
        save(root / 'matte' / f'{name}.jpg', soft_alpha(k))  # mattes are JPEG there


def alphamatting(root: Path) -> None:
    for k, name in enumerate(('GT05', 'GT01')):
        save(root / 'input_training_lowres' / f'{name}.png', photo(k))
        grey = np.dstack([soft_alpha(k)] * 3)  # R = G = B there
        save(root / 'gt_training_lowres' / f'{name}.png', grey)
        save(root / 'trimap_training_lowres/Trimap1' / f'{name}.png', soft_alpha(k))


def rgba(root: Path) -> None:
    for k, name in enumerate(('birds/crow', 'thing', 'cow_2')):
        save(root / f'{name}.png', np.dstack([photo(k), soft_alpha(k % 2)]))


def bg_20k(root: Path) -> None:
    for folder, names in (('train', ('h_1', 'h_2')), ('testval', ('h_3',))):
        for k, name in enumerate(names):
            save(root / folder / f'{name}.jpg', photo(k))


def backgrounds(root: Path) -> None:
    for k in range(2):
        save(root / f'{k}.png', photo(k + 7))


def coco(root: Path) -> None:
    """Two photos a split: a person, and a small bird."""
    names = {1: 'person', 16: 'bird'}
    for split in ('train2017', 'val2017'):
        content: dict = {'images': [], 'annotations': []}
        content['categories'] = [{'id': k, 'name': name} for k, name in names.items()]
        for number, category in enumerate(names, start=1):
            file_name = f'{number:012d}.jpg'
            save(root / split / file_name, photo(number))
            size = {'width': WIDTH, 'height': HEIGHT}
            content['images'].append({'id': number, 'file_name': file_name, **size})
            side = 28 if category == 1 else 12
            polygon = [8, 8, 8 + side, 8, 8 + side, 8 + side, 8, 8 + side]
            content['annotations'].append(
                {
                    'id': number,
                    'image_id': number,
                    'category_id': category,
                    'bbox': [8, 8, side, side],
                    'area': side * side,
                    'iscrowd': 0,
                    'segmentation': [polygon],
                }
            )
        file = root / f'annotations/instances_{split}.json'
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content))


coco_backgrounds = coco


def shipped_stamps(root: Path) -> None:
    """Two stamps to train on, one that is held out, one of an unknown folder."""
    names = ('animals/birds/crow', 'plants/thyme', 'food/fruit/kiwi', 'stars/sun')
    for k, name in enumerate(names):
        save(root / f'tuxpaint-stamps/{name}.png', np.dstack([photo(k), soft_alpha(k % 2)]))


def shipped_photos(root: Path) -> None:
    """Five photos to train on, and three that are held out."""
    matting = root / 'alphamatting'
    folders = (matting / 'input_training_lowres', matting / 'gt_training_lowres')
    pairs(*folders, ('GT02', 'GT25'), '.png')
    pairs(root / 'p3m_demo/original', root / 'p3m_demo/alpha', ('p_1', 'p_22fc0130'))
    pairs(root / 'am2k_gfm_demo', root / 'am2k_gfm_demo', ('sample10', 'sample11', 'sample4'))
    save(root / 'pymatting_lemur/lemur.png', photo())
    save(root / 'pymatting_lemur/lemur_alpha.png', soft_alpha())


EMOJI_LIST = """# emoji-test.txt
# group: Smileys & Emotion
# subgroup: face-smiling
1F600 ; fully-qualified # \U0001f600 E1.0 grinning face
# group: People & Body
# subgroup: person-role
1F577 ; component # \U0001f577 E1.0 no kind of its own
1F9D1 200D 2695 FE0F ; fully-qualified # \U0001f9d1 E12.1 health worker
1F9D1 200D 2695 ; minimally-qualified # \U0001f9d1 E12.1 health worker
1F9D1 1F3FB 200D 2695 FE0F ; fully-qualified # \U0001f9d1 E12.1 health worker: light
# group: Animals & Nature
# subgroup: animal-bird
1F99A ; fully-qualified # \U0001f99a E11.0 peacock
1F99C ; fully-qualified # \U0001f99c E11.0 parrot
# group: Travel & Places
# subgroup: transport-water
2693 ; fully-qualified # \u2693 E0.6 anchor
26F5 ; fully-qualified # \u26f5 E0.6 sailboat
"""


def fluent_emoji(root: Path) -> None:
    """A face, a person in two tones, a bird, an anchor, a boat; one bird has no picture."""
    names = ('1f600', '1f9d1-200d-2695-fe0f', '1f9d1-1f3fb-200d-2695-fe0f', '1f99a', '2693', '26f5')
    for k, name in enumerate(names):
        path = root / f'assets/{name}.webp'
        path.parent.mkdir(parents=True, exist_ok=True)
        rgba = Image.fromarray(np.dstack([photo(k), soft_alpha(k % 2)]))
        rgba.save(path, lossless=True)
    (root / 'emoji-test.txt').write_text(EMOJI_LIST, encoding='utf-8')


def game_photos(root: Path) -> None:
    """A tree of one game, a person and a bin of another, and a picture that is not wanted."""
    names = (
        'torcs/tracks/dirt/dirt-2/tree10_n.png',
        'torcs/tracks/dirt/dirt-2/road.png',
        'flightgear/Scenery/Models/Military/ArmedGuard.png',
        'flightgear/Scenery/Models/StreetFurniture/trash-container.png',
    )
    for k, name in enumerate(names):
        save(root / name, np.dstack([photo(k), soft_alpha(k % 2)]))


def endless_sky(root: Path) -> None:
    """Five landscapes, a hall, and three photos with things."""
    names = ('beach0', 'beach1', 'dune0', 'dune1', 'earthrise', 'sea0', 'sea1', 'space3', 'space7')
    for k, name in enumerate(names):
        save(root / f'land/{name}@2x.jpg', photo(k))


MAKE = {
    'him2k': him2k,
    'm-him2k': m_him2k,
    'i-him50k': i_him50k,
    'coco-matting': coco_matting,
    'composition-1k': composition_1k,
    'composition-1k-test': composition_1k_test,
    'distinctions-646': distinctions_646,
    'am-2k': am_2k,
    'aim-500': aim_500,
    'p3m-10k': p3m_10k,
    'ppm-100': ppm_100,
    'alphamatting': alphamatting,
    'rgba': rgba,
    'fluent-emoji': fluent_emoji,
    'game-photos': game_photos,
    'bg-20k': bg_20k,
    'endless-sky': endless_sky,
    'backgrounds': backgrounds,
    'coco-backgrounds': coco_backgrounds,
    'shipped-stamps': shipped_stamps,
    'shipped-photos': shipped_photos,
}


def make(name: str, root: Path) -> Path:
    """Draw the layout of a set."""
    root.mkdir(parents=True, exist_ok=True)
    MAKE[name](root)
    return root
