# SPDX-License-Identifier: EUPL-1.2
"""Pictures of pages: complete, in the size of their window, and small without a change to a pixel."""

import struct
import zlib

import pytest

from tests.browser.pictures import chunks, pack
from tests.browser.screenshots import SHOWN, WINDOWS, shots, take


def png(width, height):
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + bytes(range(3)) * width for _ in range(height)), 0)
    halves = pixels[: len(pixels) // 2], pixels[len(pixels) // 2 :]
    parts = [(b"IHDR", head), (b"tEXt", b"Software\0x"), *((b"IDAT", half) for half in halves), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, content) for kind, content in parts)


def pixels_of(picture):
    return zlib.decompress(b"".join(content for kind, content in chunks(picture) if kind == b"IDAT"))


def test_a_packed_picture_is_smaller_and_the_same():
    picture = png(40, 30)

    packed = pack(picture)

    assert len(packed) < len(picture) / 5
    assert pixels_of(packed) == pixels_of(picture)
    assert [kind for kind, _ in chunks(packed)] == [b"IHDR", b"IDAT", b"IEND"]
    assert dict(chunks(packed))[b"IHDR"] == dict(chunks(picture))[b"IHDR"]


def test_what_is_no_picture_is_refused():
    with pytest.raises(ValueError, match="no PNG"):
        pack(b"<html>")


def test_each_page_is_shown_in_each_way():
    names = [shot.name for shot in shots()]

    assert len(set(names)) == len(names) == 40
    assert {"entity-de-phone-dark.png", "connectors-en-desktop-light.png"} <= set(names)
    assert {shot.name for shot in SHOWN.values()} <= set(names)


@pytest.mark.browser
def test_pictures_of_the_city_are_taken_once_all_is_drawn(browser, city, tmp_path):
    wanted = {shot.name: shot for shot in shots() if (shot.language, shot.scheme) == ("de", "light")}

    sizes = dict(take(browser, city, wanted, tmp_path))

    assert set(sizes) == set(wanted)
    for name, shot in wanted.items():
        picture = (tmp_path / name).read_bytes()
        assert struct.unpack(">II", dict(chunks(picture))[b"IHDR"][:8]) == WINDOWS[shot.window]
        # A page that is empty packs to next to nothing.
        assert len(picture) == sizes[name] > 15_000
