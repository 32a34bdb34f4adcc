"""A stand-in for the network: it answers at once, by rules that tests can check."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sosmatting.apis.photo_input import PhotoInput, PreparedPhoto, take_photo
from sosmatting.apis.result import PhotoMattes
from sosmatting.exceptions import InputError
from sosmatting.mattes import Mattes
from sosmatting.predict import command

SCORES = (0.9, 0.5, 0.2)


def stand_in(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Work in a folder, alone, with the stand-in for the network."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(command, 'Matter', FakeMatter)
    monkeypatch.setattr(FakeMatter, 'made', {})
    for name in ('RANK', 'WORLD_SIZE'):
        monkeypatch.delenv(name, raising=False)


class FakeMatter:
    """Answer every photo with three mattes of scores 0.9, 0.5, 0.2.

    The first fills the photo with alpha 77, the second its left half with 200, the third its upper
    half with 100. A photo whose first pixel is (1, 2, 3) has no object, one of (3, 2, 1) does not
    fit into the memory. ``log`` gets a line for each photo; ``pause`` makes it slow.
    """

    made: dict[str, Any] = {}
    pause = 0.0
    log: Path | None = None

    def __init__(
        self,
        config: str,
        checkpoint: str | None = None,
        device: str = 'auto',
        options: Sequence[str] = (),
        alpha_bits: int = 8,
        amp: bool = False,
        max_pixels: int | None = None,
    ) -> None:
        if checkpoint is not None and not Path(checkpoint).is_file():
            raise InputError(f'{checkpoint}: no such checkpoint file; check the path')
        FakeMatter.made = {
            'config': config, 'checkpoint': checkpoint, 'device': device, 'bits': alpha_bits,
            'options': list(options), 'amp': amp, 'max_pixels': max_pixels, 'batches': [],
        }  # fmt: skip
        self.name, self.checkpoint = config, checkpoint
        self.device = torch.device('cpu')
        self.classes = ('person', 'dog')
        self.max_pixels = max_pixels
        self.dtype = np.uint16 if alpha_bits == 16 else np.uint8

    def fingerprint(self) -> str:
        return repr((self.name, self.checkpoint, FakeMatter.made['options']))

    def prepare(self, photo: PhotoInput, name: str) -> PreparedPhoto:
        return PreparedPhoto(name, take_photo(photo, self.max_pixels, name), {})

    def predict(self, batch: Sequence[PreparedPhoto]) -> list[PhotoMattes]:
        FakeMatter.made['batches'].append([prepared.name for prepared in batch])
        if any(self._first(prepared) == [3, 2, 1] for prepared in batch):
            raise InputError(f'{batch[0].name}: does not fit into the memory; make it smaller')
        return [self._answer(prepared) for prepared in batch]

    @staticmethod
    def _first(prepared: PreparedPhoto) -> list[int]:
        return prepared.photo.pixels[0, 0].tolist()

    def _answer(self, prepared: PreparedPhoto) -> PhotoMattes:
        if self.log is not None:
            with self.log.open('a') as file:
                file.write(f'start {prepared.name} {os.getpid()}\n')
        time.sleep(self.pause)
        height, width = prepared.photo.pixels.shape[:2]
        alphas = np.zeros((3, height, width), self.dtype)
        alphas[0] = 77
        alphas[1, :, : width // 2] = 200
        alphas[2, : height // 2] = 100
        count = 0 if self._first(prepared) == [1, 2, 3] else 3
        mattes = Mattes(
            image=prepared.photo.pixels,
            alphas=alphas,
            scores=np.float32(SCORES),
            labels=np.array([0, 1, 0]),
            boxes=np.tile(np.float32([0, 0, width, height]), (3, 1)),
            areas=np.float32([1, 2, 3]),
            classes=self.classes,
        )[:count]
        return PhotoMattes.of(mattes, prepared.photo)
