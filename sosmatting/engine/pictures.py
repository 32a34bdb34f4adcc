"""Mattes to look at: in TensorBoard during training, and in files from a test."""

from pathlib import Path
from typing import Any

from mmdet.registry import HOOKS
from mmengine.hooks import Hook

from sosmatting.engine.results import mattes_of, photo_of
from sosmatting.export import save
from sosmatting.visualization.overlay import label_texts
from sosmatting.visualization.sheet import matte_sheet

PANEL_SIDE = 512  # pixels; TensorBoard keeps every picture of every step


@HOOKS.register_module()
class MattePicturesHook(Hook):
    """Show the first validation photos in TensorBoard: photo, overlay, mattes, cut-outs.

    Args:
        count: Photos shown.
        min_score: Instances below are left out.
    """

    def __init__(self, count: int = 4, min_score: float = 0.3) -> None:
        self.count = count
        self.min_score = min_score

    def after_val_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Draw the photos of this batch, up to ``count``."""
        if runner.rank != 0 or batch_idx * len(outputs) >= self.count:
            return
        classes = runner.val_dataloader.dataset.metainfo['classes']
        for place, sample in enumerate(outputs):
            photo = photo_of(sample)
            mattes = mattes_of(sample, photo, classes)
            mattes = mattes[mattes.scores >= self.min_score]
            labels = label_texts(mattes.names, mattes.scores)
            picture = matte_sheet(photo, mattes.alphas, labels, max_side=PANEL_SIDE)
            name = f'mattes/{batch_idx * len(outputs) + place}'
            runner.visualizer.add_image(name, picture, step=runner.iter)


@HOOKS.register_module()
class SaveMattesHook(Hook):
    """Write every test photo's mattes: ``OUT/NAME/KK.png`` and an overlay.

    Args:
        out_dir: Folder of the results.
    """

    def __init__(self, out_dir: str) -> None:
        self.out_dir = Path(out_dir)

    def after_test_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Write the mattes of this batch."""
        classes = runner.test_dataloader.dataset.metainfo['classes']
        for sample in outputs:
            photo = photo_of(sample)
            folder = self.out_dir / Path(sample.img_path).stem
            save(mattes_of(sample, photo, classes), folder, ('alpha8', 'overlay'))
