# SPDX-License-Identifier: EUPL-1.2
"""Other people's servers on loopback: they answer what a test says, and keep what they were asked."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request as it came in."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What is answered; `content` that is no bytes is sent as JSON."""

    content: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Answering = Callable[[Asked], Reply | None]
"""None: the connection is closed without an answer."""


class Host:
    """A server whose paths answer what a test says."""

    def __init__(self, port: int, scheme: str, name: str) -> None:
        self.url = f"{scheme}://{name}:{port}"
        self.asked: list[Asked] = []
        self.answers: dict[str, Answering] = {}

    def serve(self, path: str, content: Any = b"", status: int = 200, **headers: str) -> None:
        """Answer a path always so; headers are written with _ for -."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        reply = Reply(content=content, status=status, headers=named)
        self.answers[path] = lambda _: reply

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]


@contextmanager
def host(tls: ssl.SSLContext | None = None, name: str = "127.0.0.1", port: int = 0) -> Iterator[Host]:
    """A server for the time of a test."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            parts = urlsplit(self.path)
            asked = Asked(method=self.command, path=parts.path, params=dict(parse_qsl(parts.query)),
                          headers={key.lower(): value for key, value in self.headers.items()}, body=body)  # fmt: skip
            opened.asked.append(asked)
            answering = opened.answers.get(parts.path, lambda _: Reply(status=404))
            reply = answering(asked)
            if reply is None:
                self.close_connection = True
                return
            content = reply.content if isinstance(reply.content, bytes) else json.dumps(reply.content).encode()
            self.send_response(reply.status)
            given = {"Content-Length": str(len(content))} | reply.headers
            if not isinstance(reply.content, bytes):
                given = {"Content-Type": "application/json"} | given
            for key, value in given.items():
                self.send_header(key, value)
            self.end_headers()
            try:
                self.wfile.write(content)
            except OSError:
                # The other side has heard enough.
                self.close_connection = True

        do_POST = do_GET  # noqa: N815 - the name that the standard library looks for

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """A handshake that the other side breaks off is what some tests are about."""

    server = Server(("127.0.0.1", port), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    opened = Host(server.server_address[1], "http" if tls is None else "https", name)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield opened
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
