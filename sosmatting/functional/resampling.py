"""Bilinear resampling as two small matrix products, so that any part can be computed by itself.

``F.interpolate`` resizes whole maps; a part of its result depends on the phase of the whole. With
the weights of every output row and column as matrices, a tile of the result is
``rows[t] @ part @ columns[t]^T``, whichever tile it is.

Letters: I input and O output pixels along one axis.
"""

import torch
from torch import Tensor


class AxisWeights:
    """How the O pixels of one axis are mixed from I: bilinear, corners not aligned.

    Growing interpolates between two neighbours; shrinking widens the tent to the scale
    (antialiased). These are the weights of ``F.interpolate``, with ``antialias`` when shrinking.

    Args:
        inputs: I.
        outputs: O.

    Attributes:
        first: O first inputs that have a weight, a list.
        last: O last inputs, inclusive.
        reach: Inputs that an output may reach on either side of its own place.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        self.inputs, self.outputs = inputs, outputs
        scale = inputs / outputs
        radius = max(scale, 1.0)
        self.reach = int(radius) + 1
        places = (torch.arange(outputs, dtype=torch.float64) + 0.5) * scale
        # Pixel i has its centre at i + 0.5; the tent reaches `radius` to both sides.
        first = (places - radius + 0.5).floor().long().clamp(0, inputs - 1)
        taps = torch.arange(2 * self.reach + 1)
        index = first[:, None] + taps
        weight = (1 - (index + 0.5 - places[:, None]).abs() / radius).clamp(min=0)
        if scale <= 1:
            # Growing repeats the border pixel; shrinking shares out what reaches beyond it.
            before = (0.5 - places).clamp(min=0)
            weight[:, 0] += torch.where(first == 0, before, 0.0)
            after = (places - (inputs - 0.5)).clamp(min=0)
            weight += torch.where(index == inputs - 1, after[:, None], 0.0)
        weight = torch.where(index < inputs, weight, 0.0)
        self.weight = (weight / weight.sum(1, keepdim=True)).float()
        self.first = first
        self._matrices: dict[tuple[int, int], Tensor] = {}
        self.last = (first + (self.weight > 0).long().mul(taps).amax(1)).clamp(max=inputs - 1)

    def outputs_of(self, start: int, stop: int) -> tuple[int, int]:
        """Return the range of outputs that inputs ``start`` to ``stop`` have a weight in."""
        lo = int(torch.searchsorted(self.last, start))
        hi = int(torch.searchsorted(self.first, stop))
        return lo, max(lo, hi)

    def inputs_of(self, start: int, stop: int) -> tuple[int, int]:
        """Return the range of inputs that outputs ``start`` to ``stop`` are mixed from."""
        return int(self.first[start]), int(self.last[stop - 1]) + 1

    def matrix(self, start: int, stop: int) -> Tensor:
        """Return the weights of outputs ``start`` to ``stop`` over :meth:`inputs_of` them."""
        if (start, stop) not in self._matrices:
            self._matrices[start, stop] = self._matrix(start, stop)
        return self._matrices[start, stop]

    def _matrix(self, start: int, stop: int) -> Tensor:
        """Compute what :meth:`matrix` returns, and keeps."""
        lo, hi = self.inputs_of(start, stop)
        weight = self.weight[start:stop]
        # One spare column on the right takes the taps of no weight beyond the range.
        matrix = weight.new_zeros((stop - start, hi - lo + 1))
        index = self.first[start:stop, None] - lo + torch.arange(weight.shape[1])
        return matrix.scatter_add_(1, index.clamp(max=hi - lo), weight)[:, :-1]
