# SPDX-License-Identifier: EUPL-1.2
"""@contexts by URL from a local folder, compiled once and kept by content."""

from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from allmende.errors import LdContextNotAvailable, SettingsError
from broker.ngsi.contexts import CORE, Context, compile_context

_MOST: Final = 200
_MOST_TERMS: Final = 100_000
"""What is kept, in contexts and in their terms, of which 10,000 fill 6 MB; a sender that makes up a new one for each
message must not fill the memory."""


@dataclass(slots=True)
class ContextStore:
    """Compiles what requests and messages name; asks nobody outside."""

    folder: Path | None = None
    _files: dict[str, Path] = field(default_factory=dict)
    _compiled: OrderedDict[bytes | str, Context] = field(default_factory=OrderedDict)
    _terms: int = 0

    def __post_init__(self) -> None:
        if self.folder is not None:
            self._files = _read_index(self.folder)

    def resolve(self, source: Any) -> Context:
        """The compiled form of an @context: a URL, an object or a list of these; None is the core context alone."""
        if source is None:
            return CORE
        key = source if type(source) is str else orjson.dumps(source)
        context = self._compiled.get(key)
        if context is None:
            context = compile_context(source, self._load)
            self._keep(key, context)
        else:
            self._compiled.move_to_end(key)
        return context

    def _keep(self, key: bytes | str, context: Context) -> None:
        """Remember a context; where there are too many, forget those that were not used for longest."""
        self._compiled[key] = context
        self._terms += context.own_terms
        while len(self._compiled) > 1 and (len(self._compiled) > _MOST or self._terms > _MOST_TERMS):
            _, forgotten = self._compiled.popitem(last=False)
            self._terms -= forgotten.own_terms

    def _load(self, url: str) -> Any:
        file = self._files.get(url)
        if file is None:
            raise LdContextNotAvailable(f"@context {url} is not in the local folder of contexts (--contexts)")
        try:
            return orjson.loads(file.read_bytes())
        except (OSError, ValueError) as error:
            raise LdContextNotAvailable(f"@context {url} cannot be read from the local folder of contexts") from error


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
