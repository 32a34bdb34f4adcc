"""The SOFI-200 layout: photos with one alpha file per instance.

SOFI-200 itself was never released, so this layout is ours (``data/README.md``):
``images/NAME.jpg``, ``alphas/NAME/KK.png`` and COCO-style ``annotations/{train,test}.json`` whose
annotations carry ``alpha``, a path below ``alphas/``, and in composed scenes ``cutout``, the name
of the cut-out that was pasted.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmdet.registry import DATASETS

from sosmatting.datasets.coco import CocoInstances
from sosmatting.exceptions import InputError


@DATASETS.register_module()
class Sofi200(CocoInstances):
    """Photos whose instances have true alphas.

    Its images are not labelled exhaustively, so that by default no category is ``complete``.

    Args:
        data_prefix: ``img`` and ``alpha``, folders below ``data_root``.
        **kwargs: Those of :class:`CocoInstances`.

    Raises:
        InputError: As for :class:`CocoInstances`; an annotation without ``alpha``; a category that
            the configured classes do not have.
    """

    def __init__(self, *args: Any, data_prefix: dict | None = None, **kwargs: Any) -> None:
        kwargs = dict(dict(source='sofi200', matte='soft', complete='none'), **kwargs)
        prefix = data_prefix or dict(img='images/', alpha='alphas/')
        super().__init__(*args, data_prefix=prefix, **kwargs)

    def _check_categories(self, categories: dict[int, str], labels: dict[str, int]) -> None:
        """Refuse a file with a category that the configured classes do not have."""
        unknown = sorted(set(categories.values()) - set(labels))
        if unknown:
            raise InputError(
                f'{self.ann_file}: unknown category {unknown[0]!r}; rename it, or add it to '
                'metainfo.classes'
            )

    def parse_data_info(self, raw_data_info: dict) -> dict:
        """Parse one image; every instance gets the path of its alpha."""
        image, annotations = raw_data_info['raw_img_info'], raw_data_info['raw_ann_info']
        instances = []
        for annotation in annotations:
            name = f'{self.ann_file}: annotation {annotation["id"]} of image {image["file_name"]!r}'
            if not annotation.get('alpha'):
                raise InputError(f"{name} has no 'alpha'; name its file there, below alphas/")
            if annotation['category_id'] not in self.cat2label:
                raise InputError(
                    f'{name} has the unknown category id {annotation["category_id"]}; list it '
                    "under 'categories'"
                )
            x, y, width, height = annotation['bbox']
            instances.append(
                dict(
                    bbox=[x, y, x + width, y + height],
                    bbox_label=self.cat2label[annotation['category_id']],
                    ignore_flag=int(bool(annotation.get('iscrowd', 0))),
                    alpha_path=str(Path(self.data_prefix['alpha']) / annotation['alpha']),
                    annotation=name,
                )
            )
        return dict(
            img_path=str(Path(self.data_prefix['img']) / image['file_name']),
            img_id=image['img_id'],
            height=image['height'],
            width=image['width'],
            instances=instances,
            cutouts=_cutouts(annotations),
        )


def _cutouts(annotations: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Name the cut-out of every instance that is no crowd; none where one is not named."""
    names = tuple(str(each.get('cutout', '')) for each in annotations if not each.get('iscrowd'))
    return names if all(names) else ()
