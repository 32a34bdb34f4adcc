"""Photo in, mattes out: for people who import this package.

from sosmatting.apis import Matter

matter = Matter('soso_mini', 'work_dirs/soso_mini/iter_400.pth')
mattes = matter('photo.jpg')
"""

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmcv.transforms import Compose
from mmdet.registry import MODELS
from mmengine.dataset import pseudo_collate
from mmengine.registry import DefaultScope, init_default_scope

import sosmatting.register  # noqa: F401
from sosmatting.checkpoints import load_weights, read_checkpoint
from sosmatting.engine.launch import load_config, misfits_named
from sosmatting.engine.results import mattes_of
from sosmatting.exceptions import InputError
from sosmatting.files import read_photo
from sosmatting.mattes import Mattes

Photo = str | os.PathLike[str] | np.ndarray


def choose_device(name: str = 'auto') -> torch.device:
    """Turn ``'auto'``, ``'cpu'``, ``'cuda'`` or ``'cuda:1'`` into a device that is there.

    Raises:
        InputError: A device was asked for that torch does not see.
    """
    if name == 'auto':
        return torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InputError(f'device {name!r}: no such kind; use auto, cpu or cuda') from error
    if device.type == 'cuda' and (device.index or 0) >= torch.cuda.device_count():
        raise InputError(
            f'device {name!r}: torch sees {torch.cuda.device_count()} CUDA devices here; use auto '
            'or cpu'
        )
    return device


class Matter:
    """A model that is ready to cut photos into mattes.

    Args:
        config: A config file, or its name under ``configs/``.
        checkpoint: Weights of that config; ``None`` leaves them random (seeded), for trying out.
        device: ``'auto'`` takes a GPU where there is one.
        options: ``KEY=VALUE`` overrides of the config.
        seed: Of the random weights without a checkpoint.

    Attributes:
        device: Where the model runs.
        classes: Its category names.

    Raises:
        InputError: Config, checkpoint or device is not to be had; the text says which and why.
    """

    def __init__(
        self,
        config: str,
        checkpoint: str | Path | None = None,
        device: str = 'auto',
        options: Sequence[str] = (),
        seed: int = 0,
    ) -> None:
        self.device = choose_device(device)
        self.config = load_config(config, options)
        init_default_scope(self.config.get('default_scope', 'mmdet'))
        self.classes: tuple[str, ...] = tuple(self.config.metainfo['classes'])
        torch.manual_seed(seed)
        with misfits_named(self.config):
            self.model = MODELS.build(self.config.model)
        if checkpoint is None:
            before = logging.root.manager.disable
            logging.disable(logging.INFO)  # mmengine lists every tensor
            self.model.init_weights()
            logging.disable(before)
        else:
            found = read_checkpoint(checkpoint)
            self.report = load_weights(self.model, found['state_dict'], checkpoint)
            self._check_classes(found.get('meta', {}), checkpoint)
        self.model.to(self.device).eval()
        # The test pipeline without its ground truth.
        steps = self.config.test_dataloader.dataset.pipeline
        self.pipeline = Compose([step for step in steps if step['type'] != 'LoadMattes'])

    def _check_classes(self, meta: dict[str, Any], checkpoint: str | Path) -> None:
        """Take the categories' names from the checkpoint where it has them."""
        classes = (meta.get('dataset_meta') or {}).get('classes')
        if classes and len(classes) == len(self.classes):
            self.classes = tuple(classes)

    def __call__(self, photo: Photo) -> Mattes:
        """Cut one photo into mattes.

        Args:
            photo: A file (EXIF rotation is applied), or (H, W, 3) uint8 RGB.

        Returns:
            The mattes at the photo's own size, best first; none is a valid answer.

        Raises:
            InputError: The file cannot be read as a picture, or the array is of another kind.
        """
        image = self._image(photo)
        data = self.pipeline(dict(img=image[..., ::-1], img_path=str(photo)[:200], img_id=0))
        with DefaultScope.overwrite_default_scope('mmdet'), torch.inference_mode():
            sample = self.model.test_step(pseudo_collate([data]))[0]
        return mattes_of(sample, image, self.classes)

    @staticmethod
    def _image(photo: Photo) -> np.ndarray:
        """Read or check one photo."""
        if not isinstance(photo, np.ndarray):
            return read_photo(photo)
        if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8 or not photo.size:
            raise InputError(
                f'a photo must be an (H, W, 3) uint8 RGB array, not {photo.shape} {photo.dtype}'
            )
        return photo
