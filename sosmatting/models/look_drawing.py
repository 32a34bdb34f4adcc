"""Mattes are judged before they are drawn again: what is not kept need not be drawn.

It cannot be told from what is: Matrix NMS takes scores from what has a lower one alone. Seeing a
crop costs less than half of seeing it and drawing its matte, and most candidates are nothing.

Letters: K crops, C categories, s the side of a crop.
"""

import torch
from torch import Tensor

from sosmatting.models.look_inference import LookDecoder
from sosmatting.models.look_network import LookNetwork

LIKELY = 0.75  # of the score that is kept: less does not get a mirrored look


@torch.no_grad()
def draw_kept(
    network: LookNetwork,
    decoder: LookDecoder,
    crops: Tensor,
    scores: Tensor,
    mirrored: bool,
    least: float,
) -> tuple[Tensor, Tensor]:
    """Judge K crops, and draw those that score ``least`` or more.

    Args:
        network: Sees, judges and draws.
        decoder: Scores.
        crops: (K, 5, s, s), see :meth:`LookNetwork.forward`.
        scores: (K,) the first look's.
        mirrored: Look also at the mirrored crops of mattes that may be kept, and average.
        least: Smallest score that is drawn.

    Returns:
        Alphas (K, s, s), 0 of what is not drawn, and logits of the quality (K, C + 1), float32.
    """
    features = network.see(crops)
    judged = network.rate(features, crops).float()
    likely = torch.zeros_like(scores, dtype=torch.bool)
    if mirrored:
        likely = rated(decoder, judged, scores) >= LIKELY * decoder.filter_thr
    if likely.any():
        others = crops[likely].flip(-1)
        seen = network.see(others)
        judged[likely] = (judged[likely] + network.rate(seen, others).float()) / 2
    alphas = crops.new_zeros((len(crops), *crops.shape[2:]), dtype=torch.float32)
    wanted = rated(decoder, judged, scores) >= least
    if wanted.any():
        logits = network.draw([each[wanted] for each in features], crops[wanted])[0].float()
        twice = wanted[likely]
        if twice.any():
            again = network.draw([each[twice] for each in seen], others[twice])[0].float()
            both = likely[wanted]
            logits[both] = (logits[both] + again.flip(-1)) / 2
        alphas[wanted] = logits.sigmoid()
    return alphas, judged


def rated(decoder: LookDecoder, judged: Tensor, scores: Tensor) -> Tensor:
    """Score K mattes by logits of their quality (K, C + 1) and the first look's (K,) scores."""
    quality = decoder.vouched(judged[:, :-1].sigmoid(), judged[:, -1])
    return decoder.rate(quality, scores).amax(1)
