# SPDX-License-Identifier: EUPL-1.2
"""The SQLite file of a spool: its tables, and the records, messages and set-aside entries in them."""

import os
import secrets
import sqlite3
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from connectors.batches import Kept, Packed, Run

MOST_ANSWERED = 1000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (seq INTEGER PRIMARY KEY, part TEXT NOT NULL, content BLOB NOT NULL, state BLOB,
                                   uses INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS message (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
                                    payload BLOB NOT NULL, members BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS aside (message TEXT NOT NULL, position INTEGER NOT NULL, entity TEXT, reason TEXT,
                                  runs BLOB NOT NULL, since REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
                                  PRIMARY KEY (message, position));
CREATE TABLE IF NOT EXISTS cursor (part TEXT PRIMARY KEY, position BLOB NOT NULL, state BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A message that waits in the spool."""

    seq: int
    id: str
    kind: str
    payload: bytes


class SpoolFile:
    """The tables of one spool, with the counts that are asked for often; who changes them opens a transaction."""

    def __init__(self, path: Path) -> None:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        self.db = sqlite3.connect(path, isolation_level=None, cached_statements=64)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=FULL")
        self.db.executescript(_SCHEMA)
        self._name = self.fact("spool") or self._name_it()
        self.waiting_bytes: int = self.one("SELECT coalesce(sum(length(payload)), 0) FROM message")
        self.waiting: int = self.one("SELECT count(*) FROM message")
        self.set_aside: int = self.one("SELECT count(*) FROM aside")
        self.records_kept: int = self.one("SELECT count(*) FROM record")
        self.answered: deque[tuple[str, int]] = deque(maxlen=MOST_ANSWERED)
        """What was set aside, and was stored or dropped since this process began."""

    def transaction(self) -> "Transaction":
        """Begin, and commit at the end."""
        return Transaction(self.db)

    def put_aside(self, key: tuple[str, int], runs: list[Run], rejection: dict[str, Any], now: float) -> None:
        """Keep what was rejected, under its message and index."""
        self.db.execute(
            "INSERT INTO aside (message, position, entity, reason, runs, since) VALUES (?, ?, ?, ?, ?, ?)",
            (*key, rejection.get("entity"), rejection.get("reason"), orjson.dumps(runs), now),
        )
        self.set_aside += 1
        self.change_uses(runs, 1)

    def forget_aside(self, message: str, position: int) -> bool:
        """Forget what was set aside, and the records that nothing else needs."""
        row = self.db.execute(
            "DELETE FROM aside WHERE message = ? AND position = ? RETURNING runs", (message, position)
        ).fetchone()
        if row is None:
            return False
        self.answered.append((message, position))
        self.set_aside -= 1
        self.release(orjson.loads(row[0]))
        return True

    def insert(self, packed: Packed, name: str | None = None) -> Stored:
        """Put a message into the queue, under `name`, else under an id that no other message has."""
        members = orjson.dumps([[member.count, member.runs] for member in packed.members])
        number = self._seq_of_message()
        name = name or f"{self._name}-{number}"
        self.db.execute(
            "INSERT INTO message VALUES (?, ?, ?, ?, ?)", (number, name, packed.kind, packed.payload, members)
        )
        self.waiting += 1
        self.waiting_bytes += len(packed.payload)
        return Stored(seq=number, id=name, kind=packed.kind, payload=packed.payload)

    def _seq_of_message(self) -> int:
        number = int(self.fact("message") or 0) + 1
        self.keep_fact("message", str(number))
        return number

    def keep_records(self, records: list[Kept], uses: Mapping[int, int]) -> None:
        """Keep the raw records that messages need, with the number of these."""
        needed = [record for record in records if record.seq in uses]
        self.db.executemany(
            "INSERT INTO record VALUES (?, ?, ?, ?, ?)",
            [(record.seq, record.part, record.content, record.state, uses[record.seq]) for record in needed],
        )
        self.records_kept += len(needed)

    def change_uses(self, runs: list[Run], by: int) -> None:
        """Count how many messages and set-aside entries need these records."""
        for first, count in runs:
            self.db.execute(
                "UPDATE record SET uses = uses + ? WHERE seq BETWEEN ? AND ?", (by, first, first + count - 1)
            )

    def delete_message(self, seq: int) -> None:
        """Take a message from the queue."""
        (length,) = self.db.execute("DELETE FROM message WHERE seq = ? RETURNING length(payload)", (seq,)).fetchone()
        self.waiting -= 1
        self.waiting_bytes -= length

    def release(self, runs: list[Run]) -> int:
        """One use of these records ends; those without one are deleted, give how many."""
        deleted = 0
        for first, count in runs:
            query = "DELETE FROM record WHERE seq BETWEEN ? AND ? AND uses <= 1"
            deleted += self.db.execute(query, (first, first + count - 1)).rowcount
        self.change_uses(runs, -1)
        self.records_kept -= deleted
        return deleted

    def records(self, run: Run) -> list[Kept]:
        """Give the raw records of a run."""
        first, count = run
        rows = self.db.execute(
            "SELECT seq, part, content, state FROM record WHERE seq BETWEEN ? AND ?", (first, first + count - 1)
        )
        return [Kept(seq=seq, part=part, content=content, state=state) for seq, part, content, state in rows]

    def one(self, query: str, *arguments: Any) -> Any:
        """Give the one value that a query has."""
        return self.db.execute(query, arguments).fetchone()[0]

    def fact(self, name: str) -> str | None:
        """Give what is kept under a name."""
        row = self.db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def keep_fact(self, name: str, value: str) -> None:
        """Keep a text under a name."""
        self.db.execute(
            "INSERT INTO fact VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (name, value)
        )

    def _name_it(self) -> str:
        """Message ids start with a name that no other spool has: a new spool's messages are never repeats."""
        name = secrets.token_hex(6)
        self.keep_fact("spool", name)
        return name


class Transaction:
    """BEGIN IMMEDIATE … COMMIT, or ROLLBACK."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._db.execute("ROLLBACK")
            return
        try:
            self._db.execute("COMMIT")
        except sqlite3.Error:
            self._db.execute("ROLLBACK")
            raise
