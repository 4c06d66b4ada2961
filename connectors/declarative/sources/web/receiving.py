# SPDX-License-Identifier: EUPL-1.2
"""The content of an answer, unpacked as it comes in, with a limit."""

import zlib

import httpx

CODINGS = "gzip, deflate"
_ANY_HEADER = 47
_NO_HEADER = -15


class Unreceivable(Exception):
    """The content is too large, or is packed in a way that nobody asked for; says which."""


async def receive(response: httpx.Response, most: int) -> bytes:
    """Give the unpacked content; raises Unreceivable, and httpx's errors. Never holds much more than `most` bytes."""
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding not in {"identity", "gzip", "x-gzip", "deflate", ""}:
        raise Unreceivable(f"is packed as {coding[:40]!r}, while {CODINGS} was asked for")
    unpack = None if coding in {"identity", ""} else _Unpacking()
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += chunk if unpack is None else unpack.feed(chunk, most + 1 - len(content))
        if len(content) > most:
            raise Unreceivable(f"has more than {most} bytes: raise 'max_size' if that is right")
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
