"""What the head's outputs cost, given the targets of a batch.

Letters: B images, N instances, K positive cells, M of them drawn for detail, S cells of all levels,
E kernel channels, C low-level channels, h w = a quarter of the padded image H W.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmdet.registry import MODELS
from torch import Tensor, nn

from sosmatting.exceptions import InputError
from sosmatting.functional.alpha import ignored_bands
from sosmatting.functional.decode import decode_coarse, decode_fine
from sosmatting.models.matte_targets import ImageTargets


class MatteLosses(nn.Module):
    """SOSO's losses: focal on categories, Dice and MSE on mattes at two scales.

    Args:
        loss_cate: Config of the category loss.
        loss_dice: Config of the Dice loss; ``None`` to do without.
        loss_mse: Config of the MSE; ``None`` to do without.
        detail_weight: Factor of the losses at the detail stride.
        ignore_band: See :class:`MatteHead`.
    """

    def __init__(
        self,
        loss_cate: dict,
        loss_dice: dict | None,
        loss_mse: dict | None,
        detail_weight: float,
        ignore_band: int,
    ) -> None:
        super().__init__()
        if loss_dice is None and loss_mse is None:
            raise InputError('MatteHead needs loss_dice or loss_mse')
        self.loss_cate = MODELS.build(loss_cate)
        self.loss_dice = None if loss_dice is None else MODELS.build(loss_dice)
        self.loss_mse = None if loss_mse is None else MODELS.build(loss_mse)
        self.detail_weight = detail_weight
        self.ignore_band = ignore_band

    def cate(self, logits: Tensor, targets: Sequence[ImageTargets]) -> Tensor:
        """Focal loss on the categories that each image labels completely."""
        labels = torch.stack([target.labels for target in targets])
        complete = torch.stack([target.complete for target in targets])  # (B, classes)
        padded = F.pad(complete, (0, 1))  # the label of a free cell is not positive
        positives = padded.gather(1, labels).sum()
        return self.loss_cate(logits, labels, complete[:, None].float(), positives + 1)

    def coarse(
        self, kernels: Tensor, mask_feature: Tensor, targets: Sequence[ImageTargets]
    ) -> dict[str, Tensor]:
        """Compare the mattes of all positive cells at 1/4 scale."""
        dice, mse = [], []
        # unbind, not indexing, whose gradient would be a batch of zeros for every image.
        for target, own, feature in zip(
            targets, kernels.unbind(), mask_feature.unbind(), strict=True
        ):
            if target.matte == 'none' or not len(target.cells):
                continue
            pred = decode_coarse(own[target.cells], feature).sigmoid()
            truth, ignore = target.coarse, None
            if target.matte == 'hard':
                truth = (truth >= 0.5).float()
                ignore = ignored_bands(truth, self.ignore_band)[target.owners]
            truth = truth[target.owners]
            if self.loss_dice is not None:
                dice.append(self.loss_dice(pred, truth))
            if self.loss_mse is not None:
                mse.append(self.loss_mse(pred, truth, ignore))
        return self._means(mask_feature, loss_dice=dice, loss_mse=mse)

    def detail(
        self,
        kernels: Tensor,
        mask_feature: Tensor,
        low_level: Tensor,
        expand: Tensor,
        targets: Sequence[ImageTargets],
    ) -> dict[str, Tensor]:
        """Compare the mattes of the drawn cells at the detail stride, low-level term and all."""
        dice, mse = [], []
        maps = (kernels.unbind(), mask_feature.unbind(), low_level.unbind())
        for target, own, feature, low in zip(targets, *maps, strict=True):
            if not len(target.drawn):
                continue
            chosen = own[target.cells[target.drawn]]
            pred = decode_fine(decode_coarse(chosen, feature), chosen, low, expand).sigmoid()
            if self.loss_dice is not None:
                dice.append(self.loss_dice(pred, target.fine))
            if self.loss_mse is not None:
                mse.append(self.loss_mse(pred, target.fine))
        means = self._means(mask_feature, loss_dice_detail=dice, loss_mse_detail=mse)
        return {name: self.detail_weight * value for name, value in means.items()}

    def _means(self, like: Tensor, **losses: list[Tensor]) -> dict[str, Tensor]:
        """Average each list of (K,) losses; 0 for an empty one, nothing for a loss left out."""
        off = {'loss_dice': self.loss_dice is None, 'loss_mse': self.loss_mse is None}
        return {
            name: torch.cat(parts).mean() if parts else like.new_zeros(())
            for name, parts in losses.items()
            if not off[name.removesuffix('_detail')]
        }
