"""The model that turns photos into mattes.

A photo takes three steps: read and resize (:meth:`Matter.prepare`), the network
(:meth:`Matter.predict`, several at once), and the result. Each may run in a thread of its own.
"""

import logging
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, overload

import cv2
import torch
from mmcv.cnn.utils import fuse_conv_bn
from mmcv.transforms import Compose
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope

import sosmatting.register  # noqa: F401
from sosmatting.apis.device import choose_device
from sosmatting.apis.photo_input import SINGLE, PhotoInput, PreparedPhoto, take_photo
from sosmatting.apis.result import PhotoMattes
from sosmatting.checkpoints import (
    load_weights,
    model_hash,
    packaged_weights,
    read_checkpoint,
    refuse_half_model,
)
from sosmatting.config_files import DEFAULT_MODEL, config_name
from sosmatting.engine.launch import load_config, misfits_named
from sosmatting.engine.results import mattes_of
from sosmatting.exceptions import InputError, one_line
from sosmatting.files import MAX_PIXELS

RANDOM = 'random'
# mmengine's registries and its default scope are one for the whole process.
_BUILDING = threading.Lock()


class Matter:
    """A model that is ready to cut photos into mattes; several threads may call it.

    Args:
        config: A config file, or its name under ``configs/``.
        checkpoint: Weights of that config: a file or a work folder. ``None`` takes those that come
            with the package; ``'random'`` leaves them random (seeded), for trying out.
        device: ``'auto'`` takes a GPU where there is one; ``'cpu'``, ``'cuda'``, ``'cuda:1'``.
        options: ``KEY=VALUE`` overrides of the config.
        seed: Of random weights.
        alpha_bits: 8 or 16 bits of the alphas; ``None`` leaves it to the config. Baselines with
            hard masks have 8.
        amp: Compute in bfloat16 where that is safe: faster on hardware that has it, and alphas
            differ a little.
        max_pixels: Refuse photos of more pixels; ``None`` for no limit.

    Attributes:
        model: The network, ready for prediction only: batch normalisation is folded into the
            convolutions before it.
        device: Where the model runs.
        classes: Its category names.

    Raises:
        InputError: Config, checkpoint or device is not to be had; the text says which and why.
    """

    def __init__(
        self,
        config: str | os.PathLike[str] = DEFAULT_MODEL,
        checkpoint: str | os.PathLike[str] | None = None,
        device: str = 'auto',
        options: Sequence[str] = (),
        seed: int = 0,
        alpha_bits: int | None = None,
        amp: bool = False,
        max_pixels: int | None = MAX_PIXELS,
    ) -> None:
        self.device = choose_device(device)
        self.config = load_config(os.fspath(config), options)
        self.name = config_name(Path(self.config.filename))
        self.amp = amp
        self.max_pixels = max_pixels
        self.classes: tuple[str, ...] = tuple(self.config.metainfo['classes'])
        self._set_bits(alpha_bits)
        if checkpoint is None:
            checkpoint = packaged_weights(self.name)
        self.checkpoint = os.fspath(checkpoint)
        with _BUILDING:
            self._build(seed)
        self.model.to(self.device).eval()
        self._model_lock = threading.Lock()

    def __repr__(self) -> str:
        return f'Matter({self.name!r}, {self.checkpoint!r}, device={str(self.device)!r})'

    # A text or an array is a sequence of things as well; what stands first counts.
    @overload
    def __call__(  # type: ignore[overload-overlap]
        self, photos: PhotoInput, batch_size: int = ...
    ) -> PhotoMattes: ...

    @overload
    def __call__(  # type: ignore[overload-overlap]
        self, photos: Sequence[PhotoInput], batch_size: int = ...
    ) -> list[PhotoMattes]: ...

    @overload
    def __call__(
        self, photos: Iterable[PhotoInput], batch_size: int = ...
    ) -> Iterator[PhotoMattes]: ...

    def __call__(
        self,
        photos: PhotoInput | Sequence[PhotoInput] | Iterable[PhotoInput],
        batch_size: int = 1,
    ) -> PhotoMattes | list[PhotoMattes] | Iterator[PhotoMattes]:
        """Cut photos into mattes.

        Args:
            photos: One photo: a file (EXIF rotation is applied), the bytes of one, an image of
                Pillow's, or an (H, W, 3) RGB, (H, W, 4) RGBA or (H, W) grey array of uint8 or
                uint16. Or a list of photos. Or any other iterable, which is read as the results are
                asked for; nothing is kept.
            batch_size: How many photos of a list or iterable are taken at once. Those of them that
                the network sees at one size go through it together; sizes never mix, for padding
                would change the result.

        Returns:
            The mattes at the photo's own size, best first; none is a valid answer. A list of them
            for a list, an iterator for an iterable, in the order given.

        Raises:
            InputError: A photo cannot be read, or is an array of another kind. What comes before it
                in an iterable has been given out then.
        """
        if isinstance(photos, SINGLE):
            return self.predict([self.prepare(photos)])[0]
        if batch_size < 1:
            raise InputError(f'batch_size: {batch_size} is not possible; give 1 or more')
        if not isinstance(photos, Iterable):
            take_photo(photos, self.max_pixels)  # says what a photo is
        stream = self._stream(photos, batch_size)
        return list(stream) if isinstance(photos, Sequence) else stream

    def _stream(self, photos: Iterable[PhotoInput], batch_size: int) -> Iterator[PhotoMattes]:
        """Give the results of ever so many photos, ``batch_size`` at a time."""
        batch: list[PreparedPhoto] = []
        for photo in photos:
            try:
                batch.append(self.prepare(photo))
            except InputError:
                yield from self.predict(batch)
                raise
            if len(batch) == batch_size:
                yield from self.predict(batch)
                batch = []
        yield from self.predict(batch)

    def prepare(self, photo: PhotoInput, name: str | None = None) -> PreparedPhoto:
        """Read one photo and bring it to the network's size; no part of the model is used.

        Raises:
            InputError: It cannot be read, or is too large or too narrow.
        """
        shown = name or (os.fspath(photo) if isinstance(photo, (str, os.PathLike)) else 'photo')
        taken = take_photo(photo, self.max_pixels, name)
        height, width = taken.pixels.shape[:2]
        try:
            data = self.pipeline(dict(img=taken.pixels[..., ::-1], img_path=shown[:200], img_id=0))
        except (cv2.error, ZeroDivisionError) as error:
            raise InputError(
                f'{shown}: {width} x {height} pixels are too narrow for the network; crop or pad it'
            ) from error
        return PreparedPhoto(shown, taken, data)

    def predict(self, batch: Sequence[PreparedPhoto]) -> list[PhotoMattes]:
        """Run the network on prepared photos.

        Args:
            batch: Photos of any sizes; those of one padded size run together.

        Returns:
            One result each, in that order.

        Raises:
            InputError: The memory does not suffice even for one of them alone.
        """
        groups: dict[tuple[int, int], list[int]] = {}
        for i, prepared in enumerate(batch):
            groups.setdefault(self._padded_hw(prepared), []).append(i)
        results: dict[int, PhotoMattes] = {}
        for places in groups.values():
            samples = self._forward([batch[i] for i in places])
            for i, sample in zip(places, samples, strict=True):
                photo = batch[i].photo
                plain = mattes_of(sample, photo.pixels, self.classes)
                results[i] = PhotoMattes.of(plain, photo)
        return [results[i] for i in range(len(batch))]

    def _forward(self, group: Sequence[PreparedPhoto]) -> list[DetDataSample]:
        """Run photos of one padded size, one by one where the memory does not hold them all."""
        try:
            # One at a time: a model's parts may keep things between their calls, and a second
            # forward pass beside the first would not be faster.
            with (
                self._model_lock,
                torch.inference_mode(),
                torch.autocast(self.device.type, torch.bfloat16, enabled=self.amp),
            ):
                return self.model.test_step(pseudo_collate([each.data for each in group]))
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
            if not isinstance(error, MemoryError) and 'memory' not in str(error):
                raise
            if len(group) == 1:
                height, width = group[0].photo.pixels.shape[:2]
                raise InputError(
                    f'{group[0].name}: {width} x {height} pixels do not fit into the memory '
                    f'({one_line(error)[:120]}); make it smaller or use another device'
                ) from error
        return [sample for each in group for sample in self._forward([each])]

    def _padded_hw(self, prepared: PreparedPhoto) -> tuple[int, int]:
        """Tell the size at which the network sees a photo."""
        height, width = prepared.data['inputs'].shape[-2:]
        side = getattr(self.model.data_preprocessor, 'pad_size_divisor', 1)
        return -(-height // side) * side, -(-width // side) * side

    def fingerprint(self) -> str:
        """Tell models apart: a hash of weights, config and precision; equal means equal results."""
        return self._hash

    def _set_bits(self, alpha_bits: int | None) -> None:
        """Tell the head how many bits its alphas are to have, where it can choose."""
        if alpha_bits not in (None, 8, 16):
            raise InputError(f'alpha_bits: {alpha_bits} is not possible; choose 8 or 16')
        chosen = self.config.model.get('mask_head', {}).get('test_cfg') or {}
        if alpha_bits is not None and 'alpha_bits' in chosen:
            chosen['alpha_bits'] = alpha_bits

    def _build(self, seed: int) -> None:
        """Build model and pipeline and give the model its weights."""
        init_default_scope(self.config.get('default_scope', 'mmdet'))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            with misfits_named(self.config):
                self.model = MODELS.build(self.config.model)
            if self.checkpoint == RANDOM:
                before = logging.root.manager.disable
                logging.disable(logging.INFO)  # mmengine lists every tensor
                self.model.init_weights()
                logging.disable(before)
            else:
                found = read_checkpoint(self.checkpoint)
                self.report = load_weights(self.model, found['state_dict'], self.checkpoint)
                refuse_half_model(self.report, self.checkpoint)
                self._take_classes(found.get('meta', {}))
        pipeline = self.config.test_dataloader.dataset.pipeline
        parts = self.config.model, pipeline, (self.classes, self.amp)
        self._hash = model_hash(self.model, *parts)
        # A normalisation that is not trained any more is a linear map: into the convolution with
        # it. The mattes are the same up to rounding.
        fuse_conv_bn(self.model.eval())
        # The test pipeline without its ground truth.
        steps = self.config.test_dataloader.dataset.pipeline
        self.pipeline = Compose([step for step in steps if step['type'] != 'LoadMattes'])

    def _take_classes(self, meta: dict[str, Any]) -> None:
        """Take the categories' names from the checkpoint where it has them."""
        classes = (meta.get('dataset_meta') or {}).get('classes')
        if classes and len(classes) == len(self.classes):
            self.classes = tuple(classes)
