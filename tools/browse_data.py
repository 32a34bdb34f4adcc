"""Look at what the network is fed, after augmentation: contact sheets, and statistics."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sosmatting.exceptions import InputError, run

ROWS = 5


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='a config file, or its name under configs/')
    parser.add_argument('--split', choices=['train', 'val', 'test'], default='train')
    parser.add_argument('--count', type=int, default=20, help='samples (20)')
    parser.add_argument('--out', type=Path, help='folder for sheets and statistics.json')
    parser.add_argument('--stats', action='store_true', help='print statistics of the samples')
    parser.add_argument('--no-sheets', action='store_true', help='statistics alone; faster')
    parser.add_argument(
        '--cfg-options', nargs='+', metavar='KEY=VALUE', default=[], help='override the config'
    )
    return parser.parse_args(argv)


def samples(config: Any, split: str, count: int) -> tuple[Iterator[dict], tuple[str, ...]]:
    """Build a split's data set; returns its first samples and its classes."""
    from mmdet.registry import DATASETS
    from mmengine.registry import init_default_scope

    init_default_scope(config.get('default_scope', 'mmdet'))
    dataset = DATASETS.build(config[f'{split}_dataloader'].dataset)
    dataset.full_init()
    endless = split == 'train' and hasattr(dataset, 'locate')  # draws of a mixed set have no end
    number = count if endless else min(count, len(dataset))
    return (dataset[k] for k in range(number)), dataset.metainfo['classes']


def row_of(sample: dict, classes: Sequence[str], number: int, radius: int) -> Any:
    """Draw one sample."""
    import cv2
    import numpy as np
    import torch

    from sosmatting.functional.alpha import dequantise, ignored_bands, shrink
    from sosmatting.visualization.feed_sheet import feed_row

    data, truth = sample['data_samples'], sample['data_samples'].gt_instances
    pixels = sample['inputs'].permute(1, 2, 0).numpy()[..., ::-1]
    # PhotoMetricDistortion leaves floats, a little beyond 0..255.
    image = np.ascontiguousarray(pixels.clip(0, 255).astype(np.uint8))
    mattes = truth.masks.to_ndarray()
    if len(mattes) and mattes.shape[1:] != image.shape[:2]:  # the truth keeps its size in testing
        image = cv2.resize(image, mattes.shape[:0:-1], interpolation=cv2.INTER_AREA)
    unknown = ((mattes > 0) & (mattes < 255)).any(0) if len(mattes) else np.zeros(image.shape[:2])
    ignored = np.zeros(image.shape[:2], bool)
    if data.metainfo.get('matte') == 'hard' and len(mattes):
        hard = (shrink(dequantise(torch.from_numpy(mattes)), 4) >= 0.5).float()
        coarse = ignored_bands(hard, radius).any(0).numpy().astype(np.uint8)
        full = np.kron(coarse, np.ones((4, 4), np.uint8))
        ignored = full[: image.shape[0], : image.shape[1]] > 0
    names = [classes[label] for label in truth.labels.tolist()]
    title = (
        f'{number}: {data.metainfo.get("source", "?")}, {image.shape[1]} x {image.shape[0]}, '
        f'{len(mattes)} instances, mattes {data.metainfo.get("matte", "?")}   '
        'orange: soft, magenta: ignored'
    )
    return feed_row(image, mattes, names, unknown.astype(bool), ignored, title)


def main(argv: Sequence[str] | None = None) -> int:
    """Draw, count, write."""
    args = parse(argv)
    if args.count < 1:
        raise InputError(f'--count {args.count}: give 1 or more')
    if args.out is None and (not args.stats or not args.no_sheets):
        raise InputError('--out: name a folder for the sheets, or give --stats --no-sheets')
    import sosmatting.register  # noqa: F401
    from sosmatting.datasets.statistics import Levels, Statistics, table
    from sosmatting.engine.launch import load_config
    from sosmatting.files import write_json, write_png
    from sosmatting.visualization.feed_sheet import stack_rows

    config = load_config(args.config, args.cfg_options)
    head = config.model.mask_head
    levels = Levels(
        tuple(head.num_grids),
        tuple(map(tuple, head.get('scale_ranges') or [])),
        head.get('pos_scale', 0.2),
        head.get('contested', 'smaller'),
        config.model.data_preprocessor.get('pad_size_divisor', 32),
    )
    statistics = Statistics(levels)
    drawn, classes = samples(config, args.split, args.count)
    rows: list[Any] = []
    sheets = 0
    for number, sample in enumerate(drawn):
        data, truth = sample['data_samples'], sample['data_samples'].gt_instances
        names = [classes[label] for label in truth.labels.tolist()]
        boxes = getattr(truth.bboxes, 'tensor', truth.bboxes)
        size = tuple(truth.masks.to_ndarray().shape[1:])
        statistics.add(truth.masks.to_ndarray(), boxes, size, data.metainfo['source'], names)
        if not args.no_sheets:
            rows.append(row_of(sample, classes, number, head.get('ignore_band', 1)))
        if len(rows) == ROWS:
            write_png(args.out / f'{args.split}_{sheets:03d}.png', stack_rows(rows))
            rows, sheets = [], sheets + 1
    if rows:
        write_png(args.out / f'{args.split}_{sheets:03d}.png', stack_rows(rows))
    if args.stats:
        summary = statistics.summary()
        print(*table(summary, levels), sep='\n')
        if args.out is not None:
            write_json(args.out / 'statistics.json', summary)
    if args.out is not None:
        print(f'{args.out}: complete')
    return 0


if __name__ == '__main__':
    sys.exit(run(main))
