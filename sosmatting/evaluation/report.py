"""A score sheet as one HTML page that needs nothing else: no script, no style sheet, no picture.

Tables, breakdowns, precision-recall curves, histograms of the errors, and the 20 worst and 5 best
instances with photo, truth, prediction and error map side by side.
"""

import base64
import html
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sosmatting.evaluation.charts import histogram, line_chart
from sosmatting.evaluation.gallery import BEST, PANELS, WORST, badness, pick
from sosmatting.evaluation.image_scores import ImageScores
from sosmatting.evaluation.score_sheet import in_order
from sosmatting.evaluation.tables import ERRORS, conditions, number, tables_of
from sosmatting.files import write_bytes
from sosmatting.functional.average_precision import RECALLS, THRESHOLDS, category_precision
from sosmatting.functional.errors import PRINTED

PAGE = 'index.html'
FILE_LISTS = (
    ('missing', 'Images without a prediction'),
    ('surplus', 'Not scored'),
    ('unknown_categories', 'Categories that the truth does not have'),
)
STYLE = """
:root{--ink:#1c2127;--paper:#fff;--soft:#5b6570;--line:#d5dae0;--band:#f3f5f7;
--a:#2f6fb0;--b:#c4622d;--c:#3a8a5c;--d:#8355a8}
@media(prefers-color-scheme:dark){:root{--ink:#e4e8ec;--paper:#15181c;--soft:#9aa5b1;--line:#39414a;
--band:#1e2329;--a:#6ea8e0;--b:#e28b57;--c:#6cc08f;--d:#b78ddb}}
*{box-sizing:border-box}body{margin:0 auto;max-width:1240px;padding:24px;color:var(--ink);
background:var(--paper);font:15px/1.45 system-ui,sans-serif}
h1{font-size:1.5rem;margin:0 0 4px}h2{font-size:1.15rem;margin:32px 0 8px}h3{font-size:1rem;
margin:18px 0 6px}p{margin:4px 0;color:var(--soft);max-width:110ch}
.wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;
font-size:.85rem}th,td{padding:3px 7px;border-bottom:1px solid var(--line);text-align:right;
white-space:nowrap}th:first-child,td:first-child{text-align:left}th{background:var(--band)}
.charts{display:flex;flex-wrap:wrap;gap:12px}svg text{fill:var(--ink);font-size:11px}
svg .head{font-size:13px;font-weight:600;text-anchor:middle}svg .mid{text-anchor:middle}
svg .end{text-anchor:end}svg .grid{stroke:var(--line)}
.case{border:1px solid var(--line);border-radius:6px;padding:8px 12px;margin:10px 0}
.legend{list-style:none;padding:26px 0 0;margin:0;font-size:.85rem}
.legend span{display:inline-block;width:12px;height:12px;margin-right:8px}
.case p{font-size:.85rem;max-width:none}
.panels{display:grid;grid-template-columns:repeat(4,1fr);gap:10px}
figure{margin:0}figcaption{font-size:.8rem;color:var(--soft)}
figure img{width:100%;max-height:256px;object-fit:contain;background:var(--band);display:block}
.none{height:80px;display:grid;place-items:center;background:var(--band);color:var(--soft)}
"""


def write_report(
    folder: str | os.PathLike[str],
    sheet: Mapping[str, Any],
    images: Sequence[ImageScores],
    classes: Sequence[str] = (),
) -> Path:
    """Write the page, whole or not at all.

    Args:
        folder: Where ``index.html`` goes.
        sheet: The score sheet.
        images: The numbers that it was made from.
        classes: Category names.

    Returns:
        The page's path.

    Raises:
        InputError: The folder cannot be written.
    """
    path = Path(folder) / PAGE
    write_bytes(path, page(sheet, in_order(images), classes).encode())
    return path


def page(
    sheet: Mapping[str, Any], images: Sequence[ImageScores], classes: Sequence[str] = ()
) -> str:
    """Put the page together; see :func:`write_report`."""
    body = [
        '<h1>Matting scores</h1>',
        f'<p>{html.escape(conditions(sheet))}</p>',
        *[_table(*table) for table in tables_of(sheet)],
        _files(sheet.get('files', {})),
        _curves(images),
        _histograms(images),
        _cases(images, classes),
    ]
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<title>Matting scores</title><style>{STYLE}</style></head>\n<body>\n'
        + '\n'.join(part for part in body if part)
        + '\n</body></html>\n'
    )


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = ''.join(f'<th scope="col">{html.escape(name)}</th>' for name in head)
    lines = [''.join(f'<td>{html.escape(cell)}</td>' for cell in row) for row in rows]
    body = ''.join(f'<tr>{line}</tr>' for line in lines)
    return (
        f'<h2>{html.escape(title.capitalize())}</h2><div class="wide"><table><thead><tr>{top}</tr>'
        f'</thead><tbody>{body}</tbody></table></div>'
    )


