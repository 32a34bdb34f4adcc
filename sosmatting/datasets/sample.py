"""The embedded sample on disk: drawn scenes as a matting set and as a COCO set."""

from functools import partial
from pathlib import Path

from sosmatting.datasets.scenes import CATEGORIES, make_scene
from sosmatting.datasets.writer import Plan, write_set
from sosmatting.exceptions import InputError

TEST_START = 1_000_000  # test scenes have numbers of their own: they stay when --train changes
VERSION = 1  # counts changes of the drawings, so that old and new scenes are never mixed


def sample_plans(root: Path, train: int, test: int, size: int, seed: int) -> list[Plan]:
    """Plan ``root/sofi200`` (first half of the train scenes) and ``root/coco`` (the other half).

    Both hold the same test scenes.

    Raises:
        InputError: A count or the size is too small or too large.
    """
    if not 2 <= train < TEST_START:
        raise InputError(f'--train {train}: give 2 to {TEST_START - 1} scenes')
    if test < 1:
        raise InputError(f'--test {test}: give 1 scene or more')
    if not 64 <= size <= 4096:
        raise InputError(f'--size {size}: give a long side of 64 to 4096 pixels')
    if seed < 0:
        raise InputError(f'--seed {seed}: give 0 or a positive number')
    categories = [{'id': k + 1, 'name': name} for k, name in enumerate(CATEGORIES)]
    names = [f'train_{number:05d}' for number in range(train)]
    scenes = {name: number for number, name in enumerate(names)}
    tests = {f'test_{number:05d}': TEST_START + number for number in range(test)}
    half = (train + 1) // 2
    soft = {name: scenes[name] for name in names[:half]}
    hard = {name: scenes[name] for name in names[half:]}
    info = {
        'description': 'drawn scenes of sosmatting',
        'version': VERSION,
        'train': train,
        'test': test,
        'size': size,
        'seed': seed,
    }
    return [
        Plan(root / 'sofi200', 'sofi200', categories, {'train': soft, 'test': tests}, info),
        Plan(root / 'coco', 'coco', categories, {'train2017': hard, 'val2017': tests}, info),
    ]


def write_sample(
    root: Path, train: int = 200, test: int = 40, size: int = 384, seed: int = 0, workers: int = 2
) -> bool:
    """Write the sample, or what of it is missing.

    Returns:
        Whether there was anything to do.

    Raises:
        InputError: An option is out of range, or the folder holds something else.
    """
    make = partial(make_scene, seed=seed, size=size)
    plans = sample_plans(root, train, test, size, seed)
    done = [write_set(plan, make, workers) for plan in plans]
    return any(done)
