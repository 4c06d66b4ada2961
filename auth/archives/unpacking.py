# SPDX-License-Identifier: EUPL-1.2
"""The files of a compressed tar as they come, in bounded memory, checked to the last byte.

Whatever is wrong with it raises BadRequestData: that it was cut off, too, which is known at its end only.
"""

import hashlib
import tarfile
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from allmende.errors import BadRequestData
from auth.archives.manifest import SUMS

_BLOCK: Final = tarfile.BLOCKSIZE
_AT_ONCE: Final = 1024 * 1024
_MOST_SUMS: Final = 256 * 1024 * 1024


@dataclass(slots=True)
class Unpacker:
    """An archive that is being read: one file after the other, each to its end before the next."""

    source: AsyncIterator[bytes]
    _gzip: "zlib._Decompress" = field(default_factory=lambda: zlib.decompressobj(16 + zlib.MAX_WBITS))
    _ready: bytes = b""
    _sums: list[str] = field(default_factory=list)
    _name: str = ""
    _left: int = 0
    """Bytes of the file that are still to come, and of what fills its last block."""
    _filling: int = 0

    async def next_file(self) -> str | None:
        """The name of the next file; None at the end, when all of the archive was right."""
        header = await self._header()
        if header is None:
            raise damaged(f"it has no {SUMS}")
        self._name, self._left, self._filling = header.name, header.size, -header.size % _BLOCK
        if self._name != SUMS:
            return self._name
        await self._check()
        return None

    async def content(self) -> AsyncIterator[bytes]:
        """The content of the file, in pieces."""
        digest = hashlib.sha256()
        while self._left:
            piece = await self._some(self._left)
            self._left -= len(piece)
            digest.update(piece)
            yield piece
        await self._exactly(self._filling)
        self._sums.append(f"{digest.hexdigest()}  {self._name}\n")

    async def whole(self, most_bytes: int) -> bytes:
        """The content of the file, where it is not longer than allowed."""
        if self._left > most_bytes:
            raise damaged(f"its file {self._name!r} is longer than {most_bytes} bytes")
        return b"".join([piece async for piece in self.content()])

    async def _header(self) -> tarfile.TarInfo | None:
        block = await self._exactly(_BLOCK)
        if not block.strip(b"\0"):
            return None
        try:
            header = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        except (tarfile.HeaderError, UnicodeDecodeError) as error:
            raise damaged("what should be the head of a file is none") from error
        if not header.isreg() or header.size < 0:
            raise damaged(f"{header.name!r} in it is no file")
        return header

    async def _check(self) -> None:
        """Compare the checksums, and see to it that nothing follows."""
        expected = "".join(self._sums)
        if await self.whole(_MOST_SUMS) != expected.encode():
            raise damaged("its content is not that of its checksums")
        if (await self._exactly(2 * _BLOCK)).strip(b"\0") or await self._more():
            raise damaged(f"something follows its {SUMS}")

    async def _exactly(self, count: int) -> bytes:
        pieces = []
        while count:
            pieces.append(await self._some(count))
            count -= len(pieces[-1])
        return b"".join(pieces)

    async def _some(self, most: int) -> bytes:
        """The next bytes: at least one, and no more than `most`."""
        if not self._ready and not await self._more():
            raise damaged("it ends too early")
        piece, self._ready = self._ready[:most], self._ready[most:]
        return piece

    async def _more(self) -> bool:
        """Have bytes ready; False at the end. A few of those that come compressed may become a thousand times as many."""
        while not self._ready:
            given = self._gzip.unconsumed_tail
            if not given:
                given = await anext(self.source, b"")
                if not given:
                    return self._end()
            if self._gzip.eof:
                raise damaged("something follows its end")
            try:
                self._ready = self._gzip.decompress(given, _AT_ONCE)
            except zlib.error as error:
                raise damaged("it is not compressed by gzip, or was changed") from error
            if self._gzip.unused_data:
                raise damaged("something follows its end")
        return True

    def _end(self) -> bool:
        if not self._gzip.eof:
            raise damaged("it ends too early")
        return False


def damaged(words: str) -> BadRequestData:
    """The error of an archive that cannot be read."""
    return BadRequestData(f"The archive is damaged: {words}")
