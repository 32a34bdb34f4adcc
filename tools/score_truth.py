"""Score the truth of a config's test set, spoilt a little: how high can a model's scores be?

Each line is the truth with one fault: as a hard mask, that mask with a blurred edge, at a half and
a quarter of the size, half a pixel or a pixel off, a pixel larger, or as closed-form matting makes
it from a perfect trimap, whose unknown band is the half-transparent pixels, and 1 or 3 px around.
Scores are those of tools/test.py, by the same metric: SAD, Grad, Conn / 1000, MAD, MSE x 1000, the
rest x 100. No model is needed.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from sosmatting.exceptions import InputError, run


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    from sosmatting.evaluation.scene_options import add_scene_options, check_scene_options

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='a config file, or its name under configs/')
    parser.add_argument('--faults', nargs='+', metavar='NAME', help='some of them (all)')
    add_scene_options(parser)
    args = parser.parse_args(argv)
    check_scene_options(args)
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """Read every scene once, spoil its truth in every way, and print the table."""
    args = parse(argv)
    from benchmarks.timing import commit
    from mmdet.registry import DATASETS, METRICS
    from mmengine.registry import init_default_scope

    import sosmatting.register  # noqa: F401
    from sosmatting.engine.launch import load_config
    from sosmatting.evaluation.spoilt_truth import FAULTS, score_faults
    from sosmatting.evaluation.tables import markdown, summary
    from sosmatting.functional.classical import check_available

    faults = args.faults or list(FAULTS)
    if any(fault.startswith('closed-form') for fault in faults):
        check_available('closed-form')
    config = load_config(args.config, args.cfg_options)
    if config.model.type == 'TrimapMatting':
        raise InputError(f'{args.config}: solves trimaps and is scored otherwise; name a model')
    init_default_scope(config.get('default_scope', 'mmdet'))
    dataset = DATASETS.build(config.test_dataloader.dataset)

    def metric(fault: str) -> Any:
        file = None if args.out is None else str(args.out / f'{fault}.json')
        built = METRICS.build({**config.test_evaluator, 'score_file': file})
        built.dataset_meta = dataset.metainfo
        return built

    total = min(args.count or len(dataset), len(dataset))
    scores = score_faults(
        islice(scenes(dataset), args.count),
        {fault: metric(fault) for fault in faults},
        lambda number: print(f'\r[{number}/{total}]', end='', file=sys.stderr, flush=True),
    )
    print(file=sys.stderr)
    print(f'{args.config}, {total} scenes, commit {commit()}\n')
    columns = summary(scores[faults[0]])
    head = ['truth', *(name.removesuffix('_50') for name in columns)]
    rows = [[name, *(f'{found[key]:.2f}' for key in columns)] for name, found in scores.items()]
    print(markdown(head, rows), end='')
    if args.out is not None:
        print(f'\nscore sheets: {args.out}/NAME.json, with every breakdown')
    return 0


def scenes(dataset: Any) -> Iterator[tuple[Any, Any]]:
    """Read the test set, one sample and its photo at a time."""
    from sosmatting.engine.results import photo_of

    for number in range(len(dataset)):
        sample = dataset[number]['data_samples']
        yield sample, photo_of(sample)


if __name__ == '__main__':
    sys.exit(run(main))
