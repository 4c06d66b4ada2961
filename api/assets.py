# SPDX-License-Identifier: EUPL-1.2
"""Style sheets, scripts and pictures: kept in memory, compressed once, and kept by browsers until they change.

All have one version, the digest of them all, in their address, so that scripts find each other by relative addresses.
"""

import gzip
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

FOLDER: Final = Path(__file__).parent / "static"
PREFIX: Final = "/assets"
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
"""What is served, by its suffix; licences beside it are not."""
_FOR_EVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent."""

    content: bytes
    packed: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Assets:
    """The ASGI application of the files below a folder."""

    folder: Path
    version: str
    names: frozenset[str]
    """The files that there are; a name from outside is no path."""
    _known: dict[str, Asset] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path = FOLDER) -> "Assets":
        """Look through the folder; the files themselves are read when they are asked for."""
        digest = hashlib.sha256()
        names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.suffix in _TYPES)
        for name in names:
            digest.update(name.encode() + (folder / name).read_bytes())
        return cls(folder, digest.hexdigest()[:12], frozenset(names))

    def url(self, name: str) -> str:
        """The address of a file of this version."""
        return f"{PREFIX}/{self.version}/{name}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request for `<version>/<name>`."""
        _, _, path = str(scope["path"]).partition(f"{PREFIX}/")
        version, _, name = path.partition("/")
        asset = self._find(name)
        if asset is None or scope["method"] not in {"GET", "HEAD"}:
            await Response(status_code=404)(scope, receive, send)
            return
        cache = _FOR_EVER if version == self.version else "no-cache"
        await _response(asset, dict(scope["headers"]).get(b"accept-encoding", b""), cache)(scope, receive, send)

    def _find(self, name: str) -> Asset | None:
        if name not in self.names:
            return None
        known = self._known.get(name)
        if known is None:
            path = self.folder / name
            content = path.read_bytes()
            known = self._known[name] = Asset(content, gzip.compress(content, 9, mtime=0), _TYPES[path.suffix])
        return known


def _response(asset: Asset, accepted: bytes, cache: str) -> Response:
    headers: dict[str, Any] = {"cache-control": cache, "vary": "Accept-Encoding"}
    if b"gzip" not in accepted:
        return Response(asset.content, headers=headers, media_type=asset.media_type)
    return Response(asset.packed, headers={**headers, "content-encoding": "gzip"}, media_type=asset.media_type)
