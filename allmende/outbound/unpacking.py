# SPDX-License-Identifier: EUPL-1.2
"""Content of an answer, unpacked as it comes in, with a limit: what is packed may be a thousand times as large."""

import zlib
from collections.abc import AsyncIterable
from typing import Final

from allmende.outbound.failures import TooMuch, Unreceivable

CODINGS: Final = "gzip, deflate"
_ANY_HEADER: Final = 47
_NO_HEADER: Final = -15


async def unpacked(chunks: AsyncIterable[bytes], coding: str, most: int) -> bytes:
    """Give the content of a Content-Encoding; raises Unreceivable. Never holds much more than `most` bytes."""
    coding = coding.strip().lower()
    if coding not in {"identity", "gzip", "x-gzip", "deflate", ""}:
        raise Unreceivable(f"is packed as {coding[:40]!r}, while {CODINGS} was asked for")
    unpack = None if coding in {"identity", ""} else _Unpacking()
    content = bytearray()
    async for chunk in chunks:
        content += chunk if unpack is None else unpack.feed(chunk, most + 1 - len(content))
        if len(content) > most:
            raise TooMuch(f"has more than {most} bytes")
    if unpack is not None and not unpack.is_complete:
        raise Unreceivable("ends in the midst of its packed content")
    return bytes(content)


class _Unpacking:
    """One packed content; httpx would unpack a whole chunk before its size is known."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_ANY_HEADER)
        self._has_begun = False

    def feed(self, chunk: bytes, most: int) -> bytes:
        """Unpack a chunk into at most so many bytes; there may be more where that many came."""
        unpacked = bytearray()
        while chunk and len(unpacked) < most:
            try:
                unpacked += self._stream.decompress(chunk, most - len(unpacked))
            except zlib.error as error:
                if self._has_begun:
                    raise Unreceivable(f"cannot be unpacked ({error})") from error
                # What is called deflate comes without the header of zlib from some.
                self._has_begun = True
                self._stream = zlib.decompressobj(_NO_HEADER)
                continue
            self._has_begun = True
            chunk = self._stream.unconsumed_tail or self._next_member()
        return bytes(unpacked)

    def _next_member(self) -> bytes:
        """Gzip may be several, one behind the other."""
        rest = self._stream.unused_data
        if rest:
            self._stream = zlib.decompressobj(_ANY_HEADER)
        return rest

    @property
    def is_complete(self) -> bool:
        """Whether the content has come to its end; an empty one has no beginning either."""
        return self._stream.eof or not self._has_begun
