"""The embedded sample: small drawn scenes with exact alphas, the same for the same numbers."""

from sosmatting.datasets.scenes.scene import CATEGORIES, Scene, make_scene

__all__ = ['CATEGORIES', 'Scene', 'make_scene']
