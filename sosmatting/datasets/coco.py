"""COCO instance annotations, and what each data set tells the losses about itself."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

from mmdet.datasets import CocoDataset
from mmdet.registry import DATASETS

from sosmatting.datasets.groups import Groups, labels_by_category
from sosmatting.exceptions import InputError

MATTE_SUPERVISION = ('soft', 'hard', 'none')


@DATASETS.register_module()
class CocoInstances(CocoDataset):
    """Photos with COCO-style instance masks.

    Every sample carries where it comes from and what it may teach: ``source`` (a name for logs),
    ``matte`` and ``complete_labels``.

    Args:
        source: Name of the set in logs and pictures.
        matte: What the matte branch learns from it: ``'soft'`` (true alphas), ``'hard'`` (masks
            that are wrong near edges) or ``'none'``.
        complete: The categories that are labelled exhaustively, the only ones whose absence is
            information: ``'all'``, ``'none'`` or a list of names.
        groups: Categories of the file by the configured class that they count as.
        remedy: Where the set comes from, for the error when it is not there.
        **kwargs: Those of mmdet's ``CocoDataset``.

    Raises:
        InputError: The annotation file is missing, is not COCO's, or has no image to offer.
    """

    def __init__(
        self,
        *args: Any,
        source: str = 'coco',
        matte: str = 'hard',
        complete: str | list[str] = 'all',
        groups: Groups | None = None,
        remedy: str = 'see data/README.md for how to get it, or set data_root to where it is',
        **kwargs: Any,
    ) -> None:
        if matte not in MATTE_SUPERVISION:
            raise InputError(
                f'matte={matte!r} of data set {source!r}: use one of {MATTE_SUPERVISION}'
            )
        self.source = source
        self.matte = matte
        self.complete = complete
        self.groups = groups
        self.remedy = remedy
        super().__init__(*args, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Read the annotation file; labels follow the order of the configured classes.

        Raises:
            InputError: See the class.
        """
        file = self.ann_file
        if not Path(file).is_file():
            raise InputError(f'{file}: no such annotation file; {self.remedy}')
        try:
            with contextlib.redirect_stdout(io.StringIO()):  # it tells what it reads
                self.coco = self.COCOAPI(file)
            images, annotations = self.coco.imgs, self.coco.anns
            categories = {cat['id']: cat['name'] for cat in self.coco.cats.values()}
        except (
            json.JSONDecodeError,
            UnicodeDecodeError,
            KeyError,
            TypeError,
            AssertionError,
        ) as error:
            raise InputError(
                f'{file}: not a COCO instances file ({error!r}); {self.remedy}'
            ) from error
        if not images:
            raise InputError(f'{file}: an empty data set, it lists no image; {self.remedy}')
        classes = self.metainfo['classes']
        labels = labels_by_category(classes, self.groups)
        self._check_categories(categories, labels)
        self.cat_ids = [cat_id for cat_id, name in categories.items() if name in labels]
        self.cat2label = {cat_id: labels[categories[cat_id]] for cat_id in self.cat_ids}
        self.cat_img_map = self.coco.cat_img_map
        complete_labels = self._complete_labels(classes)
        data_list = []
        for img_id in sorted(images):
            info = dict(images[img_id], img_id=img_id)
            found = self.coco.imgToAnns.get(img_id, [])
            try:
                data = self.parse_data_info(dict(raw_img_info=info, raw_ann_info=found))
            except KeyError as error:
                raise InputError(
                    f'{file}: image {img_id} or one of its annotations lacks {error}; mend it'
                ) from error
            data.update(source=self.source, matte=self.matte, complete_labels=complete_labels)
            data_list.append(data)
        del self.coco, annotations
        return data_list

    def _check_categories(self, categories: dict[int, str], labels: dict[str, int]) -> None:
        """Refuse a file that shares no category with the configured classes and groups."""
        if not set(categories.values()) & set(labels):
            raise InputError(
                f'{self.ann_file}: none of its categories is among the configured classes '
                f'({", ".join(list(labels)[:5])} ...); set metainfo.classes'
            )

    def _complete_labels(self, classes: tuple[str, ...]) -> tuple[int, ...]:
        """Turn ``complete`` into label indices."""
        if self.complete == 'all':
            return tuple(range(len(classes)))
        if self.complete == 'none':
            return ()
        unknown = [name for name in self.complete if name not in classes]
        if isinstance(self.complete, str) or unknown:
            raise InputError(
                f"complete={self.complete!r} of data set {self.source!r}: use 'all', 'none' or a "
                f'list of configured classes'
            )
        return tuple(sorted(classes.index(name) for name in self.complete))

    def filter_data(self) -> list[dict]:
        """Apply ``filter_cfg`` and refuse to go on with nothing.

        Raises:
            InputError: No image is left.
        """
        kept = super().filter_data()
        if not kept:
            raise InputError(
                f'{self.ann_file}: an empty data set, no image passes filter_cfg={self.filter_cfg}'
            )
        return kept
