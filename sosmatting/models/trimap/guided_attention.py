"""Guided contextual attention: opacity flows between patches that look alike.

Li and Lu, "Natural Image Matting via Guided Contextual Attention", AAAI 2020. Letters: B images, C
channels, h w cells of a map at 1/8 scale, N patches, one at every second cell.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

RATE = 2
SELF = 1e4  # taken from an unknown patch's likeness with itself
QUERIES = 4096  # patches answered at once: bounds the memory on large photos


class GuidedContextualAttention(nn.Module):
    """Rebuild alpha features from patches whose guidance features look alike, and add them.

    Args:
        channels: C of the alpha features.
        guidance_channels: Of the guidance features.
    """

    def __init__(self, channels: int = 128, guidance_channels: int = 128) -> None:
        super().__init__()
        self.guidance = nn.Conv2d(guidance_channels, guidance_channels // 2, 1)
        mix, norm = nn.Conv2d(channels, channels, 1, bias=False), nn.BatchNorm2d(channels)
        self.out = nn.Sequential(mix, norm)
        nn.init.xavier_uniform_(self.guidance.weight)
        nn.init.zeros_(self.guidance.bias)  # type: ignore[arg-type]
        nn.init.xavier_uniform_(mix.weight)
        nn.init.constant_(norm.weight, 1e-3)  # starts near the identity

    def forward(self, guidance: Tensor, features: Tensor, unknown: Tensor) -> Tensor:
        """Let opacity flow.

        Args:
            guidance: (B, G, h, w) low-level features of the image; h and w are even, 4 or more.
            features: (B, C, h, w) alpha features.
            unknown: (B, 1, h, w): 1 in the unknown region, else 0.

        Returns:
            (B, C, h, w).
        """
        moved = attend(self.guidance(guidance), features, unknown)
        return features + self.out(moved)


def attend(guidance: Tensor, features: Tensor, unknown: Tensor) -> Tensor:
    """Rebuild features by likeness of 3 x 3 guidance patches.

    Every patch asks all patches; the likeness is the product with the other's unit patch. What is
    answered from the unknown region weighs ``clamp(sqrt(U / K), 0.1, 10)``, from the known region
    the inverse, where U and K are the two regions' shares of the image; an unknown patch does not
    answer itself.

    Args:
        guidance: (B, G, h, w).
        features: (B, C, h, w).
        unknown: (B, 1, h, w) of 0 and 1.

    Returns:
        (B, C, h, w).
    """
    keys = patches(guidance[..., ::RATE, ::RATE], 3, 1)  # (B, 9 G, N)
    units = keys / keys.norm(dim=1, keepdim=True).clamp(min=1e-4)
    coarse = unknown[..., ::RATE, ::RATE]
    open_patch = (patches(coarse, 3, 1).sum(1) > 0).to(keys.dtype)  # (B, N)
    share = coarse.mean((1, 2, 3))
    ratio = (share / (1 - share).clamp(min=1e-6)).sqrt()
    scale_open = ratio.clamp(0.1, 10)[:, None]
    scale_known = (1 / ratio.clamp(min=1e-6)).clamp(0.1, 10)[:, None]
    scale = scale_open * open_patch + scale_known * (1 - open_patch)
    values = patches(features, 2 * RATE, RATE)  # (B, 16 C, N)
    moved = []
    for start in range(0, keys.shape[2], QUERIES):
        asking = keys[:, :, start : start + QUERIES]
        likeness = units.transpose(1, 2) @ asking * scale[..., None]  # (B, N, asking)
        places = torch.arange(asking.shape[2], device=keys.device)
        own = torch.zeros_like(likeness)
        own[:, start + places, places] = SELF * open_patch[:, start : start + QUERIES]
        moved.append(values @ (likeness - own).softmax(1))
    rebuilt = F.fold(
        torch.cat(moved, 2), features.shape[-2:], 2 * RATE, padding=RATE // 2, stride=RATE
    )
    return rebuilt / 4  # every cell lies in four patches


def patches(x: Tensor, side: int, stride: int) -> Tensor:
    """Unfold (B, C, h, w), mirrored at the border: (B, C side^2, N)."""
    before, after = (side - stride + 1) // 2, (side - stride) // 2
    padded = F.pad(x, (before, after, before, after), mode='reflect')
    return F.unfold(padded, side, stride=stride)
