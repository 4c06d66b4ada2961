# SPDX-License-Identifier: EUPL-1.2
"""Files into a compressed tar, one after another: what is done is given out at once. Pure.

At the end stands SHA256SUMS, so that one that was cut off is known as such, and `sha256sum -c` checks what was unpacked.
"""

import hashlib
import tarfile
import zlib
from datetime import datetime

from auth.archives.manifest import SUMS

_BLOCK = tarfile.BLOCKSIZE


class Packer:
    """An archive that is being written; each method returns the bytes that come next."""

    def __init__(self, moment: datetime) -> None:
        self._time = int(moment.timestamp())
        self._gzip = zlib.compressobj(6, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
        self._sums: list[str] = []

    def add(self, name: str, content: bytes) -> bytes:
        """Add a file."""
        self._sums.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
        return self._add(name, content)

    def finish(self) -> bytes:
        """Add the checksums, and end."""
        sums = self._add(SUMS, "".join(self._sums).encode())
        return sums + self._gzip.compress(bytes(2 * _BLOCK)) + self._gzip.flush()

    def _add(self, name: str, content: bytes) -> bytes:
        header = tarfile.TarInfo(name)
        header.size, header.mtime, header.mode = len(content), self._time, 0o644
        parts = (header.tobuf(tarfile.USTAR_FORMAT), content, bytes(-len(content) % _BLOCK))
        return b"".join(self._gzip.compress(part) for part in parts)