def _files(files: Mapping[str, Sequence[str]]) -> str:
    """List what was missing and what was too much."""
    parts = []
    for kind, says in FILE_LISTS:
        names = files.get(kind) or []
        if names:
            shown = ', '.join(html.escape(name) for name in names[:50])
            more = f' and {len(names) - 50} more' if len(names) > 50 else ''
            parts.append(f'<h3>{says}: {len(names)}</h3><p>{shown}{more}</p>')
    return ''.join(parts)


def _curves(images: Sequence[ImageScores]) -> str:
    """Draw precision over recall of soft IoU, averaged over the categories."""
    overlaps = [image.overlaps for image in images if image.overlaps is not None]
    labels = sorted({int(x) for one in overlaps for x in one.gt_labels[~one.crowd]})
    if not labels:
        return ''
    precision = np.stack([category_precision(overlaps, label) for label in labels]).mean(axis=0)
    curves = {
        'IoU 0.50': precision[0],
        'IoU 0.75': precision[int(np.abs(THRESHOLDS - 0.75).argmin())],
        'mean of 0.50 to 0.95': precision.mean(axis=0),
    }
    series = {
        f'{name}: AP {100 * curve.mean():.1f}': list(zip(RECALLS.tolist(), curve, strict=True))
        for name, curve in curves.items()
    }
    chart = line_chart('Soft IoU, mean over categories', series, 'recall', 'precision')
    return f'<h2>Precision and recall</h2><div class="charts">{chart}</div>'


def _histograms(images: Sequence[ImageScores]) -> str:
    """Draw how the errors are spread over the instances."""
    rows = [image.errors for image in images if image.errors is not None and len(image.errors)]
    if not rows:
        return ''
    errors = np.concatenate(rows)
    charts = [
        histogram(name, errors[:, k] * scale, f'{name} as printed')
        for k, (name, scale) in enumerate(PRINTED.items())
    ]
    ious = np.concatenate([image.pair_iou for image in images])
    charts.append(histogram('Mask IoU', ious, 'IoU of the pair, 0 for missed', end=1.0))
    return f'<h2>Errors of the instances</h2><div class="charts">{"".join(charts)}</div>'


def _cases(images: Sequence[ImageScores], classes: Sequence[str]) -> str:
    """Show the worst and the best instances."""
    worst, best = pick(images, WORST, BEST)
    parts = []
    for title, cases in ((f'The {len(worst)} worst', worst), (f'The {len(best)} best', best)):
        shown = [(image, j) for image, j in cases if j in image.pictures]
        if shown:
            cards = ''.join(_case(image, j, classes) for image, j in shown)
            parts.append(f'<h2>{title} instances</h2>{cards}')
    if not parts:
        return ''
    note = (
        '<p>Ranked by the mean absolute error over the union of prediction and truth, a missed '
        'instance 1. Error maps: red where the prediction is too opaque, blue where it is too '
        'transparent, white where it is right.</p>'
    )
    return note + ''.join(parts)


def _case(image: ImageScores, j: int, classes: Sequence[str]) -> str:
    """Show one instance: four panels and its numbers."""
    label, missed = int(image.truth.labels[j]), image.pairs[j] < 0
    name = image.truth_names[j] if image.truth_names else f'instance {j}'
    says = [image.name, name, *filter(None, [str(image.truth.cutouts[j])])]
    says += [classes[label]] if 0 <= label < len(classes) else []
    says += ['missed'] if missed else [f'IoU {image.pair_iou[j]:.3f}']
    says.append(f'mean error {badness(image)[j]:.4f}')
    if image.errors is not None:
        raw = zip(ERRORS, image.errors[j], PRINTED.values(), strict=True)
        says += [f'{error} {number(float(value) * scale)}' for error, value, scale in raw]
    pictures = image.pictures[j]
    figures = ''.join(_figure(panel, pictures.get(panel)) for panel in PANELS)
    text = html.escape(' · '.join(says))
    return f'<div class="case"><p>{text}</p><div class="panels">{figures}</div></div>'


def _figure(panel: str, content: bytes | None) -> str:
    if content is None:
        return f'<figure><div class="none">no photo</div><figcaption>{panel}</figcaption></figure>'
    kind = 'png' if content[:4] == b'\x89PNG' else 'jpeg'
    data = base64.b64encode(content).decode()
    return (
        f'<figure><img alt="{panel}" src="data:image/{kind};base64,{data}">'
        f'<figcaption>{panel}</figcaption></figure>'
    )
