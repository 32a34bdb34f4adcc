"""Score a model's mattes alone and after every refiner, on the test set of its config.

Scores are those of tools/test.py, by the same metric on the same predictions: SAD, Grad, Conn /
1000, MAD, MSE x 1000, the rest x 100. kept: mattes that a refiner left as they were; s: its seconds
a scene.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from sosmatting.exceptions import InputError, run


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    from sosmatting.evaluation.scene_options import add_scene_options, check_scene_options
    from sosmatting.trimap_methods.choices import add_methods

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('model', help='a config file, or its name under configs/')
    parser.add_argument('weights', help='a .pth or .safetensors file, or a work folder')
    add_methods(parser, 'none and every classical method')
    parser.add_argument('--min-score', type=float, default=0.3, help='refine from here on (0.3)')
    parser.add_argument(
        '--max-change', type=float, default=0.1, help='from the blurred matte; more: kept (0.1)'
    )
    parser.add_argument('--work-dir', help='logs (work_dirs/MODEL/refiners)')
    add_scene_options(parser)
    args = parser.parse_args(argv)
    check_scene_options(args)
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """Predict every scene once, refine it by every method, and print the table."""
    args = parse(argv)
    from benchmarks.timing import commit, machine
    from mmdet.registry import METRICS

    from sosmatting.engine.launch import build_runner, load_config, misfits_named
    from sosmatting.functional.classical import CLASSICAL
    from sosmatting.trimap_methods.choices import methods_of
    from sosmatting.trimap_methods.refiner import Refiner
    from sosmatting.trimap_methods.scenes import ALONE, Contender, scene_lines, score_scenes

    methods = methods_of(args, ('none', *CLASSICAL))
    config = load_config(args.model, args.cfg_options)
    if config.model.type == 'TrimapMatting':
        raise InputError(f'{args.model}: solves trimaps and has no mattes to refine; name a model')
    config.work_dir = args.work_dir or f'work_dirs/{Path(args.model).stem}/refiners'
    config.load_from = args.weights

    def contender(name: str, refiner: Refiner | None) -> Contender:
        file = None if args.out is None else str(args.out / f'{name}.json')
        metric = METRICS.build({**config.test_evaluator, 'score_file': file})
        metric.dataset_meta = runner.test_dataloader.dataset.metainfo
        return Contender(refiner, metric)

    with misfits_named(config):
        runner = build_runner(config)
        runner.load_or_resume()
        contenders = {ALONE: contender(ALONE, None)}
        for name, method in methods.items():
            refiner = Refiner('none' if method is None else method, max_change=args.max_change)
            contenders[name] = contender(name, refiner)
    total = min(args.count or len(runner.test_dataloader), len(runner.test_dataloader))

    def told(number: int) -> None:
        seconds = ', '.join(f'{n} {c.seconds:.0f} s' for n, c in contenders.items() if c.refiner)
        print(f'[{number}/{total}] {seconds}', flush=True)

    samples = islice(predictions(runner), args.count)
    scores = score_scenes(samples, contenders, args.min_score, told)
    print(f'\n{args.model}, {args.weights}, {total} scenes, {machine()}, commit {commit()}\n')
    print('\n'.join(scene_lines(scores, contenders, total)))
    if args.out is not None:
        print(f'\nscore sheets: {args.out}/NAME.json, to be compared by tools/compare.py')
    return 0


def predictions(runner: Any) -> Iterator[Any]:
    """Run the model over its test set, one sample at a time."""
    import torch

    runner.model.eval()
    for batch in runner.test_dataloader:
        with torch.inference_mode():
            yield from runner.model.test_step(batch)


if __name__ == '__main__':
    sys.exit(run(main))
