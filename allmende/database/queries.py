# SPDX-License-Identifier: EUPL-1.2
"""Named queries: static SQL from files, filled with the schema of a tenant."""

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

_NAME = re.compile(r"^-- name: ([a-z][a-z0-9_]*)$", re.MULTILINE)
_SCHEMA = re.compile(r"^(t_[a-z0-9_]{1,40}|platform)$")


class Queries:
    """The queries of one package by name; asking for an unknown one is a KeyError at the first use."""

    def __init__(self, texts: dict[str, str]) -> None:
        self._texts = texts
        self.text = lru_cache(maxsize=4096)(self._fill)

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def _fill(self, name: str, schema: str) -> str:
        """The SQL of `name` in `schema`; a schema's name comes from the tenant table, and is checked all the same."""
        if not _SCHEMA.match(schema):
            raise ValueError(f"Schema name {schema!r} must match {_SCHEMA.pattern}")
        return self._texts[name].replace("{tenant}", schema)


def load_queries(package: str) -> Queries:
    """Read `sql/*.sql` of a package: `-- name: verb_noun`, a comment, the statement."""
    texts: dict[str, str] = {}
    for file in sorted(files(package).joinpath("sql").iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".sql"):
            for name, text in _statements(file.read_text(encoding="utf-8")):
                if name in texts:
                    raise ValueError(f"Query {name} is defined twice in {package}")
                texts[name] = text
    return Queries(texts)


def _statements(content: str) -> Iterator[tuple[str, str]]:
    parts = _NAME.split(content)
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        lines = [line for line in body.splitlines() if line.strip() and not line.lstrip().startswith("--")]
        yield name, "\n".join(lines).rstrip().removesuffix(";")
