"""Write a set to disk in one of our layouts, so that an interrupted run can go on.

The annotation files come last: a set without them is unfinished. Until then ``ROOT/.parts`` holds
what the finished scenes will put there, one small file per scene, and the plan they were made by.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from pycocotools import mask as rle
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sosmatting.datasets.workers import finished
from sosmatting.exceptions import InputError
from sosmatting.files import explained, read_json, write_jpeg, write_json, write_png

Layout = Literal['sofi200', 'coco', 'foregrounds', 'backgrounds']
PARTS = '.parts'
FOLDERS = {  # where the files lie that a field of an annotation names
    'alpha': 'alphas',
    'pseudo_alpha': 'pseudo_alphas',
    'trimap': 'trimaps',
    'guidance': 'guidance',
    'foreground': 'foregrounds',
}


class Scene(Protocol):
    """What a scene must bring to be written: a photo and its visible mattes.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        alphas: (N, H, W) float in [0, 1].
        labels: N indices into the set's categories.
    """

    @property
    def image(self) -> np.ndarray: ...  # noqa: D102
    @property
    def alphas(self) -> np.ndarray: ...  # noqa: D102
    @property
    def labels(self) -> Sequence[int]: ...  # noqa: D102


@dataclass(frozen=True)
class Plan:
    """What a set will hold.

    Attributes:
        root: The set's folder.
        layout: ``sofi200`` (soft mattes), ``coco`` (hard masks), ``foregrounds`` (cut-outs) or
            ``backgrounds`` (photos alone).
        categories: ``{'id', 'name'}`` of every category; a scene's labels index this list.
        splits: The scenes (name to number) of every split: ``train``, ``test``, or ``train2017``,
            ``val2017``.
        info: How the set is made; only a run with the same ``info`` may go on with it.
    """

    root: Path
    layout: Layout
    categories: list[dict[str, Any]]
    splits: Mapping[str, Mapping[str, int]]
    info: dict[str, Any]

    def annotation_file(self, split: str) -> Path:
        """Name the JSON of a split."""
        name = f'instances_{split}.json' if self.layout == 'coco' else f'{split}.json'
        return self.root / 'annotations' / name

    def image_folder(self, split: str) -> Path:
        """Name the folder of a split's photos."""
        folders = {'coco': split, 'foregrounds': 'foregrounds'}
        return self.root / folders.get(self.layout, 'images')

    def part_file(self, split: str, name: str) -> Path:
        """Name the file that says that a scene is finished."""
        return self.root / PARTS / split / f'{name}.json'


def write_set(
    plan: Plan,
    make: Callable[[int], Any],
    workers: int = 1,
    write: 'Write | None' = None,
) -> bool:
    """Make and write all scenes of a plan that are not there yet, then the annotations.

    The files do not depend on the number of workers.

    Args:
        plan: What to write, and where.
        make: Makes the scene of a number; with several workers it must be picklable.
        workers: Processes that make scenes.
        write: Writes what was made and returns what the annotation file says of it
            (:func:`write_scene` by default).

    Returns:
        Whether there was anything to do.

    Raises:
        InputError: The folder holds something else, or a set made in another way; or it cannot be
            written.
    """
    if _is_complete(plan):
        return False
    _claim(plan)
    missing = [
        (split, name, number)
        for split, scenes in plan.splits.items()
        for name, number in scenes.items()
        if not _is_written(plan, split, name)
    ]
    columns = (TextColumn('{task.description}'), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn()) as progress:
        total = sum(len(scenes) for scenes in plan.splits.values())
        task = progress.add_task(str(plan.root), total=total, completed=total - len(missing))
        finish = partial(_finish, plan, make, write or write_scene)
        for _ in finished(finish, missing, workers):
            progress.advance(task)
    for split in plan.splits:
        write_json(plan.annotation_file(split), _annotations(plan, split))
    for left in plan.root.rglob('.*.part'):  # of a run that was killed while it wrote
        left.unlink()
    shutil.rmtree(plan.root / PARTS)
    return True


Part = dict[str, Any]
Write = Callable[[Plan, Any, str, str, int], Part]


def _finish(
    plan: Plan, make: Callable[[int], Any], write: Write, split: str, name: str, number: int
) -> None:
    """Make and write one scene, and last the note that it is finished."""
    part = write(plan, make(number), split, name, number)
    write_json(plan.part_file(split, name), part)


def write_scene(plan: Plan, scene: Scene, split: str, name: str, number: int) -> Part:
    """Write a scene's photo and mattes; returns its entries of the annotation file."""
    alphas = np.round(scene.alphas * 255).astype(np.uint8)
    write_jpeg(plan.image_folder(split) / f'{name}.jpg', scene.image)
    annotations = []
    for k, (alpha, label) in enumerate(zip(alphas, scene.labels, strict=True)):
        annotation: dict[str, Any] = {'category_id': plan.categories[label]['id'], 'iscrowd': 0}
        if plan.layout == 'sofi200':
            file_name = f'{name}/{k:02d}.png'
            write_png(plan.root / 'alphas' / file_name, alpha)
            area = float(alpha.sum(dtype=np.int64)) / 255
            annotation |= {'bbox': solid_box(alpha), 'area': area, 'alpha': file_name}
        else:
            annotation |= encode_mask(alpha >= 128)
        annotations.append(annotation)
    height, width = scene.image.shape[:2]
    image = {'id': number + 1, 'file_name': f'{name}.jpg', 'width': width, 'height': height}
    return {'image': image, 'annotations': annotations}


