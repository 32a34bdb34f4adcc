"""Photos with true alphas and given trimaps, in the layouts of published sets."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from mmdet.registry import DATASETS
from torch.utils.data import Dataset

from sosmatting.datasets.sets import SOURCES
from sosmatting.datasets.sets.layout import AlphaFile, Picture
from sosmatting.datasets.sets.pixels import read_matte
from sosmatting.datasets.trimap.composition import CLASSES, packed
from sosmatting.exceptions import InputError
from sosmatting.files import read_photo
from sosmatting.functional.trimap import check_trimap


def list_trimap_photos(
    root: Path, source: str = 'alphamatting', split: str = 'train', trimap_set: str | None = None
) -> list[Picture]:
    """List the photos of a set as it was published, each with its trimap.

    Args:
        root: The folder that the set was unpacked to.
        source: Its name among ``SOURCES``.
        split: Which part.
        trimap_set: Folder of the trimaps, beside the one that the set's reader takes.

    Raises:
        InputError: The set is not there, has no such split, or a photo has no trimap.
    """
    if source not in SOURCES:
        raise InputError(f'source={source!r}: use one of {", ".join(sorted(SOURCES))}')
    contents = SOURCES[source].read(root)
    if split not in contents:
        raise InputError(f'split={split!r} of {root}: there are {", ".join(contents)}')
    pictures = []
    for picture in contents[split]:
        trimaps = picture.trimaps
        if trimap_set is not None and trimaps:
            path = trimaps[0].path
            path = path.parent.parent / trimap_set / path.name
            trimaps = (AlphaFile(path, trimaps[0].part),)
        if len(trimaps) != 1 or not trimaps[0].path.is_file():
            where = trimaps[0].path if trimaps else picture.image
            raise InputError(f'{where}: no trimap for this photo; see data/README.md for the tree')
        pictures.append(replace(picture, trimaps=trimaps))
    return pictures


@DATASETS.register_module()
class TrimapPhotos(Dataset):
    """Test a trimap network on photos with true alphas.

    Args:
        data_root: The folder that the set was unpacked to.
        source: Its name among ``SOURCES``; the set has to come with trimaps.
        split: Which part.
        trimap_set: Another folder of trimaps (alphamatting has ``Trimap1`` and ``Trimap2``).
        names: Photos to take, all by default.

    Raises:
        InputError: See :func:`list_trimap_photos`; or a name is not there.
    """

    def __init__(
        self,
        data_root: str,
        source: str = 'alphamatting',
        split: str = 'train',
        trimap_set: str | None = None,
        names: tuple[str, ...] | None = None,
    ) -> None:
        self.metainfo = {'classes': CLASSES}
        self.pictures = list_trimap_photos(Path(data_root), source, split, trimap_set)
        if names is not None:
            known = {picture.name: picture for picture in self.pictures}
            missing = [name for name in names if name not in known]
            if missing:
                raise InputError(f'names: {data_root} has no photo {missing[0]}')
            self.pictures = [known[name] for name in names]

    def full_init(self) -> None:
        """Do nothing: the list is read when the set is built."""

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> dict:
        """Read one photo with its trimap and alpha, at its own size.

        Raises:
            InputError: A file is missing, broken, or not of the photo's size.
        """
        picture = self.pictures[index]
        image = read_photo(picture.image)
        alpha, trimap = read_matte(picture.alphas[0]), read_matte(picture.trimaps[0])
        check_trimap(trimap, image.shape[:2], str(picture.trimaps[0].path), both=False)
        if alpha.shape != image.shape[:2]:
            raise InputError(f'{picture.alphas[0].path}: not of the size of {picture.image}')
        if alpha.dtype == np.uint16:
            alpha = ((alpha.astype(np.uint32) + 128) // 257).astype(np.uint8)
        bgr = image[..., ::-1]
        return packed(bgr, trimap.astype(np.uint8), alpha, index, path=str(picture.image))
