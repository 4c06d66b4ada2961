# SPDX-License-Identifier: EUPL-1.2
"""Backgrounds of maps that a town names: tiles of a server, or one PMTiles file."""

import gzip
import json
import struct
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import httpx
import pytest

from tests.browser.maps import Platform, drawn, open_map, sensor, until
from tests.launch.running import up

pytestmark = pytest.mark.browser


def picture() -> bytes:
    """A PNG of one blue pixel."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\x00\x20\x60\xc0")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")


def water() -> bytes:
    """A vector tile whose layer `water` covers all of it (Mapbox Vector Tile 2.1)."""
    square = [9, 0, 0, 26, 8192, 0, 0, 8192, 8191, 0, 15]
    feature = varint(3 << 3) + varint(3) + field(4, b"".join(varint(number) for number in square))
    layer = field(1, b"water") + field(2, feature) + varint(5 << 3) + varint(4096) + varint(15 << 3) + varint(2)
    return field(3, layer)


def field(number: int, content: bytes) -> bytes:
    """A field of protobuf that holds bytes."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(number: int) -> bytes:
    """A number as protobuf and PMTiles write it."""
    return bytes([number]) if number < 128 else bytes([number % 128 | 128]) + varint(number >> 7)


VECTOR, PNG = 1, 2


def archive(tile: bytes, kind: int, metadata: dict) -> bytes:
    """A PMTiles file (version 3) with one tile for the whole world."""
    described = gzip.compress(json.dumps(metadata).encode())
    # One entry: its number 0, a run of 1, the tile's length, and its offset plus one.
    root = gzip.compress(b"\x01\x00\x01" + varint(len(tile)) + b"\x01")
    at = 127
    places = [(at, len(root)), (at + len(root), len(described)), (0, 0), (at + len(root) + len(described), len(tile))]
    numbers = [number for place in places for number in place] + [1, 1, 1]
    kinds = bytes([1, 2, 1, kind, 0, 0])  # clustered, gzip inside, tiles as they are, from zoom 0 to zoom 0
    bounds = struct.pack("<iiii", -1_800_000_000, -850_000_000, 1_800_000_000, 850_000_000)
    header = b"PMTiles\x03" + struct.pack("<11Q", *numbers) + kinds + bounds + struct.pack("<Bii", 0, 0, 0)
    return header + root + described + tile


FILES = {
    "/pictures.pmtiles": archive(picture(), PNG, {}),
    "/town.pmtiles": archive(water(), VECTOR, {"vector_layers": [{"id": "water", "fields": {}}]}),
}


class Tiles(BaseHTTPRequestHandler):
    """Serves a file by ranges, and else the same picture for each tile."""

    def do_GET(self):
        self.server.asked.append(self.path)
        body = FILES.get(self.path) or picture()
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


@pytest.mark.parametrize(
    ("path", "layer"),
    [("{z}/{x}/{y}.png", "tiles"), ("pictures.pmtiles", "tiles"), ("town.pmtiles", "tiles-water")],
)
def test_a_map_shows_the_background_of_the_town(surfer, tiles, tmp_path, path, layer):
    origin = f"http://127.0.0.1:{tiles.server_port}"
    settings = {"ALLMENDE_MAP_TILES": f"{origin}/{path}", "ALLMENDE_MAP_ATTRIBUTION": "Land <b>survey</b>"}

    with up(tmp_path, **settings) as running:
        url = running.ready()[0]
        Platform(url, tmp_path).upsert(sensor(1, longitude=8, latitude=50))
        policy = httpx.get(url, trust_env=False).headers["content-security-policy"]
        page = open_map(surfer, f"{url}/?lang=en")
        until(page, lambda: page.evaluate("document.querySelector('.map').map.areTilesLoaded()"))

        assert page.evaluate("layer => Boolean(document.querySelector('.map').map.getLayer(layer))", layer)
        if layer == "tiles-water":
            assert drawn(page, layer) > 0
        told = page.locator(".maplibregl-ctrl-attrib").inner_text()
        surfer.leave()

    asked = {urlsplit(address).path for address in tiles.asked}
    assert f"connect-src 'self' {origin}" in policy
    assert asked == {f"/{path}"} if path.endswith("pmtiles") else any(each.endswith(".png") for each in asked)
    assert "Land <b>survey</b>" in told


def test_a_map_does_without_a_background_that_is_away(surfer, tiles, tmp_path):
    with up(tmp_path, ALLMENDE_MAP_TILES=f"http://127.0.0.1:{tiles.server_port}/away.pmtiles") as running:
        url = running.ready()[0]
        Platform(url, tmp_path).upsert(sensor(1, longitude=8, latitude=50))
        page = open_map(surfer, f"{url}/?lang=en")

        assert drawn(page, "marks") == 1
        surfer.leave()
