"""Several data sets in one batch, in a fixed ratio, and each draw repeatable by its number.

The loader is stateless: draw number t alone decides which sample is read and how it is augmented.
So the result does not depend on the number of workers, and a run that was killed goes on with the
very draws it would have made.
"""

import random
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from mmdet.registry import DATA_SAMPLERS, DATASETS
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Dataset, Sampler

from sosmatting.exceptions import InputError


@DATASETS.register_module()
class MixedDataset(Dataset):
    """Draw from several data sets in a fixed ratio.

    With one draw each in ``ratio`` every second draw of two sets comes from the first; each set is
    gone through in an order of its own, new in every pass.

    Args:
        datasets: Configs of the sets by name; they share their classes. ``None`` leaves a set of
            an inherited config out.
        ratio: Draws of each set in one round, whole numbers; one where a set is not named. A batch
            holds the ratio exactly where the batch size is a multiple of the sum.
        seed: Seed of orders and augmentation.

    Raises:
        InputError: No set, a ratio that does not fit, or sets of different classes.
    """

    def __init__(
        self,
        datasets: Mapping[str, dict | None],
        ratio: Mapping[str, int] | None = None,
        seed: int = 0,
    ) -> None:
        chosen = {name: config for name, config in datasets.items() if config is not None}
        shares = tuple(dict(ratio or {}).get(name, 1) for name in chosen)
        if not chosen or any(not isinstance(share, int) or share < 1 for share in shares):
            raise InputError(
                f'MixedDataset: data sets {list(chosen)} with ratio {dict(ratio or {})}; give each '
                'set a whole number above 0'
            )
        self.names = tuple(chosen)
        self.datasets = [DATASETS.build(dict(config)) for config in chosen.values()]
        self.seed = seed
        self.round = [source for source, share in enumerate(shares) for _ in range(share)]
        self.places = [self.round[:i].count(source) for i, source in enumerate(self.round)]
        self.ratio = shares
        classes = {tuple(each.metainfo['classes']) for each in self.datasets}
        if len(classes) > 1:
            raise InputError(f'MixedDataset: its sets have different classes: {classes}')
        self._order = lru_cache(maxsize=2 * len(datasets))(self._new_order)

    @property
    def metainfo(self) -> dict:
        """Classes and palette, the same for every set."""
        return self.datasets[0].metainfo

    def full_init(self) -> None:
        """Load the annotations of every set that was built lazily."""
        for each in self.datasets:
            each.full_init()

    def __len__(self) -> int:
        """Draws until the set that lasts longest has been gone through once."""
        rounds = max(
            -(-len(each) // share) for each, share in zip(self.datasets, self.ratio, strict=True)
        )
        return rounds * len(self.round)

    def _new_order(self, source: int, epoch: int) -> np.ndarray:
        rng = np.random.default_rng((self.seed, source, epoch))
        return rng.permutation(len(self.datasets[source]))

    def locate(self, draw: int) -> tuple[int, int]:
        """Tell which set and which of its samples a draw takes."""
        turn, slot = divmod(draw, len(self.round))
        source = self.round[slot]
        nth = turn * self.ratio[source] + self.places[slot]
        epoch, place = divmod(nth, len(self.datasets[source]))
        return source, int(self._order(source, epoch)[place])

    def __getitem__(self, draw: int) -> dict:
        """Read and augment draw number ``draw``; the global random state is seeded by it."""
        source, index = self.locate(draw)
        state = np.random.SeedSequence((self.seed, draw)).generate_state(2)
        random.seed(int(state[0]))
        np.random.seed(state[1])
        dataset = self.datasets[source]
        sample = dataset.prepare_data(index)
        if sample is None:
            raise InputError(
                f'sample {index} of data set {self.names[source]!r} is lost in its pipeline; let '
                'RandomCrop allow negative crops'
            )
        return sample

    def __getstate__(self) -> dict[str, Any]:
        """Leave the cache behind when a worker gets its copy."""
        return {key: value for key, value in self.__dict__.items() if key != '_order'}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take up the copied state with a fresh cache."""
        self.__dict__.update(state)
        self._order = lru_cache(maxsize=2 * len(self.datasets))(self._new_order)


@DATA_SAMPLERS.register_module()
class DrawSampler(Sampler[int]):
    """Number the draws of :class:`MixedDataset` without end; every rank gets whole rounds.

    Attributes:
        start: The first draw of this rank, counted in its own draws; a resumed run sets it to
            iterations done times batch size.

    Args:
        dataset: The data set, whose rounds are shared out.
        seed: Taken by the Runner; handed to the data set, so that ``--seed`` moves the draws too.
    """

    def __init__(self, dataset: MixedDataset, seed: int | None = None) -> None:
        self.rank, self.world = get_dist_info()
        self.length = len(dataset.round)
        self.dataset = dataset
        dataset.seed = sync_random_seed() if seed is None else seed
        self.start = 0

    def __iter__(self) -> Iterator[int]:
        """Yield draw numbers, from ``start`` on."""
        own = self.start
        while True:
            turn, slot = divmod(own, self.length)
            yield (turn * self.world + self.rank) * self.length + slot
            own += 1

    def __len__(self) -> int:
        """Draws of this rank until the longest set has been gone through."""
        return len(self.dataset) // self.world
