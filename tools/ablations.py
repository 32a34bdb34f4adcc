"""Train and score soso_mini's ablations on one budget; goes on where it stopped.

    tools/ablations.py --steps 120

Each starts from the same stage 1, with the same seed, draws and number of steps, and is scored on
the composed validation scenes. WORK_DIR/table.json holds a row for each that is finished.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from sosmatting.config_files import config_names
from sosmatting.exceptions import InputError, run
from sosmatting.files import read_json, write_json

PREFIX = 'ablations/soso_mini_'


def main(argv: Sequence[str] | None = None) -> int:
    """Run what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('names', nargs='*', help='which (all, and soso_mini itself)')
    parser.add_argument('--steps', type=int, default=120, help='of training each (120)')
    parser.add_argument('--stage1', default='work_dirs/solov2_mini', help='weights to start from')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--work-dir', type=Path, default=Path('work_dirs/ablations'))
    args = parser.parse_args(argv)
    known = [name.removeprefix('ablations/') for name in config_names() if name.startswith(PREFIX)]
    known = ['soso_mini', *(name for name in known if 'sample' not in name)]
    wrong = [name for name in args.names if name not in known]
    if wrong:
        raise InputError(f'{wrong[0]}: no such ablation; name some of {", ".join(known)}')
    table = args.work_dir / 'table.json'
    for name in args.names or known:
        folder = args.work_dir / f'{name}_{args.steps}_seed{args.seed}'
        if not (folder / 'scores.json').is_file():
            train_and_test(name, folder, args)
        rows = read_json(table) if table.is_file() else {}
        write_json(table, rows | {folder.name: row_of(folder / 'scores.json')})
        print(folder.name, row_of(folder / 'scores.json'), flush=True)
    return 0


def train_and_test(name: str, folder: Path, args: argparse.Namespace) -> None:
    """Train one and score it, as its own processes.

    Raises:
        InputError: One of them failed; what it said stands above.
    """
    config = name if name == 'soso_mini' else f'ablations/{name}'
    tools = Path(__file__).parent
    schedule = [f'train_cfg.max_iters={args.steps}', f'train_cfg.val_interval={args.steps + 1}']
    schedule += [f'param_scheduler.1.end={args.steps}', 'val_cfg=None', 'val_dataloader=None']
    schedule += ['val_evaluator=None', f'load_from={args.stage1}']
    train = [config, '--amp', '--resume', '--seed', args.seed, '--work-dir', folder]
    test = [config, folder, '--work-dir', folder / 'test', '--json', folder / 'scores.json']
    for tool, options in (('train.py', [*train, '--cfg-options', *schedule]), ('test.py', test)):
        command = [sys.executable, tools / tool, *options]
        if subprocess.run([str(part) for part in command], check=False).returncode:
            raise InputError(f'{name}: {tool} failed, see above; run this again')


def row_of(scores: Path) -> dict[str, float]:
    """Pick the numbers of a score file that the table shows."""
    sheet = read_json(scores)
    half = sheet['imq']['0.5']
    row = {key: half[key] for key in ('IMQ_MAD', 'MQ_MAD', 'RQ')}
    row |= {key: sheet['per_instance'][key] for key in ('MSE', 'matched', 'spurious')}
    return {key: round(float(value), 2) for key, value in (row | {'AP': sheet['soft_AP']}).items()}


if __name__ == '__main__':
    sys.exit(run(main))
