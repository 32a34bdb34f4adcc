"""``sosmatting serve``: photos in and mattes out over HTTP, for programs that do not speak Python.

``POST /?format=psd&max_instances=3`` with a picture as its body answers with the file; where the
format has a file for each object, or several formats are asked for, with a ZIP of the photo's whole
folder. Parameters are the options of ``sosmatting predict``. ``GET /`` tells the model.
"""

import io
import json
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sosmatting import __version__
from sosmatting.apis.background import is_picture
from sosmatting.apis.device import describe_device
from sosmatting.apis.matter import Matter
from sosmatting.exceptions import InputError, one_line
from sosmatting.export import save
from sosmatting.mattes import labels_of
from sosmatting.predict.arguments import STDIO, parse, parse_serve
from sosmatting.predict.command import load_model
from sosmatting.predict.inputs import MANIFEST
from sosmatting.predict.plan import choice_of, save_options
from sosmatting.predict.refining import load_refiner, refined
from sosmatting.trimap_methods.refiner import Refiner

VALUES = (
    'format', 'bits', 'classes', 'min-score', 'max-instances', 'point', 'box', 'background',
    'foreground',
)  # fmt: skip
SWITCHES = ('crop', 'embed-alpha', 'straight', 'premultiplied')
KINDS = {
    '.png': 'image/png',
    '.json': 'application/json',
    '.psd': 'image/vnd.adobe.photoshop',
    '.exr': 'image/x-exr',
    '.zip': 'application/zip',
}
PATIENCE = 60  # seconds without a byte, then a caller is given up


def run_serve(argv: Sequence[str] | None = None) -> int:
    """Answer requests until Ctrl-C.

    Raises:
        InputError: The model is not to be had, or the address is taken.
    """
    args = parse_serve(argv)
    refiner = load_refiner(args, args.device)
    matter = load_model(args, args.device, alpha_bits=16)
    with make_server(matter, args.host, args.port, args.max_bytes, refiner) as server:
        host, port = server.server_address[:2]
        told = f'device: {describe_device(matter.device)}; model: {matter.name}'
        print(f'{told}, {matter.checkpoint}{f"; refined by {refiner.name}" if refiner else ""}')
        print(f'http://{host!s}:{port}/ (Ctrl-C ends it)', flush=True)
        server.serve_forever()
    return 0


def make_server(
    matter: Matter, host: str, port: int, max_bytes: int, refiner: Refiner | None = None
) -> ThreadingHTTPServer:
    """Open the address.

    Args:
        matter: The model; the requests' threads share it.
        host: Name or number of the interface.
        port: 0 takes a free one.
        max_bytes: Largest picture, in bytes of its file.
        refiner: Sharpens what the model finds.

    Raises:
        InputError: The address is taken or not one of this machine.
    """
    try:
        return ThreadingHTTPServer((host, port), partial(_Handler, matter, max_bytes, refiner))
    except (OSError, OverflowError) as error:
        raise InputError(
            f'--host {host} --port {port}: cannot be listened on ({one_line(error)}); choose others'
        ) from error


def answer(
    matter: Matter, content: bytes, query: str, refiner: Refiner | None = None
) -> tuple[bytes, str]:
    """Matte one picture as a query says.

    Returns:
        A file's content and its suffix: the one file, or a ZIP of all.

    Raises:
        InputError: The picture or a parameter is wrong.
    """
    args = parse(_arguments(query))
    labels_of(args.classes or (), matter.classes)
    options = replace(save_options(args), source='photo')
    mattes = matter.predict([matter.prepare(content, 'the picture')])[0].select(**choice_of(args))
    mattes, _ = refined(refiner, mattes)
    with TemporaryDirectory() as place:
        paths = save(mattes, Path(place) / 'photo', args.formats, options)
        files = [path for path in paths if path.name != MANIFEST]
        if len(files) == len(args.formats) == 1:
            return files[0].read_bytes(), files[0].suffix
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, 'w') as archive:
            for path in paths:
                archive.write(path, path.name)
        return packed.getvalue(), '.zip'


def _arguments(query: str) -> list[str]:
    """Spell a query as arguments of ``sosmatting predict``.

    Raises:
        InputError: A parameter is none of the options that are open to callers.
    """
    given = {key.replace('_', '-'): values for key, values in _parameters(query).items()}
    arguments = [STDIO, '--out', 'photo']
    for key, values in given.items():
        if key in SWITCHES:
            arguments.append(f'--{key}')
        elif key in VALUES:
            arguments += [f'--{key}={value}' for value in values]
        else:
            known = ', '.join((*VALUES, *SWITCHES))
            raise InputError(f'{key}: is no parameter here; choose from {known}')
    for text in given.get('background', ()):
        if is_picture(text):
            raise InputError(f'background: {text} is no colour; only colours are taken here')
    if 'format' not in given:
        arguments.append('--format=composite')
        arguments += [] if 'background' in given else ['--background=transparent']
    return arguments


def _parameters(query: str) -> dict[str, list[str]]:
    try:
        return parse_qs(query, keep_blank_values=True, max_num_fields=50)
    except ValueError as error:
        raise InputError(
            f'the query: cannot be read ({one_line(error)}); write key=value'
        ) from error


class _Handler(BaseHTTPRequestHandler):
    """Answer one request, in a thread of its own."""

    server_version = f'sosmatting/{__version__}'
    timeout = PATIENCE

    def __init__(self, matter: Matter, max_bytes: int, refiner: Refiner | None, *args: Any) -> None:
        self.matter, self.max_bytes, self.refiner = matter, max_bytes, refiner
        super().__init__(*args)

    def do_GET(self) -> None:
        """Tell what answers here."""
        told = {
            'model': self.matter.name,
            'refined_by': None if self.refiner is None else self.refiner.name,
            'device': str(self.matter.device),
            'classes': list(self.matter.classes),
            'parameters': [*VALUES, *SWITCHES],
        }
        self._send(HTTPStatus.OK, json.dumps(told).encode(), '.json')

    def do_POST(self) -> None:
        """Matte the picture in the body."""
        length = self.headers.get('Content-Length', '')
        if not length.isdecimal():
            self._refuse(HTTPStatus.LENGTH_REQUIRED, 'the body: its Content-Length is missing')
            return
        if int(length) > self.max_bytes:
            text = f'the picture: has {int(length):,} bytes, {self.max_bytes:,} are taken at most'
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text)
            return
        content = self.rfile.read(int(length))
        try:
            file, suffix = answer(self.matter, content, urlsplit(self.path).query, self.refiner)
        except InputError as error:
            self._refuse(HTTPStatus.BAD_REQUEST, one_line(error))
            return
        except Exception as error:  # a fault of ours must not leave the caller waiting
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, f'{type(error).__name__}')
            raise
        self._send(HTTPStatus.OK, file, suffix)

    def _refuse(self, status: HTTPStatus, text: str) -> None:
        """Answer with one line of what is wrong."""
        self.close_connection = True
        self._send(status, json.dumps({'error': text}).encode(), '.json')

    def _send(self, status: HTTPStatus, content: bytes, suffix: str) -> None:
        self.send_response(status)
        self.send_header('Content-Type', KINDS[suffix])
        self.send_header('Content-Length', str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Write a line to stdout for each request; unprintable characters are escaped."""
        line = (format % args).encode('unicode_escape').decode()
        print(f'{self.address_string()} {line}', file=sys.stdout, flush=True)
