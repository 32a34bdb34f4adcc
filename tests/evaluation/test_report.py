"""The page: complete, self-contained, and shown by a real browser."""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest

from sosmatting.evaluation.evaluate import evaluate
from sosmatting.evaluation.folder_scorer import Request
from sosmatting.evaluation.report import write_report
from tests.evaluation.folder_sets import A, B, two_images, write, write_json_truth

CHROMIUM = shutil.which('chromium') or shutil.which('chromium-browser')


class Page(HTMLParser):
    """Collect tags and the places that point outside."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.outside: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ('src', 'href', 'srcset', 'data') and not str(value).startswith('data:'):
                self.outside.append(str(value))
        if tag not in ('meta', 'img', 'rect', 'line', 'polyline'):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ('rect', 'line', 'polyline'):
            assert self.open.pop() == tag


@pytest.fixture
def page(tmp_path: Path) -> Path:
    truth, pred = two_images(tmp_path)
    write(pred, {'a/01.png': np.roll(B, 3, 1)})
    (pred / 'b/00.png').unlink()
    write(pred, {'<b>&.png/00.png': A})
    result = evaluate(Request(pred, truth, pictures=True))
    return write_report(tmp_path / 'report', result.sheet, result.images, result.classes)


def test_everything_is_in_the_page(page: Path) -> None:
    text = page.read_text()
    parsed = Page()
    parsed.feed(text)
    assert not parsed.open and not parsed.outside
    assert 'script' not in parsed.tags and 'link' not in parsed.tags
    assert parsed.tags.count('img') == 4 * (3 + 2), 'three instances, two of them found'
    assert parsed.tags.count('svg') == 1 + 6
    for words in ('Mean over instances', 'Per size', 'Precision and recall', 'The 3 worst', 'b'):
        assert words in text
    assert 'Images without a prediction: 1' in text
    assert '&lt;b&gt;&amp;.png' in text and '<b>&' not in text
    assert text.index('missed') > 0 and text.count('url(') == 0
    assert len(re.findall(r'https?://', text)) == 0


def test_a_set_with_categories_and_one_without_photos(tmp_path: Path) -> None:
    gt = write_json_truth(tmp_path)
    pred = write(tmp_path / 'pred', {'a/00.png': A // 2})
    result = evaluate(Request(pred, gt, pictures=True))
    text = write_report(tmp_path, result.sheet, result.images, result.classes).read_text()
    assert 'Per category' in text and 'dog' in text and 'no photo' in text


@pytest.mark.skipif(CHROMIUM is None, reason='chromium is not installed (Debian: chromium)')
def test_a_browser_shows_it(page: Path, tmp_path: Path) -> None:
    assert CHROMIUM is not None
    picture = tmp_path / 'shot.png'
    done = subprocess.run(
        [
            CHROMIUM,
            '--headless',
            '--no-sandbox',
            '--disable-gpu',
            '--disable-dev-shm-usage',
            '--hide-scrollbars',
            f'--user-data-dir={tmp_path / "profile"}',
            '--window-size=1280,3000',
            f'--screenshot={picture}',
            '--enable-logging=stderr',
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert picture.is_file(), done.stderr[-2000:]
    assert 'CONSOLE' not in done.stderr, 'the page has errors of its own'
    shot = cv2.imread(str(picture))
    assert shot.shape == (3000, 1280, 3)
    # the histograms' and curves' blue, the error map's blue, and text are there
    for bgr in ((176, 111, 47), (180, 119, 31)):
        assert (np.abs(shot.astype(int) - bgr).max(-1) <= 3).sum() > 200, bgr
    filled = np.flatnonzero((shot < 250).any((1, 2)))
    assert filled[-1] > 1500, 'the page reaches down to the pictures'
