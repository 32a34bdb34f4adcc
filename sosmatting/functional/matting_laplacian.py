"""The matting Laplacian: mattes whose alphas are linear in the photo's colours, window by window.

Levin, Lischinski and Weiss, A Closed-Form Solution to Natural Image Matting, CVPR 2006. The matrix
is never written out: it is applied by box filters, whose cost does not grow with the windows
(He, Sun and Tang, Fast Matting Using Large Kernel Matting Laplacian Matrices, CVPR 2010).

Letters: K crops, h w their size, r the radius of a window.
"""

import torch
import torch.nn.functional as F
from torch import Tensor


class MattingLaplacian:
    """L of K photos, divided by the pixels of a window.

    Args:
        photos: (K, 3, h, w) float32.
        radius: r of windows of 2 r + 1 pixels; those at the photo's border are cut off there.
        eps: How much colours may vary within what counts as one colour, squared, in the photos'
            unit.
    """

    def __init__(self, photos: Tensor, radius: int, eps: float) -> None:
        self.photos, self.radius = photos, radius
        self.pixels = self._sums(torch.ones_like(photos[:1, :1]))  # of every window, as a share
        self.means = self._sums(photos) / self.pixels
        red, green, blue = photos.unbind(1)
        products = [red * red, green * green, blue * blue, red * green, red * blue, green * blue]
        squares = self._sums(torch.stack(products, dim=1)) / self.pixels
        red, green, blue = self.means.unbind(1)
        means = [red * red, green * green, blue * blue, red * green, red * blue, green * blue]
        variances = squares - torch.stack(means, dim=1)
        variances[:, :3] += eps
        self.inverse = invert_symmetric(variances, least=eps)

    def __call__(self, alphas: Tensor) -> Tensor:
        """Multiply: (K, 1, h, w) -> (K, 1, h, w)."""
        sums = self._sums(torch.cat(self._fits(alphas), dim=1))
        linear = (sums[:, :3] * self.photos).sum(1, keepdim=True) + sums[:, 3:]
        return self.pixels * alphas - linear

    def slopes(self, alphas: Tensor) -> Tensor:
        """Tell how alphas change with colours, by the windows around each pixel: (K, 3, h, w)."""
        return self._sums(self._fits(alphas)[0]) / self.pixels

    def _fits(self, alphas: Tensor) -> tuple[Tensor, Tensor]:
        """Fit alphas in each window: slopes (K, 3, h, w), offsets (K, 1, h, w)."""
        sums = self._sums(torch.cat([self.photos * alphas, alphas], dim=1))
        mean = sums[:, 3:] / self.pixels
        slope = times(self.inverse, sums[:, :3] / self.pixels - self.means * mean)
        return slope, mean - (slope * self.means).sum(1, keepdim=True)

    def _sums(self, values: Tensor) -> Tensor:
        """Sum (K, C, h, w) over the window around each pixel, divided by a whole window's pixels.

        Rows first, then columns, by adding shifted copies: a tenth of a pooling's time on a CPU.
        """
        sums = values
        for axis in (3, 2):
            added, length = sums.clone(), sums.shape[axis]
            for step in range(1, min(self.radius, length - 1) + 1):
                ahead = sums.narrow(axis, step, length - step)
                behind = sums.narrow(axis, 0, length - step)
                added.narrow(axis, 0, length - step).add_(ahead)
                added.narrow(axis, step, length - step).add_(behind)
            sums = added
        return sums / (2 * self.radius + 1) ** 2


def settle_alphas(laplacian: MattingLaplacian, alphas: Tensor, trust: Tensor, steps: int) -> Tensor:
    """Minimise ``x' L x + (x - a)' T (x - a)`` by conjugate gradients that start at ``a``.

    Args:
        laplacian: L of K photos.
        alphas: a, (K, 1, h, w).
        trust: The diagonal of T, (K, 1, h, w), not negative.
        steps: Multiplications by L, less one. A few tens come close to the minimum; fewer stay
            closer to ``a``.

    Returns:
        x, (K, 1, h, w), not bounded to [0, 1].
    """
    x = alphas
    residual = -laplacian(x)
    direction, power = residual, residual.square().sum((1, 2, 3), keepdim=True)
    for _ in range(steps):
        product = laplacian(direction) + trust * direction
        curvature = (direction * product).sum((1, 2, 3), keepdim=True)
        length = power / curvature.clamp(min=torch.finfo(power.dtype).tiny)
        x = x + length * direction
        residual = residual - length * product
        before, power = power, residual.square().sum((1, 2, 3), keepdim=True)
        direction = residual + power / before.clamp(min=torch.finfo(power.dtype).tiny) * direction
    return x


def enlarge_alphas(alphas: Tensor, slopes: Tensor, photos: Tensor, larger: Tensor) -> Tensor:
    """Enlarge alphas along the contours of larger photos.

    What a photo has more than its smaller self changes alphas as colours do around there: guided
    upsampling (He and Sun, Fast Guided Filter, 2015) with the alphas themselves kept.

    Args:
        alphas: (K, 1, h, w).
        slopes: (K, 3, h, w), see :meth:`MattingLaplacian.slopes`.
        photos: (K, 3, h, w).
        larger: (K, 3, H, W), the same in large.

    Returns:
        (K, 1, H, W), not bounded.
    """
    alphas, slopes, photos = (
        F.interpolate(each, size=larger.shape[2:], mode='bilinear', align_corners=False)
        for each in (alphas, slopes, photos)
    )
    return alphas + (slopes * (larger - photos)).sum(1, keepdim=True)


def times(matrix: Tensor, vector: Tensor) -> Tensor:
    """Multiply symmetric matrices (K, 6, ...), xx yy zz xy xz yz, by vectors (K, 3, ...)."""
    xx, yy, zz, xy, xz, yz = matrix.unbind(1)
    x, y, z = vector.unbind(1)
    return torch.stack(
        [xx * x + xy * y + xz * z, xy * x + yy * y + yz * z, xz * x + yz * y + zz * z], dim=1
    )


def invert_symmetric(matrix: Tensor, least: float) -> Tensor:
    """Invert symmetric positive matrices (K, 6, ...), see :func:`times`, by Cholesky's factors.

    In float32 adjugates fail where three colours vary as one; these factors do not.

    Args:
        matrix: (K, 6, ...).
        least: No eigenvalue is smaller.
    """
    xx, yy, zz, xy, xz, yz = matrix.unbind(1)
    # The rows of the lower factor: (1 / a, 0, 0), (d, 1 / b, 0), (e, f, 1 / c).
    a = xx.clamp(min=least).rsqrt()
    d, e = xy * a, xz * a
    b = (yy - d * d).clamp(min=least).rsqrt()
    f = (yz - d * e) * b
    c = (zz - e * e - f * f).clamp(min=least).rsqrt()
    # Of its inverse: (a, 0, 0), (g, b, 0), (h, i, c).
    g, i = -a * d * b, -b * f * c
    h = -(e * a + f * g) * c
    inverse = [a * a + g * g + h * h, b * b + i * i, c * c, g * b + h * i, h * c, i * c]
    return torch.stack(inverse, dim=1)
