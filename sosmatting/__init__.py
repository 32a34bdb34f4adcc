"""One soft alpha matte per object, from one photo: instance matting."""

from sosmatting.mmcv_ext import ensure_mmcv_ext

__version__ = '0.1.0'

ensure_mmcv_ext()
