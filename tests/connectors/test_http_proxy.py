# SPDX-License-Identifier: EUPL-1.2
"""Addresses that are asked through a proxy: one that the file names, and no other."""

import base64
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

import pytest

from allmende.errors import Retry
from tests.connectors.asking import asking, ids, rows
from tests.connectors.hosts import Host, host
from tests.connectors.test_http_tls import Authority
from tests.connectors.writing import read_all


@pytest.fixture
def proxy() -> Iterator[Host]:
    """A proxy that answers by itself: what it is asked has the host of another one."""
    with host() as opened:
        yield opened


@contextmanager
def tunnel() -> Iterator[tuple[int, list[list[str]]]]:
    """A proxy that only connects, whatever the name, to this machine; gives its port, and the heads of what it was asked."""
    asked: list[list[str]] = []

    class Connect(StreamRequestHandler):
        def handle(self) -> None:
            asked.append([line.decode().strip() for line in iter(self.rfile.readline, b"\r\n")])
            port = int(asked[-1][0].split()[1].rpartition(":")[2])
            with socket.create_connection(("127.0.0.1", port)) as other:
                self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
                back = threading.Thread(target=pump, args=(other, self.connection))
                back.start()
                pump(self.connection, other)
                back.join()

    with ThreadingTCPServer(("127.0.0.1", 0), Connect) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1], asked
        finally:
            server.shutdown()
            thread.join()


def pump(source: socket.socket, target: socket.socket) -> None:
    """Pass on until one side ends."""
    try:
        while chunk := source.recv(65536):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


def test_what_is_asked_goes_through_the_proxy_that_the_file_names(tmp_path: Path, proxy: Host) -> None:
    proxy.serve("/a", rows(1))
    more = f"proxy: http://city:${{WORD}}@{proxy.url.removeprefix('http://')}\nauth: {{bearer: t}}"

    found = ids(read_all(asking(tmp_path, "http://data.example.org/a", more, WORD="pass-7431")))

    (asked,) = proxy.asked
    assert found == [1]
    assert asked.headers["host"] == "data.example.org"
    assert asked.headers["authorization"] == "Bearer t"
    assert asked.headers["proxy-authorization"] == "Basic " + base64.b64encode(b"city:pass-7431").decode()


def test_through_a_proxy_tls_is_that_of_the_address(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with host(authority.context("localhost"), "localhost") as city, tunnel() as (port, asked):
        city.serve("/a", rows(1))
        found = ids(read_all(asking(tmp_path, f"{city.url}/a", f"ca: ca.pem\nproxy: http://127.0.0.1:{port}")))
        with pytest.raises(Retry, match="The certificate of localhost is not accepted"):
            read_all(asking(tmp_path, f"{city.url}/a", f"proxy: http://127.0.0.1:{port}"))

    assert found == [1]
    assert [head[0] for head in asked] == [f"CONNECT {city.url.removeprefix('https://')} HTTP/1.1"] * 2
    assert not any("authorization" in line.lower() for head in asked for line in head)


def test_the_environment_names_no_proxy(tmp_path: Path, proxy: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    with host() as city:
        city.serve("/a", rows(1))

        assert ids(read_all(asking(tmp_path, f"{city.url}/a"))) == [1]
    assert proxy.asked == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://data.example.org/a", "answers 407: the proxy wants to know who asks, .* into 'source.proxy'"),
        ("https://data.example.org/a", r"Proxy 127.0.0.1:\d+ does not ask data.example.org \(501 .*\): check 'proxy'"),
    ],
)
def test_a_proxy_that_refuses_is_named_without_its_password(tmp_path: Path, proxy: Host, url: str, words: str) -> None:
    proxy.serve("/a", status=407)
    more = f"proxy: http://city:${{WORD}}@{proxy.url.removeprefix('http://')}"

    with pytest.raises(Retry, match=words) as caught:
        read_all(asking(tmp_path, url, more, WORD="pass-7431"))

    assert "7431" not in str(caught.value)


def test_where_no_proxy_listens_the_words_say_that_it_is_the_proxy(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        name = f"127.0.0.1:{free.getsockname()[1]}"

        with pytest.raises(Retry, match=f"The proxy: {name} takes no connections"):
            read_all(asking(tmp_path, "https://data.example.org/a", f"proxy: http://{name}"))
