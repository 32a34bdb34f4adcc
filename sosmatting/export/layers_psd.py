"""A layered Photoshop document: the photo, and every object on a layer of its own above it.

Letters: h w pixels of a layer. Written with psd-tools' file structures, of 8 bits a channel, RGB,
straight alpha. From below: ``Background`` (the photo, without transparency), then the objects, the
best-scored one on top, each as large as its matte's box, with its matte as the layer's
transparency.
The merged picture that viewers show is what the layers give.
"""

from pathlib import Path
from typing import Any

import numpy as np

from sosmatting.exceptions import InputError
from sosmatting.export.alpha_png import to_bits
from sosmatting.export.colour_profile import rgb_profile
from sosmatting.export.job import Job
from sosmatting.export.packages import load_package
from sosmatting.files import whole_file
from sosmatting.mattes import Mattes

BACKGROUND = 'Background'
MAX_SIDE = 30_000
FIXED = 1 << 16  # resolutions are 16.16 fixed-point numbers
PER_INCH, INCHES = 1, 1


def write_layers_psd(path: Path, job: Job) -> None:
    """Write the document.

    Args:
        path: File to write, whole or not at all.
        job: The result; its options choose the layers' colours.

    Raises:
        InputError: The file cannot be written, the photo is larger than a PSD may be, or a package
            is missing.
    """
    height, width = job.mattes.image.shape[:2]
    if max(height, width) > MAX_SIDE:
        raise InputError(
            f'{path}: PSD holds pictures of up to {MAX_SIDE} pixels a side, this one has '
            f'{width} x {height}; choose exr'
        )
    load_package('psd_tools', 'psd')
    from psd_tools.constants import ColorMode, Compression
    from psd_tools.psd import PSD
    from psd_tools.psd.header import FileHeader
    from psd_tools.psd.image_data import ImageData
    from psd_tools.psd.layer_and_mask import LayerAndMaskInformation, LayerInfo

    info = LayerInfo()
    merged = job.mattes.image.copy()
    _add_layer(info, BACKGROUND, (0, 0), merged, None)
    for index in reversed(range(len(job.mattes))):
        cutout = job.cutout(index)
        alpha, box = to_bits(cutout.alpha, 8), cutout.box
        colours = to_bits(cutout.cleared(), 8)
        at = (cutout.x + box[1].start, cutout.y + box[0].start)
        _add_layer(info, job.names[index], at, colours[box], alpha[box])
        _lay_over(merged[cutout.place], colours, alpha)
    header = FileHeader(channels=3, height=height, width=width, depth=8, color_mode=ColorMode.RGB)
    document = PSD(
        header=header,
        image_resources=_resources(job.mattes),
        layer_and_mask_information=LayerAndMaskInformation(info),
        image_data=ImageData(Compression.RLE),
    )
    document.image_data.set_data(_planes(merged), header)
    with whole_file(path) as (file, _):
        document.write(file)


def _planes(pixels: np.ndarray) -> list[bytes]:
    """Part (h, w, C) pixels into the bytes of C channels."""
    return [pixels[..., channel].tobytes() for channel in range(pixels.shape[2])]


def _add_layer(
    info: Any, name: str, at: tuple[int, int], colours: np.ndarray, alpha: np.ndarray | None
) -> None:
    """Put a layer on top of those in ``info``.

    Args:
        info: psd-tools' ``LayerInfo``, changed in place.
        name: Name of the layer.
        at: Its left and top edge in the photo.
        colours: (h, w, 3) uint8 RGB.
        alpha: (h, w) uint8; without it, the layer is a background, which cannot be transparent.
    """
    from psd_tools.constants import Compression, Tag
    from psd_tools.psd.layer_and_mask import (
        ChannelData,
        ChannelDataList,
        ChannelInfo,
        LayerFlags,
        LayerRecord,
    )

    (left, top), (height, width) = at, colours.shape[:2]
    record = LayerRecord(
        top=top,
        left=left,
        bottom=top + height,
        right=left + width,
        name=name.encode('macroman', 'replace').decode('macroman')[:255],
        flags=LayerFlags(transparency_protected=alpha is None),
    )
    record.tagged_blocks.set_data(Tag.UNICODE_LAYER_NAME, name)
    planes = dict(enumerate(_planes(colours)))
    if alpha is not None:
        planes = {-1: alpha.tobytes(), **planes}
    channels = ChannelDataList()
    for identity, plane in planes.items():
        data = ChannelData(Compression.RLE)
        data.set_data(plane, width, height, 8)
        channels.append(data)
        record.channel_info.append(ChannelInfo(id=identity, length=len(data.data) + 2))
    info.layer_records.append(record)
    info.channel_image_data.append(channels)
    info.layer_count += 1


def _lay_over(below: np.ndarray, colours: np.ndarray, alpha: np.ndarray) -> None:
    """Lay a layer over (h, w, 3) uint8 ``below``, in place, as programs blend layers."""
    opacity = alpha[..., None].astype(np.float32) / 255
    below[:] = (below + opacity * (colours.astype(np.float32) - below)).round().astype(np.uint8)


def _resources(mattes: Mattes) -> Any:
    """Write down version, colour profile and resolution."""
    from psd_tools.constants import Resource
    from psd_tools.psd.image_resources import ImageResource, ImageResources, ResoulutionInfo

    resources = ImageResources.new()
    profile = rgb_profile(mattes.icc_profile)
    if profile:
        resources[Resource.ICC_PROFILE] = ImageResource(key=Resource.ICC_PROFILE, data=profile)
    if mattes.dpi is not None:
        across, down = (round(value * FIXED) for value in mattes.dpi)
        resolution = ResoulutionInfo(across, PER_INCH, INCHES, down, PER_INCH, INCHES)
        key = Resource.RESOLUTION_INFO
        resources[key] = ImageResource(key=key, data=resolution)
    return resources