def cutout_part(number: int, category_id: int, fields: Mapping[str, Any]) -> Part:
    """Give the entries of a set of cut-outs for one that is written already, cut off nowhere.

    Args:
        number: Of the cut-out in its set.
        category_id: As in the set's list.
        fields: ``foreground``, ``foreground_sizes`` and ``cutout_area``; what else is to be kept.
    """
    (width, height), *_ = fields['foreground_sizes']
    image = {'file_name': fields['foreground'][0], 'width': width, 'height': height}
    box = [0.0, 0.0, float(width), float(height)]
    annotation = {'category_id': category_id, 'iscrowd': 0, 'bbox': box, 'cut': [0, 0, 0, 0]}
    return {'image': {'id': number + 1, **image}, 'annotations': [annotation | dict(fields)]}


def solid_box(alpha: np.ndarray) -> list[float]:
    """Box an (H, W) uint8 matte where it is above one half: x, y, width, height in pixels."""
    rows, columns = np.nonzero((alpha >= 128).any(1))[0], np.nonzero((alpha >= 128).any(0))[0]
    if not len(rows):
        return [0.0, 0.0, 0.0, 0.0]
    left, top = int(columns[0]), int(rows[0])
    return [float(left), float(top), float(columns[-1] + 1 - left), float(rows[-1] + 1 - top)]


def encode_mask(mask: np.ndarray) -> dict[str, Any]:
    """Turn an (H, W) bool mask into COCO's fields: compressed RLE, area (px), box x, y, w, h."""
    code = rle.encode(np.asfortranarray(mask.astype(np.uint8)))
    return {
        'segmentation': {'size': list(mask.shape), 'counts': code['counts'].decode('ascii')},
        'area': float(rle.area(code)),
        'bbox': [float(value) for value in rle.toBbox(code)],
    }


def _annotations(plan: Plan, split: str) -> dict[str, Any]:
    """Collect what the scenes of a split noted into one COCO-style dictionary."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for name in plan.splits[split]:
        part = read_json(plan.part_file(split, name), 'run the same command again')
        images.append(part['image'])
        for annotation in part['annotations']:
            number = {'id': len(annotations) + 1, 'image_id': part['image']['id']}
            annotations.append(number | annotation)
    return {
        'info': plan.info,
        'licenses': [],
        'images': images,
        'annotations': annotations,
        'categories': plan.categories,
    }


def named_files(root: Path, annotation: Mapping[str, Any]) -> list[Path]:
    """List the files that an annotation of a set in ``root`` names."""
    files = []
    for key, folder in FOLDERS.items():
        names = annotation.get(key) or []
        for name in [names] if isinstance(names, str) else names:
            files.append(root / folder / name)
    return files


def _is_written(plan: Plan, split: str, name: str) -> bool:
    """Tell whether a scene is finished and all its files are there."""
    part_file = plan.part_file(split, name)
    if not part_file.is_file():
        return False
    part = read_json(part_file)
    files = [plan.image_folder(split) / part['image']['file_name']]
    for annotation in part['annotations']:
        files += named_files(plan.root, annotation)
    return all(file.is_file() for file in files)


def _is_complete(plan: Plan) -> bool:
    """Tell whether the set is there with every file; refuse a set that was made in another way."""
    contents = []
    for split in plan.splits:
        file = plan.annotation_file(split)
        if file.is_file():
            contents.append(read_json(file, 'remove it'))
    for content in contents:
        _refuse_other_info(plan, content.get('info') if isinstance(content, dict) else None)
    if len(contents) < len(plan.splits):
        return False
    for split, content in zip(plan.splits, contents, strict=True):
        files = [plan.image_folder(split) / image['file_name'] for image in content['images']]
        for annotation in content['annotations']:
            files += named_files(plan.root, annotation)
        if not all(file.is_file() for file in files):
            return False
    return True


def _claim(plan: Plan) -> None:
    """Note the plan in a new folder, or check that the folder was begun by the same plan."""
    note = plan.root / PARTS / 'plan.json'
    if note.is_file():
        _refuse_other_info(plan, read_json(note, 'remove it'))
        return
    with explained(plan.root):
        held = sorted(path.name for path in plan.root.iterdir()) if plan.root.exists() else []
    ours = any(plan.annotation_file(split).is_file() for split in plan.splits)
    if held and not ours:
        raise InputError(
            f'{plan.root}: holds something else already ({held[0]}); choose an empty or new folder'
        )
    write_json(note, plan.info)
    for split in plan.splits:  # there, but files are missing: unfinished from now on
        plan.annotation_file(split).unlink(missing_ok=True)


def _refuse_other_info(plan: Plan, info: Any) -> None:
    """Raise an :class:`InputError` unless ``info`` is the plan's."""
    if info == plan.info:
        return
    told = info if isinstance(info, dict) else {}
    keys = [key for key in {**plan.info, **told} if told.get(key) != plan.info.get(key)]
    differs = ', '.join(f'{key} {told.get(key)} there, {plan.info.get(key)} here' for key in keys)
    raise InputError(
        f'{plan.root}: holds a set made in another way ({differs or "no info"}); '
        'choose another folder or remove this one'
    )
