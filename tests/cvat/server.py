"""A CVAT server for tests, on 127.0.0.1: it answers as the recordings do, and fails when told to.

HTTP by the standard library, because a connection can then really be reset. What it knows is in
``state.Cvat``.
"""

from __future__ import annotations

import io
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.cvat.state import Cvat
from tests.cvat.wire import Answer, Request

JSON = "application/vnd.cvat+json"
HTML = "<html>err</html>"


@dataclass
class Fault:
    """What goes wrong, how often, with which requests.

    ``kind``: a status as text ("502"), ``reset`` (before anything happens), ``reset_after`` (the
    change is made), ``hang``, ``hang_after``, ``html`` (in a 200), ``strange`` (other JSON),
    ``cut`` (half of the answer).
    """

    kind: str
    method: str = ""
    path: str = ""
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 5.0

    def hits(self, request: Request) -> bool:
        if self.times <= 0 or (self.method and self.method != request.method):
            return False
        if not re.search(self.path, request.path):
            return False
        self.times -= 1
        return True


class Server:
    """A running server: ``url``, its ``cvat``, a log of requests, faults to come."""

    def __init__(self, port: int = 0) -> None:
        self.faults: list[Fault] = []
        self.log: list[Request] = []
        self.before: Callable[[int], None] = lambda number: None
        self.after: Callable[[int], None] = lambda number: None
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self.cvat = Cvat(self.url)

    def fault(self, kind: str, method: str = "", path: str = "", times: int = 1, **more: Any):
        self.faults.append(Fault(kind, method, path, times, **more))

    def sent(self, method: str, path: str) -> list[Request]:
        """Requests so far with this method and a path like this."""
        return [r for r in self.log if r.method == method and re.search(path, r.path)]

    def noted(self, request: Request) -> tuple[int, Fault | None]:
        with self._lock:
            self.log.append(request)
            number = len(self.log)
            return number, next((f for f in self.faults if f.hits(request)), None)

    def answered(self, request: Request) -> Answer:
        with self._lock:
            return self.cvat.answer(request)

    def start(self) -> Server:
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@contextmanager
def running() -> Iterator[Server]:
    server = Server().start()
    try:
        yield server
    finally:
        server.stop()


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _any(self) -> None:
            with suppress(ConnectionError):
                request = self._read()
                number, fault = server.noted(request)
                server.before(number)
                self._serve(request, fault)
                server.after(number)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _any  # noqa: N815

        def log_message(self, *_given: Any) -> None:
            pass

        def _read(self) -> Request:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            kind = self.headers.get("Content-Type") or ""
            parsed, files = None, {}
            if kind.startswith("multipart/"):
                parsed, files = _form(kind, body)
            elif "json" in kind and body:
                parsed = json.loads(body)
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            path = unquote(parts.path)
            return Request(self.command, path, query, headers, parsed, body, files)

        def _serve(self, request: Request, fault: Fault | None) -> None:
            kind = fault.kind if fault else ""
            if kind == "reset":
                return self._reset()
            if kind == "hang":
                time.sleep(fault.seconds)
                return self._reset()
            if kind.isdigit():
                status = int(kind)
                body: Any = HTML if status >= 500 else {"detail": f"injected {status}"}
                return self._send(Answer(status, body, fault.headers))
            if kind in ("html", "strange"):
                return self._send(Answer(200, HTML if kind == "html" else ["strange"]))
            answer = server.answered(request)
            if kind == "reset_after":
                return self._reset()
            if kind == "hang_after":
                time.sleep(fault.seconds)
                return self._reset()
            return self._send(answer, cut=kind == "cut")

        def _reset(self) -> None:
            """End the connection with RST, as a server that dies does."""
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.rfile.close()
            self.connection.close()
            self.wfile = io.BytesIO()

        def _send(self, answer: Answer, *, cut: bool = False) -> None:
            data, kind = _encoded(answer.body)
            self.send_response(answer.status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            for name, value in answer.headers.items():
                for one in value if isinstance(value, list) else [value]:
                    self.send_header(name, one)
            self.end_headers()
            self.wfile.write(data[: len(data) // 2] if cut else data)
            self.close_connection = self.close_connection or cut

    return Handler


def _encoded(body: Any) -> tuple[bytes, str]:
    """A body as it is sent, and of which kind it is: bytes are a file, a text is HTML."""
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    if isinstance(body, str) and body:
        return body.encode(), "text/html"
    return b"" if body in (None, "") else json.dumps(body).encode(), JSON


def _form(kind: str, body: bytes) -> tuple[dict[str, str], dict[str, tuple[str, bytes]]]:
    message = BytesParser().parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    fields, files = {}, {}
    for part in message.get_payload():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        if (file := part.get_filename()) is not None:
            files[name] = (file, data)
        else:
            fields[name] = data.decode()
    return fields, files
