# SPDX-License-Identifier: EUPL-1.2
"""PNG pictures made smaller without a change to a pixel: packed again, as tightly as zlib can."""

import struct
import zlib
from collections.abc import Iterator

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT = {b"IHDR", b"PLTE", b"tRNS"}
"""Beside the picture itself; what programs add about themselves is left out."""


def pack(picture: bytes) -> bytes:
    """The same picture in fewer bytes."""
    kept, pixels = b"", b""
    for kind, content in chunks(picture):
        if kind == b"IDAT":
            pixels += content
        elif kind in _KEPT:
            kept += _chunk(kind, content)
    packed = zlib.compress(zlib.decompress(pixels), 9)
    return _SIGNATURE + kept + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The parts of a picture, each with its kind."""
    if not picture.startswith(_SIGNATURE):
        raise ValueError("This is no PNG")
    at = len(_SIGNATURE)
    while at < len(picture):
        (length,) = struct.unpack_from(">I", picture, at)
        yield picture[at + 4 : at + 8], picture[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
