# SPDX-License-Identifier: EUPL-1.2
"""@contexts by URL from a local folder, compiled once and kept by content."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import orjson

from allmende.errors import LdContextNotAvailable, SettingsError
from broker.ngsi.contexts import CORE, Context, compile_context

T = TypeVar("T")

_MOST: Final = 200
_MOST_TERMS: Final = 100_000
"""What is kept, in contexts and in their terms, of which 10,000 fill 6 MB; a sender that makes up a new one for each
message must not fill the memory."""

_BYTES_OF_A_TERM: Final = 300


@dataclass(slots=True)
class Shelf(Generic[T]):
    """What was compiled, within bounds: those that were not used for longest are forgotten."""

    _kept: OrderedDict[Hashable, tuple[T, int]] = field(default_factory=OrderedDict)
    _terms: int = 0

    def get(self, key: Hashable) -> T | None:
        """What is kept under a key, as one that was used just now."""
        entry = self._kept.get(key)
        if entry is None:
            return None
        self._kept.move_to_end(key)
        return entry[0]

    def put(self, key: Hashable, value: T, terms: int) -> None:
        """Keep what has so many terms; the last one stays, however many it has."""
        self._kept[key] = value, terms
        self._terms += terms
        while len(self._kept) > 1 and (len(self._kept) > _MOST or self._terms > _MOST_TERMS):
            _, (_, forgotten) = self._kept.popitem(last=False)
            self._terms -= forgotten

    def drop(self, concerns: Callable[[T], bool]) -> None:
        """Forget what a change concerns."""
        for key in [key for key, (value, _) in self._kept.items() if concerns(value)]:
            self._terms -= self._kept.pop(key)[1]

    def drop_keys(self, concerns: Callable[[Hashable], bool]) -> None:
        """Forget what is kept under some keys."""
        for key in [key for key in self._kept if concerns(key)]:
            self._terms -= self._kept.pop(key)[1]


@dataclass(slots=True)
class ContextStore:
    """Compiles what messages name; asks nobody outside."""

    folder: Path | None = None
    _files: dict[str, Path] = field(default_factory=dict)
    _compiled: Shelf[Context] = field(default_factory=Shelf)

    def __post_init__(self) -> None:
        if self.folder is not None:
            self._files = _read_index(self.folder)

    def text(self, url: str) -> str:
        """The document of a URL as it is written in its file."""
        try:
            return self._files[url].read_text(encoding="utf-8")
        except (KeyError, OSError, ValueError) as error:
            raise LdContextNotAvailable(f"@context {url} cannot be read from the local folder of contexts") from error

    def resolve(self, source: Any) -> Context:
        """The compiled form of an @context: a URL, an object or a list of these; None is the core context alone."""
        if source is None:
            return CORE
        key = key_of(source)
        context = self._compiled.get(key)
        if context is None:
            context = compile_context(source, self.load)
            self._compiled.put(key, context, terms_of(context))
        return context

    def holds(self, url: str) -> bool:
        """Whether the folder has the document of a URL."""
        return url in self._files

    def load(self, url: str) -> Any:
        """The document of a URL; raises LdContextNotAvailable."""
        file = self._files.get(url)
        if file is None:
            raise LdContextNotAvailable(f"@context {url} is not in the local folder of contexts (--contexts)")
        try:
            return orjson.loads(file.read_bytes())
        except (OSError, ValueError) as error:
            raise LdContextNotAvailable(f"@context {url} cannot be read from the local folder of contexts") from error


def key_of(source: Any) -> str | bytes:
    """What an @context is kept under: its URL, or the digest of all that it says."""
    return source if type(source) is str else blake2b(orjson.dumps(source), digest_size=16).digest()


def terms_of(context: Context) -> int:
    """How much of a shelf a context takes: its terms, and its text."""
    return context.own_terms + len(orjson.dumps(context.source)) // _BYTES_OF_A_TERM


def _read_index(folder: Path) -> dict[str, Path]:
    """`index.json` maps URLs to files of the same folder."""
    try:
        index = orjson.loads((folder / "index.json").read_bytes())
    except OSError as error:
        raise SettingsError(f"--contexts {folder}: index.json cannot be read: {error.strerror}") from error
    except ValueError:
        index = None
    if not isinstance(index, dict) or not all(isinstance(file, str) for file in index.values()):
        raise SettingsError(f"--contexts {folder}: index.json must be a JSON object of URLs and files")
    return {url: folder / file for url, file in index.items()}
