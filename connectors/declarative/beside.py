# SPDX-License-Identifier: EUPL-1.2
"""Files beside a connector file that count as part of it: lookups, and what its kind of source needs."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from glob import glob
from pathlib import Path

from connectors.declarative.format import ConnectorFile

_SECRET = re.compile(rb"\$\{file:([^}]*)\}")


def matching(pattern: Path) -> list[Path]:
    """Give the file, or the files that a path with * matches."""
    fixed = pattern
    while "*" in str(fixed):
        fixed = fixed.parent
    if fixed == pattern:
        return [pattern] if pattern.is_file() else []
    # Path.glob does not go into linked folders.
    names = glob(str(pattern.relative_to(fixed)), root_dir=fixed, recursive=True)  # noqa: PTH207
    return [path for name in names if (path := fixed / name).is_file()]


def patterns_of(file: ConnectorFile, place: Path) -> tuple[str, ...]:
    """Name the files that count as part of a connector file in the folder `place`; a path may have *."""
    paths = [*(lookup.path for lookup in file.lookup.values() if lookup.path), *file.source.further_files()]
    return tuple(str((place / path).expanduser().absolute()) for path in paths)


def secrets_in(text: bytes) -> tuple[str, ...]:
    """Name the files that a connector file takes values from by ${file:…}."""
    return tuple(sorted({str(Path(name.decode("utf-8", "replace")).absolute()) for name in _SECRET.findall(text)}))


def version_of(text: bytes, patterns: Iterable[str]) -> str:
    """Give the version of a connector file: a digest of its text and of the files beside it; no secret is in it."""
    digest = hashlib.sha256(text)
    for path in _files(patterns):
        digest.update(b"\0" + path.name.encode() + b"\0" + _digest(path))
    return digest.hexdigest()[:16]


def _files(patterns: Iterable[str]) -> Iterator[Path]:
    for pattern in sorted(set(patterns)):
        yield from sorted(matching(Path(pattern)))


def _digest(path: Path) -> bytes:
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return b"unreadable"
