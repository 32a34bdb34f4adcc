"""Measure a model for its card: four validation sets with intervals, and the time of a photo.

    tools/model_card.py work_dirs/soso_mini_twice

Scores CONFIG (composed scenes), CONFIG_kinds, CONFIG_coco and CONFIG_photos with tools/test.py as
they are published (SCORING) and writes WORK_DIR/card.md, Markdown for the card, and
WORK_DIR/*.json. Where a score file is there already, of the same weights, it is not made again.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from sosmatting.config_files import DEFAULT_MODEL, find_config
from sosmatting.exceptions import InputError, run

SETS = {
    '': 'composed scenes',
    '_kinds': 'scenes of 272 kinds never seen',
    '_coco': "COCO's val2017 part",
    '_photos': 'held-out photos',
}
# The APs rank guesses below the confidence that people are shown, and one object may be two things.
SCORING = [
    f'model.mask_head.test_cfg.{option}' for option in ('filter_thr=0.05', 'class_agnostic=False')
]
SCORING_TWICE = [
    *(option.replace('mask_head', 'second_look') for option in SCORING),
    'model.second_look.test_cfg.max_per_img=100',
]
# COCO ranks 100 of an image. The many scenes are looked at as people's photos are: that is quicker.
CANDIDATES = {'': 100, '_kinds': 10, '_coco': 100, '_photos': 100}
ROUNDS = 9


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('checkpoint', help='a .pth or .safetensors file, or a work folder')
    parser.add_argument('--config', default=DEFAULT_MODEL, help=f'its config ({DEFAULT_MODEL})')
    parser.add_argument('--work-dir', type=Path, default=Path('work_dirs/card'))
    parser.add_argument('--photo', help='the photo to time (drawn noise of 640 x 480)')
    parser.add_argument(
        '--subset',
        default='GT',
        help="held-out photos to score apart, by how their names start (GT, alphamatting.com's)",
    )
    parser.add_argument('--resamples', type=int, default=2000, help='bootstrap resamples (2000)')
    parser.add_argument(
        '--cfg-options', nargs='+', metavar='KEY=VALUE', default=[], help='override every config'
    )
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Score, time, write."""
    args = parse(argv)
    from sosmatting.apis import Matter
    from sosmatting.checkpoints import latest_checkpoint
    from sosmatting.engine.launch import load_config
    from sosmatting.engine.processes import file_digest, run_tool
    from sosmatting.evaluation.card import interval_rows
    from sosmatting.files import read_json, write_bytes, write_json

    given = Path(args.checkpoint)
    checkpoint = latest_checkpoint(given) if given.is_dir() else given
    if checkpoint is None or not checkpoint.is_file():
        raise InputError(f'{given}: no checkpoint; name a .pth or .safetensors file or a folder')
    configs = {name: find_config(f'{args.config}{name}') for name in SETS}
    twice = load_config(str(configs['']), args.cfg_options).model.get('second_look') is not None
    for config in configs.values():  # before the first is scored, which takes minutes
        data = load_config(str(config), args.cfg_options).test_dataloader.dataset
        if not (file := Path(data.get('data_root', ''), data.get('ann_file', ''))).exists():
            remedy = data.get('remedy', 'see data/README.md')
            raise InputError(f'{file}: no such file, which {config.name} is scored on; {remedy}')
    made = {'sha256': file_digest(checkpoint), 'options': args.cfg_options}
    parts = []
    for name, config in configs.items():
        options = ['--cfg-options', *args.cfg_options, *(SCORING_TWICE if twice else SCORING)]
        if twice:
            options.append(f'model.mask_head.test_cfg.max_per_img={CANDIDATES[name]}')
        scores = args.work_dir / f'scores{name}.json'
        note = scores.with_suffix('.made.json')
        if not (scores.is_file() and note.is_file() and read_json(note) == made):
            work = ['--work-dir', args.work_dir / f'test{name}', '--json', scores]
            log = args.work_dir / f'test{name}.log'
            run_tool('test.py', [config, checkpoint, *work, *options], log)
            write_json(note, made)
        parts.append(f'### {SETS[name]}\n\n{interval_rows(scores, args.resamples)}')
        if name == '_photos':
            some = interval_rows(scores, args.resamples, args.subset)
            parts.append(f'### Those named {args.subset}...\n\n{some}')
    matter = Matter(configs[''], checkpoint, device='cpu', options=args.cfg_options)
    parts.append(timing(matter, args.photo))
    text = '\n'.join(parts)
    write_bytes(args.work_dir / 'card.md', text.encode())
    print(text)
    print(f'weights: {checkpoint}, SHA-256 {made["sha256"]}; {json.dumps(args.cfg_options)}')
    print(f'card: {args.work_dir / "card.md"}')
    return 0


def timing(matter: Callable, photo: str | None) -> str:
    """Time one photo from its pixels to its mattes, after two calls that do not count."""
    from sosmatting.files import read_photo

    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (480, 640, 3), np.uint8) if photo is None else read_photo(photo)
    seconds = []
    for _ in range(ROUNDS + 2):
        start = time.perf_counter()
        found = matter(image)
        seconds.append(time.perf_counter() - start)
    median = statistics.median(seconds[2:])
    size = f'{image.shape[1]} x {image.shape[0]} px'
    return (
        f'A photo of {size} ({len(found)} mattes), pixels to mattes: {median:.3f} s, median of '
        f'{ROUNDS}, {torch.get_num_threads()} threads\n'
    )


if __name__ == '__main__':
    sys.exit(run(main))
