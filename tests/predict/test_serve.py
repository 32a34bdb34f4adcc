"""The server, asked over a real socket; the network is the stand-in."""

import io
import json
import threading
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from sosmatting.cli import main
from sosmatting.exceptions import InputError
from sosmatting.predict.serve import make_server
from tests.predict.fake_matter import FakeMatter


@pytest.fixture(scope='module')
def address() -> Iterator[str]:
    matter = FakeMatter('tiny', alpha_bits=16, max_pixels=10_000)
    with make_server(matter, '127.0.0.1', 0, max_bytes=50_000) as server:  # type: ignore[arg-type]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f'http://127.0.0.1:{server.server_address[1]}/'
        server.shutdown()


def photo(width: int = 30, height: int = 20) -> bytes:
    buffer = io.BytesIO()
    Image.new('RGB', (width, height), (10, 110, 210)).save(buffer, 'PNG')
    return buffer.getvalue()


def post(address: str, query: str = '', body: bytes | None = None) -> tuple[str, bytes]:
    request = urllib.request.Request(f'{address}?{query}', data=photo() if body is None else body)
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.headers['Content-Type'], response.read()


def test_all_objects_together_are_the_default(address: str) -> None:
    kind, content = post(address)
    assert kind == 'image/png'
    cut = np.asarray(Image.open(io.BytesIO(content)))
    assert cut.shape == (20, 30, 4)
    kind, content = post(address, 'background=white&classes=dog')
    assert Image.open(io.BytesIO(content)).mode == 'RGB'


def test_one_file(address: str) -> None:
    kind, content = post(address, 'format=json&min_score=0')
    assert kind == 'application/json'
    assert len(json.loads(content)['annotations']) == 3
    kind, content = post(address, 'format=psd')
    assert kind == 'image/vnd.adobe.photoshop' and content[:4] == b'8BPS'
    kind, content = post(address, 'format=alpha8&point=3,3')
    assert kind == 'image/png' and Image.open(io.BytesIO(content)).mode == 'L'


def test_several_files_are_a_zip(address: str) -> None:
    kind, content = post(address, 'format=alpha16,rgba&crop=1&max_instances=2&bits=16')
    assert kind == 'application/zip'
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == [
            '00.png', '00_rgba.png', '01.png', '01_rgba.png', 'mattes.json',
        ]  # fmt: skip


def test_what_answers_here(address: str) -> None:
    with urllib.request.urlopen(address, timeout=30) as response:
        told = json.loads(response.read())
    assert told['model'] == 'tiny' and told['classes'] == ['person', 'dog']


@pytest.mark.parametrize(
    ('query', 'body', 'status', 'message'),
    [
        ('', b'no picture', 400, 'the picture: not readable'),
        ('', b'', 400, 'it is empty'),
        ('', photo(200, 100), 400, 'more than the limit of 10,000'),
        ('', b'x' * 50_001, 413, '50,000 are taken at most'),
        ('format=gif', None, 400, "'gif' is no format"),
        ('min_score=3', None, 400, 'scores lie between 0 and 1'),
        ('classes=cow', None, 400, "class 'cow'"),
        ('point=99,0', None, 400, 'lies outside the photo'),
        ('out=/etc/passwd', None, 400, 'out: is no parameter here'),
        ('checkpoint=x', None, 400, 'checkpoint: is no parameter here'),
        ('background=/etc/hostname', None, 400, 'only colours are taken here'),
        ('help', None, 400, 'help: is no parameter here'),
        ('&'.join('a=1' for _ in range(60)), None, 400, 'the query'),
    ],
)
def test_wrong_requests(
    address: str, query: str, body: bytes | None, status: int, message: str
) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        post(address, query, body)
    assert caught.value.code == status
    told = json.loads(caught.value.read())
    assert message in told['error'] and '\n' not in told['error']


def test_several_at_once(address: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        sizes = list(
            pool.map(
                lambda i: Image.open(io.BytesIO(post(address, '', photo(9 + i, 7))[1])).size,
                range(16),
            )
        )
    assert sizes == [(9 + i, 7) for i in range(16)]


def test_an_address_that_is_taken(address: str) -> None:
    port = int(address.rstrip('/').rpartition(':')[2])
    for wrong in (port, 99999):
        with pytest.raises(InputError, match=f'--port {wrong}: cannot be listened on'):
            make_server(FakeMatter('tiny'), '127.0.0.1', wrong, 1)  # type: ignore[arg-type]


def test_the_command_starts_and_stops(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from sosmatting.predict import command, serve

    def stop(self: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, 'Matter', FakeMatter)
    monkeypatch.setattr(serve.ThreadingHTTPServer, 'serve_forever', stop)
    assert main(['serve', '--port', '0', '--model', 'tiny']) == 130
    assert 'http://127.0.0.1:' in capsys.readouterr().out
    assert FakeMatter.made['bits'] == 16
    assert main(['serve', '--port', 'x']) == 2
