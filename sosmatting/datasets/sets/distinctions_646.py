"""Distinctions-646 (HAttMatting, CVPR 2020): 596 and 50 cut-outs."""

from pathlib import Path

from sosmatting.datasets.sets.layout import Contents, Source, need_folders, single_objects

SPLITS = {'train': 'Train', 'test': 'Test'}


def read(root: Path) -> Contents:
    """List ``{Train,Test}/FG/NAME`` (colours) with ``{Train,Test}/GT/NAME`` (alphas)."""
    need_folders(root, [f'{name}/{kind}' for name in SPLITS.values() for kind in ('FG', 'GT')])
    return {
        split: single_objects(root / name / 'FG', root / name / 'GT', 'object')
        for split, name in SPLITS.items()
    }


SOURCE = Source(
    name='distinctions-646',
    kind='cutouts',
    about='cut-outs with alphas (HAttMatting)',
    tree='{Train,Test}/FG/NAME {Train,Test}/GT/NAME',
    read=read,
    published={'train': 596, 'test': 50},
)
