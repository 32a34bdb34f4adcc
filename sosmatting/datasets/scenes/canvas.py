"""The drawing board of the sample's objects: premultiplied colour, alpha, anti-aliased shapes.

Objects are drawn upright on a square board of ``n`` x ``n`` pixels, several times larger than they
will appear; places on it are (x, y) in [-1, 1], y downwards. Shrinking the board by area gives
alphas and colours that belong together exactly.
"""

import cv2
import numpy as np

SHIFT = 4  # fractional bits of OpenCV's drawing coordinates


class Canvas:
    """A square board.

    Attributes:
        side: n, pixels a side.
        rgb: (n, n, 3) float32 in [0, 1], multiplied by alpha.
        alpha: (n, n) float32 in [0, 1].
        x: (n, n) float32, every pixel's x in [-1, 1]; ``y`` likewise.
    """

    def __init__(self, side: int) -> None:
        self.side = side
        self.rgb = np.zeros((side, side, 3), np.float32)
        self.alpha = np.zeros((side, side), np.float32)
        places = (np.arange(side, dtype=np.float32) + 0.5) / side * 2 - 1
        self.x, self.y = np.meshgrid(places, places)

    def paint(self, mask: np.ndarray, colour: np.ndarray) -> None:
        """Lay ``colour``, (3,) or (n, n, 3), over the board with opacity ``mask`` (n, n)."""
        part = _extent(mask)
        share, colour = mask[part][..., None], colour[part] if colour.ndim == 3 else colour
        self.rgb[part] += share * (colour - self.rgb[part])
        self.alpha[part] += mask[part] * (1 - self.alpha[part])

    def tint(self, mask: np.ndarray, colour: np.ndarray) -> None:
        """Colour what is there already; the alpha does not change."""
        part = _extent(mask)
        share, colour = mask[part][..., None], colour[part] if colour.ndim == 3 else colour
        self.rgb[part] += share * (colour * self.alpha[part][..., None] - self.rgb[part])

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """Turn (..., 2) places in [-1, 1] into OpenCV's fixed-point pixel coordinates (int32)."""
        return np.round(((points + 1) / 2 * self.side - 0.5) * (1 << SHIFT)).astype(np.int32)

    def polygon(self, points: np.ndarray) -> np.ndarray:
        """Fill a closed outline: (P, 2) places -> (n, n) anti-aliased mask in [0, 1]."""
        mask = np.zeros((self.side, self.side), np.uint8)
        cv2.fillPoly(mask, [self.pixels(points)], 255, cv2.LINE_AA, SHIFT)
        return mask.astype(np.float32) / 255

    def ellipse(
        self, centre: tuple[float, float], radii: tuple[float, float], angle: float = 0.0
    ) -> np.ndarray:
        """Fill an ellipse turned by ``angle`` radians: (n, n) anti-aliased mask in [0, 1]."""
        mask = np.zeros((self.side, self.side), np.float32)
        low, high = np.array(centre) - max(radii), np.array(centre) + max(radii)
        first = np.clip((low + 1) / 2 * self.side - 2, 0, self.side).astype(int)
        last = np.clip((high + 1) / 2 * self.side + 2, 0, self.side).astype(int)
        part = (slice(first[1], last[1]), slice(first[0], last[0]))
        dx, dy = self.x[part] - centre[0], self.y[part] - centre[1]
        cos, sin = np.cos(angle), np.sin(angle)
        u, v = (dx * cos + dy * sin) / radii[0], (dy * cos - dx * sin) / radii[1]
        distance = (1 - np.sqrt(u * u + v * v)) * min(radii) * self.side / 2
        mask[part] = np.clip(distance + 0.5, 0, 1)
        return mask

    def line(self, points: np.ndarray, width: float) -> np.ndarray:
        """Draw an open line of a width in the board's units: (P, 2) places -> (n, n) mask."""
        mask = np.zeros((self.side, self.side), np.uint8)
        thickness = max(1, round(width * self.side / 2))
        cv2.polylines(mask, [self.pixels(points)], False, 255, thickness, cv2.LINE_AA, SHIFT)
        return mask.astype(np.float32) / 255

    def strands(
        self, paths: np.ndarray, colours: np.ndarray, widths: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw many fine lines that taper towards their end.

        Args:
            paths: (K, P, 2) places, root first.
            colours: (K, 3) in [0, 1].
            widths: (K,) in pixels of the board, at the root.

        Returns:
            (n, n) mask in [0, 1] and (n, n, 3) colours in [0, 1].
        """
        mask = np.zeros((self.side, self.side), np.uint8)
        paint = np.empty((self.side, self.side, 3), np.uint8)
        paint[:] = (colours.mean(0) * 255).astype(np.uint8)
        half = paths.shape[1] // 2 + 1
        for path, colour, width in zip(
            self.pixels(paths), (colours * 255).tolist(), widths.tolist(), strict=True
        ):
            root, tip = max(1, round(width)), max(1, round(width * 0.5))
            for part, thickness in ((path[:half], root), (path[half - 1 :], tip)):
                cv2.polylines(mask, [part], False, 255, thickness, cv2.LINE_AA, SHIFT)
                cv2.polylines(paint, [part], False, colour, thickness + 1, cv2.LINE_AA, SHIFT)
        return mask.astype(np.float32) / 255, paint.astype(np.float32) / 255


def _extent(mask: np.ndarray) -> tuple[slice, slice]:
    """Find the rows and columns outside of which a mask is 0."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return slice(0, 0), slice(0, 0)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def wide_blur(picture: np.ndarray, sigma: float) -> np.ndarray:
    """Blur by a wide Gaussian of ``sigma`` pixels, at a quarter of the size."""
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    return cv2.resize(cv2.GaussianBlur(small, (0, 0), sigma / 4), (width, height))


def relief(mask: np.ndarray, roundness: float) -> np.ndarray:
    """Puff a flat shape up like a cushion and return its surface normals.

    Args:
        mask: (n, n) in [0, 1].
        roundness: How far the bulge reaches inwards, as a part of the board's half side.

    Returns:
        (n, n, 3) unit normals: x right, y down, z towards the viewer.
    """
    reach = max(2.0, roundness * len(mask) / 2)
    inside = cv2.distanceTransform((mask > 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    depth = 1 - np.clip(inside / reach, 0, 1)
    height = cv2.GaussianBlur(reach * np.sqrt(1 - depth * depth), (0, 0), reach / 6)
    slope_x = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    slope_y = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    normals = np.stack([-slope_x, -slope_y, np.ones_like(height)], axis=2)
    return normals / np.linalg.norm(normals, axis=2, keepdims=True)


def lambert(normals: np.ndarray, light: np.ndarray, ambient: float = 0.4) -> np.ndarray:
    """Shade a matt surface.

    Args:
        normals: (..., 3) unit normals.
        light: (3,) unit direction towards the light.
        ambient: What the shadows still get.

    Returns:
        (..., 1) in [ambient, 1].
    """
    return ambient + (1 - ambient) * np.clip(normals @ light, 0, 1)[..., None].astype(np.float32)


def gloss(normals: np.ndarray, light: np.ndarray, sharpness: float = 40.0) -> np.ndarray:
    """Tell how strongly the light is mirrored to the viewer: (..., 3) normals -> (...)."""
    halfway = light + np.array([0, 0, 1], np.float32)
    halfway = halfway / np.linalg.norm(halfway)
    return np.clip(normals @ halfway, 0, 1).astype(np.float32) ** sharpness
