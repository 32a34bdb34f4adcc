"""Train and score the ablations of a config on one budget; run again, it goes on where it stopped.

    tools/ablations.py --stage1 work_dirs/solov2_mini --steps 250 --seeds 0 1 2 --jobs 2

Every one starts from the same weights, with the same seeds, draws, schedule and number of steps,
and is scored on the composed validation scenes; --also coco adds the mask AP50 of COCO's val2017
part.
WORK_DIR/NAME holds the checkpoints, what was printed (train.log, composed.log) and the scores of
each; WORK_DIR/table.json the rows of all that are finished, WORK_DIR/table.md their means.
"""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from mmengine.config import Config

from sosmatting.checkpoints import latest_checkpoint, read_checkpoint
from sosmatting.config_files import config_names, find_config
from sosmatting.engine.budget import shortened
from sosmatting.engine.config_difference import described
from sosmatting.engine.launch import check_seed, load_config
from sosmatting.engine.processes import core_share, file_digest, run_tool, side_by_side
from sosmatting.evaluation.ablation_table import Row, markdown_rows, picked, run_name
from sosmatting.exceptions import InputError, one_line, run
from sosmatting.files import read_json, write_bytes, write_json

# The APs rank guesses below the confidence that people are shown, and one object may be two things.
SCORING = [
    f'model.mask_head.test_cfg.{option}' for option in ('filter_thr=0.05', 'class_agnostic=False')
]
COCO_CONFIG = """_base_ = [{config!r}]
test_dataloader = dict(dataset=dict(_delete_=True, **_base_.coco_val))
test_evaluator = dict(_delete_=True, type='InstanceMattingMetric', parts=('mask_ap',))
"""


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('names', nargs='*', help='which configs (the base and all its ablations)')
    parser.add_argument('--base', default='soso_mini', help='what they are compared with')
    parser.add_argument('--stage1', default='work_dirs/solov2_mini', help='weights to start from')
    parser.add_argument('--steps', type=int, default=150, help='of training each (150)')
    parser.add_argument('--seeds', type=int, nargs='+', default=[0], help='all for each (0)')
    parser.add_argument('--jobs', type=int, default=1, help='at once, sharing the cores (1)')
    parser.add_argument('--also', choices=['coco'], action='append', default=[])
    parser.add_argument('--work-dir', type=Path, default=Path('work_dirs/ablations'))
    parser.add_argument(
        '--cfg-options', nargs='+', metavar='KEY=VALUE', default=[], help='override every config'
    )
    args = parser.parse_args(argv)
    if args.steps < 2:
        raise InputError(f'--steps {args.steps}: give 2 or more, warm-up and training')
    if args.jobs < 1:
        raise InputError(f'--jobs {args.jobs}: give 1 or more')
    for seed in args.seeds:
        check_seed(seed)
    known = [name for name in config_names() if name.startswith('ablations/')]
    own = [name for name in known if name.startswith(f'ablations/{Path(args.base).stem}_')]
    chosen = args.names or [args.base, *(name for name in own if 'sample' not in name)]
    args.names = [f'ablations/{x}' if f'ablations/{x}' in known else x for x in chosen]
    for name in [args.base, *args.names]:
        find_config(name)
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """Run what is missing, then print the table.

    Raises:
        InputError: An option is wrong, or something failed; the others are finished all the same.
    """
    args = parse(argv)
    stage1 = latest_checkpoint(args.stage1) if Path(args.stage1).is_dir() else Path(args.stage1)
    read_checkpoint(stage1 or args.stage1)
    assert stage1 is not None  # a folder without a checkpoint was refused
    file = args.work_dir / 'table.json'
    rows, failed = read_json(file) if file.is_file() else {}, []
    base = load_config(args.base, args.cfg_options)
    tasks = {}
    for seed in dict.fromkeys(args.seeds):
        for name in args.names:
            config, key = load_config(name, args.cfg_options), Path(name).stem
            row = {'differs': described(config, base), 'steps': args.steps, 'seed': seed}
            folder = args.work_dir / run_name(key, args.steps, seed)
            tasks[folder.name] = partial(finished, row, config, folder, stage1, args)
    for count, (name, run_) in enumerate(side_by_side(tasks, args.jobs), 1):
        try:
            rows[name] = run_.result()
        except InputError as error:
            failed.append(name)
            print(f'{name}: {one_line(error)}', flush=True)
            continue
        print(f'{name}: finished, {count} of {len(tasks)}', flush=True)
        write_json(file, rows)
        write_bytes(args.work_dir / 'table.md', markdown_rows(rows).encode())
    print(markdown_rows(rows) if rows else 'no row is finished')
    if failed:
        raise InputError(
            f'{", ".join(failed)}: failed, see above; run this again when it is mended'
        )
    return 0


def check_setup(folder: Path, made: Row) -> None:
    """Write down what a run is made of, and refuse to go on with one that is made otherwise."""
    path = folder / 'setup.json'
    if path.is_file() and read_json(path) != made:
        odd = [key for key, value in made.items() if read_json(path).get(key) != value]
        raise InputError(f'{folder}: was made with another {", ".join(odd)}; name a new --work-dir')
    write_json(path, made)


def finished(row: Row, config: Config, folder: Path, stage1: Path, args: argparse.Namespace) -> Row:
    """Train and test one, as far as that is not done, and add its scores to its row."""
    made = {'base': args.base, 'options': args.cfg_options, 'stage1': file_digest(stage1)}
    check_setup(folder, row | made)
    last, threads = folder / f'iter_{args.steps}.pth', core_share(args.jobs)
    file, cfg = str(config.filename), ['--cfg-options', *args.cfg_options]
    if not last.is_file():
        budget = [*cfg, *shortened(config, args.steps), f'load_from={stage1}']
        options = ['--amp', '--resume', '--seed', row['seed'], '--work-dir', folder]
        run_tool('train.py', [file, *options, *budget], folder / 'train.log', threads)
    sheets = {}
    for name in ['composed', *args.also]:
        scores = folder / f'{name}.json'
        if not scores.is_file():
            if name == 'coco':
                base, file = str(Path(file).resolve()), str(folder / 'coco_config.py')
                write_bytes(file, COCO_CONFIG.format(config=base).encode())
            options = ['--work-dir', folder / name, '--json', scores, *cfg, *SCORING]
            run_tool('test.py', [file, last, *options], folder / f'{name}.log', threads)
        sheets[name] = read_json(scores)
    return row | picked(sheets)


if __name__ == '__main__':
    sys.exit(run(main))
