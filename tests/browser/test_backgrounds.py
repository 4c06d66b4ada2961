# SPDX-License-Identifier: EUPL-1.2
"""Backgrounds of maps that a town names: tiles of a server, or one PMTiles file."""

import gzip
import struct
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import httpx
import pytest

from tests.browser.maps import Platform, open_map, sensor, until
from tests.launch.running import up

pytestmark = pytest.mark.browser


def picture() -> bytes:
    """A PNG of one blue pixel."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\x00\x20\x60\xc0")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")


def archive() -> bytes:
    """A PMTiles file (version 3) with one picture for the whole world."""
    tile, metadata = picture(), gzip.compress(b"{}")
    # One entry: its number 0, a run of 1, the tile's length (as a varint), and its offset plus one.
    length = bytes([len(tile) % 128 | 128, len(tile) // 128]) if len(tile) > 127 else bytes([len(tile)])
    root = gzip.compress(b"\x01\x00\x01" + length + b"\x01")
    at = 127
    places = [(at, len(root)), (at + len(root), len(metadata)), (0, 0), (at + len(root) + len(metadata), len(tile))]
    numbers = [number for place in places for number in place] + [1, 1, 1]
    kinds = bytes([1, 2, 1, 2, 0, 0])  # clustered, gzip inside, tiles as they are, PNG, from zoom 0 to zoom 0
    bounds = struct.pack("<iiii", -1_800_000_000, -850_000_000, 1_800_000_000, 850_000_000)
    header = b"PMTiles\x03" + struct.pack("<11Q", *numbers) + kinds + bounds + struct.pack("<Bii", 0, 0, 0)
    return header + root + metadata + tile


class Tiles(BaseHTTPRequestHandler):
    """Serves a file by ranges, and else the same picture for each tile."""

    def do_GET(self):
        self.server.asked.append(self.path)
        body = archive() if self.path == "/town.pmtiles" else picture()
        status, place = 200, self.headers.get("range")
        if place:
            first, last = (int(part) for part in place.removeprefix("bytes=").split("-"))
            status, body = 206, body[first : last + 1]
        self.send_response(status)
        self.send_header("access-control-allow-origin", "*")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def tiles():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Tiles)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", ["{z}/{x}/{y}.png", "town.pmtiles"])
def test_a_map_shows_the_background_of_the_town(surfer, tiles, tmp_path, path):
    origin = f"http://127.0.0.1:{tiles.server_port}"
    settings = {"ALLMENDE_MAP_TILES": f"{origin}/{path}", "ALLMENDE_MAP_ATTRIBUTION": "Land <b>survey</b>"}

    with up(tmp_path, **settings) as running:
        url = running.ready()[0]
        Platform(url, tmp_path).upsert(sensor(1, longitude=8, latitude=50))
        policy = httpx.get(url, trust_env=False).headers["content-security-policy"]
        page = open_map(surfer, f"{url}/?lang=en")
        until(page, lambda: page.evaluate("document.querySelector('.map').map.areTilesLoaded()"))

    asked = {urlsplit(address).path for address in tiles.asked}
    assert f"connect-src 'self' {origin}" in policy
    assert asked == {"/town.pmtiles"} if path.endswith("pmtiles") else any(each.endswith(".png") for each in asked)
    assert "Land <b>survey</b>" in page.locator(".maplibregl-ctrl-attrib").inner_text()
