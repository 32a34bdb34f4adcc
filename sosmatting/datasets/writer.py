"""Write a set of scenes to disk in one of two layouts, so that an interrupted run can go on.

The annotation files come last: a set without them is unfinished. Until then ``ROOT/.parts`` holds
what the finished scenes will put there, one small file per scene, and the plan they were made by.
"""

import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any, Literal, Protocol

import cv2
import numpy as np
from pycocotools import mask as rle
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sosmatting.exceptions import InputError
from sosmatting.files import explained, read_json, write_jpeg, write_json, write_png

Layout = Literal['sofi200', 'coco']
PARTS = '.parts'


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
        layout: ``sofi200`` (soft mattes) or ``coco`` (hard masks).
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
        name = f'{split}.json' if self.layout == 'sofi200' else f'instances_{split}.json'
        return self.root / 'annotations' / name

    def image_folder(self, split: str) -> Path:
        """Name the folder of a split's photos."""
        return self.root / ('images' if self.layout == 'sofi200' else split)

    def part_file(self, split: str, name: str) -> Path:
        """Name the file that says that a scene is finished."""
        return self.root / PARTS / split / f'{name}.json'


def write_set(plan: Plan, make: Callable[[int], Scene], workers: int = 1) -> bool:
    """Make and write all scenes of a plan that are not there yet, then the annotations.

    The files do not depend on the number of workers.

    Args:
        plan: What to write, and where.
        make: Makes the scene of a number; with several workers it must be picklable.
        workers: Processes that make scenes.

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
        for _ in _work(plan, make, missing, workers):
            progress.advance(task)
    for split in plan.splits:
        write_json(plan.annotation_file(split), _annotations(plan, split))
    for left in plan.root.rglob('.*.part'):  # of a run that was killed while it wrote
        left.unlink()
    shutil.rmtree(plan.root / PARTS)
    return True


def _work(
    plan: Plan,
    make: Callable[[int], Scene],
    missing: Sequence[tuple[str, str, int]],
    workers: int,
) -> Iterator[None]:
    """Write the missing scenes, here or in several processes; yields after each."""
    workers = min(workers, len(missing))
    if workers <= 1:
        for split, name, number in missing:
            write_scene(plan, make, split, name, number)
            yield
        return
    pool = ProcessPoolExecutor(workers, get_context('spawn'), initializer=_start_worker)
    try:
        for done in as_completed(pool.submit(write_scene, plan, make, *job) for job in missing):
            done.result()
            yield
    finally:
        pool.shutdown(cancel_futures=True)


def _start_worker() -> None:
    """Use one core, leave Ctrl-C to the parent (it waits for the scenes begun), and end with it."""
    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Wait until the parent process is gone, killed perhaps, and end this one then."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def write_scene(
    plan: Plan, make: Callable[[int], Scene], split: str, name: str, number: int
) -> None:
    """Make one scene and write its photo, its mattes, and last the note that it is finished."""
    scene = make(number)
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
    write_json(plan.part_file(split, name), {'image': image, 'annotations': annotations})


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


def _files(plan: Plan, split: str, name: str, annotations: Sequence[dict[str, Any]]) -> list[Path]:
    """List the photo and the mattes of a scene."""
    mattes = [plan.root / 'alphas' / a['alpha'] for a in annotations if 'alpha' in a]
    return [plan.image_folder(split) / f'{name}.jpg', *mattes]


def _is_written(plan: Plan, split: str, name: str) -> bool:
    """Tell whether a scene is finished and all its files are there."""
    part_file = plan.part_file(split, name)
    if not part_file.is_file():
        return False
    files = _files(plan, split, name, read_json(part_file)['annotations'])
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
        images = {image['id']: Path(image['file_name']).stem for image in content['images']}
        files = [file for name in images.values() for file in _files(plan, split, name, [])]
        files += [plan.root / 'alphas' / a['alpha'] for a in content['annotations'] if 'alpha' in a]
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
    keys = [key for key in plan.info if told.get(key) != plan.info[key]]
    differs = ', '.join(f'{key} {told.get(key)} there, {plan.info[key]} here' for key in keys)
    raise InputError(
        f'{plan.root}: holds a set made in another way ({differs or "other fields"}); '
        'choose another folder or remove this one'
    )
