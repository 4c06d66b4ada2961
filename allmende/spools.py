# SPDX-License-Identifier: EUPL-1.2
"""The spools of a data folder for those who only look: where they lie, and the raw records that are set aside in them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson

PATIENCE_S = 1.0
MOST_RECORDS = 20
MOST_BYTES = 64 * 1024


def spool_of(data: Path, tenant: str, connector: str) -> Path:
    """The spool of a connector."""
    return data / "spool" / f"{file_name(tenant, connector)}.sqlite"


def file_name(tenant: str, connector: str) -> str:
    """How files of a connector are called, no two alike: both names may hold dashes, and neither a plus sign."""
    return f"{tenant}{'+' if '-' in tenant else '-'}{connector}"


def parse_file_name(name: str) -> tuple[str, str]:
    """The tenant and the connector of which a file bears the name.

    >>> parse_file_name(file_name("Neu-Stadt", "a-b")), parse_file_name(file_name("default", "a-b"))
    (('Neu-Stadt', 'a-b'), ('default', 'a-b'))
    """
    tenant, _, connector = name.partition("+" if "+" in name else "-")
    return tenant, connector


@contextmanager
def looking(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a spool to look at it; its connector is not kept waiting."""
    address = f"file:{quote(str(path))}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=PATIENCE_S)) as spool:
        yield spool


def find_raw_records(spool: Path, message: str, index: int) -> list[Any]:
    """Give the raw records of what was rejected, some at most; none where the spool has none, or may not be read."""
    try:
        with looking(spool) as db:
            found = db.execute("SELECT runs FROM aside WHERE message = ? AND position = ?", (message, index)).fetchone()
            runs = orjson.loads(found[0])[:MOST_RECORDS] if found else []
            rows = [row for first, count in runs for row in _contents(db, first, count)]
    except (OSError, sqlite3.Error, orjson.JSONDecodeError):
        return []
    return [_shown(content) for (content,) in rows[:MOST_RECORDS]]


def _contents(db: sqlite3.Connection, first: int, count: int) -> list[tuple[bytes]]:
    query = "SELECT content FROM record WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?"
    return db.execute(query, (first, first + count - 1, MOST_RECORDS)).fetchall()


def _shown(content: bytes) -> Any:
    """JSON; of what is large, the beginning as text."""
    return orjson.loads(content) if len(content) <= MOST_BYTES else content[:MOST_BYTES].decode("utf-8", "replace")
