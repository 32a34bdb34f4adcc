"""A trained trimap network as a method."""

import logging
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from mmdet.registry import MODELS
from mmengine.registry import DefaultScope

import sosmatting.register  # noqa: F401
from sosmatting.apis import choose_device
from sosmatting.checkpoints import load_weights, model_hash, read_checkpoint
from sosmatting.engine.launch import load_config, misfits_named
from sosmatting.exceptions import InputError
from sosmatting.functional.trimap import check_trimap
from sosmatting.models.trimap.matting import samples_of
from sosmatting.trimap_methods.tiles import CORE, WHOLE, check_tile, solve_in_tiles


class NetworkMethod:
    """Solve trimaps by a trained network.

    Args:
        config: A config file of a trimap network, or its name under ``configs/``.
        checkpoint: Its weights: a file, or a work folder for its newest.
        device: ``'auto'``, ``'cpu'``, ``'cuda'`` ...
        options: ``KEY=VALUE`` overrides of the config.
        tile: Side of the tiles that a large photo is cut into (:mod:`tiles`); 0 takes every photo
            at once. By default those of more than 2 megapixels are cut, at 1,024.

    Raises:
        InputError: Config, checkpoint or device is not to be had, or is of another kind.
    """

    def __init__(
        self,
        config: str,
        checkpoint: str | Path,
        device: str = 'auto',
        options: Sequence[str] = (),
        tile: int | None = None,
    ) -> None:
        check_tile(tile)
        self.tile = tile
        self.device = choose_device(device)
        loaded = load_config(config, options)
        if loaded.model.get('type') != 'TrimapMatting':
            raise InputError(f'config {config}: no trimap network; name one of configs/trimap/')
        weights = read_checkpoint(checkpoint)['state_dict']
        loaded.model.network.pretrained = None  # the checkpoint holds all weights
        self.config = loaded.model
        before = logging.root.manager.disable
        logging.disable(logging.INFO)
        try:
            with misfits_named(loaded), DefaultScope.overwrite_default_scope('mmdet'):
                self.model = MODELS.build(loaded.model)
        finally:
            logging.disable(before)
        self.report = load_weights(self.model, weights, checkpoint)
        if self.report.new or self.report.reshaped:
            raise InputError(f'{checkpoint}: not the weights of config {config}: {self.report}')
        self.model.to(self.device).eval()

    @cached_property
    def fingerprint(self) -> str:
        """What tells it from other networks: a hash of weights and config."""
        return model_hash(self.model, self.config, self.tile)

    def __call__(self, image: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        """Solve one trimap, at the photo's own size.

        Args:
            image: (H, W, 3) uint8 RGB.
            trimap: (H, W) uint8 of 0, 128 and 255.

        Returns:
            (H, W) float32 in [0, 1].

        Raises:
            InputError: See :func:`~sosmatting.functional.trimap.check_trimap`; one of background
                and foreground may be missing.
        """
        check_trimap(trimap, image.shape[:2], both=False)
        limit = {None: WHOLE, 0: trimap.size}.get(self.tile, 0)
        if trimap.size > limit:
            return solve_in_tiles(self._solve, image, trimap, self.tile or CORE)
        return self._solve(image, trimap)

    def _solve(self, image: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        """Run the network on all that it is given."""
        stacked = np.ascontiguousarray(np.dstack([image, trimap]).transpose(2, 0, 1))
        with torch.inference_mode():
            (sample,) = self.model.test_step(samples_of([torch.from_numpy(stacked)]))
        return sample.pred_alpha[0].cpu().numpy()
