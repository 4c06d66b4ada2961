# SPDX-License-Identifier: EUPL-1.2
"""The spool: what was read and is not yet stored by the platform survives here, whatever stops."""

import fcntl
import os
import secrets
import sqlite3
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from allmende.errors import SettingsError
from connectors.batches import Batch, Kept, Member, Packed, Run, union_of, uses_of

MOST_WAITING_BYTES = 256 * 1024 * 1024
MOST_SET_ASIDE = 100_000
SET_ASIDE_S = 30 * 24 * 3600.0
LOCK_TRIES = 5
LOCK_PAUSE_S = 0.02

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """What the platform or the mapping rejected."""

    message: str
    position: int
    entity: str | None
    attempts: int
    records: list[Kept]


@dataclass(frozen=True, slots=True)
class Settled:
    """What receipts said: mapped entities stored, and refused; and the joined ones to be sent again one by one."""

    stored: int = 0
    rejected: int = 0
    joined: tuple[tuple[str, int], ...] = ()

    def __add__(self, other: "Settled") -> "Settled":
        return Settled(self.stored + other.stored, self.rejected + other.rejected, self.joined + other.joined)


class Spool:
    """One SQLite file of one connector; its process holds a lock on it."""

    def __init__(self, path: Path, *, most_waiting_bytes: int = MOST_WAITING_BYTES) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = path
        self._lock = _lock(path)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        self._most_waiting_bytes = most_waiting_bytes
        self._db = sqlite3.connect(path, isolation_level=None, cached_statements=64)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)
        self._name = self._fact("spool") or self._name_it()
        self._seq: int = self._one("SELECT max(coalesce(max(seq), 0), ?) FROM record", int(self._fact("seq") or 0))
        self._waiting_bytes: int = self._one("SELECT coalesce(sum(length(payload)), 0) FROM message")
        self.waiting: int = self._one("SELECT count(*) FROM message")
        self.set_aside: int = self._one("SELECT count(*) FROM aside")

    def close(self) -> None:
        """Close the file and give its lock free."""
        self._db.close()
        if self._lock >= 0:
            os.close(self._lock)
        self._lock = -1

    @property
    def is_full(self) -> bool:
        """Whether the source must not be read on."""
        return self._waiting_bytes >= self._most_waiting_bytes

    @property
    def backlog(self) -> int:
        """Records that wait for receipts."""
        kept: int = self._one("SELECT count(*) FROM record")
        return max(kept - self.set_aside, 0)

    @property
    def next_seq(self) -> int:
        """The number of the next record."""
        self._seq += 1
        return self._seq

    def cursor(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Where reading goes on, and what the mapping remembers, by part of the source."""
        positions, states = {}, {}
        for part, position, state in self._db.execute("SELECT part, position, state FROM cursor"):
            positions[part] = orjson.loads(position)
            if state is not None:
                states[part] = orjson.loads(state)
        return positions, states

    def commit(self, batch: Batch) -> list[Stored]:
        """Write records, messages and cursor in one transaction; durable when it returns."""
        packed = batch.close()
        uses = uses_of(packed)
        with self._transaction():
            self._db.executemany(
                "INSERT INTO record VALUES (?, ?, ?, ?, ?)",
                [
                    (record.seq, record.part, record.content, record.state, uses[record.seq])
                    for record in batch.records
                    if record.seq in uses
                ],
            )
            stored = [self._insert(message) for message in packed]
            self._db.executemany(
                "INSERT INTO cursor VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET position = excluded.position,"
                " state = excluded.state",
                [
                    (part, orjson.dumps(position), orjson.dumps(state) if state else None)
                    for part, (position, state) in batch.positions.items()
                ],
            )
            self._keep_fact("seq", str(self._seq))
        return stored

    def next_messages(self, after: int, limit: int) -> list[Stored]:
        """Give messages in their order."""
        rows = self._db.execute(
            "SELECT seq, id, kind, payload FROM message WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit)
        )
        return [Stored(seq=seq, id=name, kind=kind, payload=payload) for seq, name, kind, payload in rows]

    def settle(self, receipts: Iterable[tuple[str, list[dict[str, Any]]]], *, now: float | None = None) -> Settled:
        """Forget what is stored, set aside what is rejected; a crash before it is on disk only repeats messages."""
        total = Settled()
        self._db.execute("PRAGMA synchronous=NORMAL")
        try:
            with self._transaction():
                for message, refused in receipts:
                    total += self._settle_one(message, refused, time.time() if now is None else now)
        finally:
            self._db.execute("PRAGMA synchronous=FULL")
        return total

    def get_aside(self, message: str, position: int) -> Aside | None:
        """Give what was set aside under a message's id and index, with its raw records."""
        row = self._db.execute(
            "SELECT entity, attempts, runs FROM aside WHERE message = ? AND position = ?", (message, position)
        ).fetchone()
        if row is None:
            return None
        entity, attempts, runs = row
        records = [record for run in orjson.loads(runs) for record in self._records(run)]
        return Aside(message=message, position=position, entity=entity, attempts=attempts, records=records)

    def replay(self, aside: Aside, packed: list[tuple[str | None, Packed]]) -> list[Stored]:
        """Put messages of set-aside records into the queue, under ids of their own."""
        with self._transaction():
            stored = [self._insert(message, name) for name, message in packed]
            for _, message in packed:
                self._change_uses(union_of(message.members), 1)
            self._db.execute(
                "UPDATE aside SET attempts = attempts + 1 WHERE message = ? AND position = ?",
                (aside.message, aside.position),
            )
        return stored

    def drop(self, message: str, position: int) -> bool:
        """Forget what was set aside."""
        with self._transaction():
            return self._forget_aside(message, position)

    def drop_old(self, *, now: float | None = None) -> int:
        """Drop what was set aside for too long, or is too much; give how many."""
        oldest = (time.time() if now is None else now) - SET_ASIDE_S
        rows = self._db.execute(
            "SELECT message, position FROM (SELECT message, position, since, row_number() OVER (ORDER BY since DESC)"
            " AS rank FROM aside) WHERE since < ? OR rank > ?",
            (oldest, MOST_SET_ASIDE),
        ).fetchall()
        if rows:
            with self._transaction():
                for message, position in rows:
                    self._forget_aside(message, position)
                self._keep_fact("dropped", str(self.dropped + len(rows)))
        return len(rows)

    def keep_state(self, state: Mapping[str, Any]) -> None:
        """Keep what the connector says of itself, as JSON by name; names that are not given stay as they are."""
        with self._transaction():
            self._db.executemany(
                "INSERT INTO state VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                [(name, orjson.dumps(value)) for name, value in state.items()],
            )

    @property
    def dropped(self) -> int:
        """How many set-aside records were dropped because of age or number."""
        return int(self._fact("dropped") or 0)

    def _settle_one(self, name: str, refused: list[dict[str, Any]], now: float) -> Settled:
        row = self._db.execute("SELECT seq, kind, payload, members FROM message WHERE id = ?", (name,)).fetchone()
        if row is None:
            return Settled()
        seq, kind, payload, raw = row
        members = [Member(count, runs) for count, runs in orjson.loads(raw)]
        self._db.execute("DELETE FROM message WHERE seq = ?", (seq,))
        self.waiting -= 1
        self._waiting_bytes -= len(payload)
        if _origin(name) is None and _is_whole(refused, members):
            settled = self._split(name, Packed(kind=kind, payload=payload, members=members), refused[0], now)
        else:
            settled = self._settle_members(name, members, refused, now)
        self._release(union_of(members))
        return Settled(joined=settled.joined) if kind == "deadletters" else settled

    def _settle_members(self, name: str, members: list[Member], refused: list[dict[str, Any]], now: float) -> Settled:
        bad = {
            index: rejection
            for rejection in refused
            if isinstance(index := rejection.get("index"), int) and 0 <= index < len(members)
        }
        origin = _origin(name)
        if origin is not None:
            self._settle_replay(origin, [members[index] for index in bad], next(iter(bad.values()), {}), now)
        else:
            for index, rejection in bad.items():
                self._set_aside((name, index), members[index].runs, rejection, now)
        joined = tuple((name, index) for index in bad if origin is None and members[index].count > 1)
        rejected = sum(members[index].count for index in bad if (name, index) not in joined)
        stored = sum(member.count for index, member in enumerate(members) if index not in bad)
        return Settled(stored, rejected, joined)

    def _split(self, name: str, packed: Packed, rejection: dict[str, Any], now: float) -> Settled:
        """What the platform could not read is sent again one by one; the first decides on the dead letter of all."""
        self._set_aside((name, 0), packed.members[0].runs, rejection, now)
        for member, content in list(zip(packed.members, orjson.loads(packed.payload), strict=True))[1:]:
            self._change_uses(union_of([member]), 1)
            self._insert(Packed(kind=packed.kind, payload=orjson.dumps([content]), members=[member]))
        return Settled(joined=((name, 0),))

    def _settle_replay(self, origin: tuple[str, int], bad: list[Member], rejection: dict[str, Any], now: float) -> None:
        """What was sent again is forgotten; of what was refused again, only that stays set aside."""
        if not bad:
            self._forget_aside(*origin)
            return
        row = self._db.execute("SELECT runs FROM aside WHERE message = ? AND position = ?", origin).fetchone()
        runs = union_of(bad)
        if row is None:
            self._set_aside(origin, runs, rejection, now)
            return
        self._change_uses(runs, 1)
        self._db.execute(
            "UPDATE aside SET runs = ?, reason = ?, entity = coalesce(?, entity) WHERE message = ? AND position = ?",
            (orjson.dumps(runs), rejection.get("reason"), rejection.get("entity"), *origin),
        )
        self._release(orjson.loads(row[0]))

    def _set_aside(self, key: tuple[str, int], runs: list[Run], rejection: dict[str, Any], now: float) -> None:
        self._db.execute(
            "INSERT INTO aside (message, position, entity, reason, runs, since) VALUES (?, ?, ?, ?, ?, ?)",
            (*key, rejection.get("entity"), rejection.get("reason"), orjson.dumps(runs), now),
        )
        self.set_aside += 1
        self._change_uses(runs, 1)

    def _forget_aside(self, message: str, position: int) -> bool:
        row = self._db.execute(
            "DELETE FROM aside WHERE message = ? AND position = ? RETURNING runs", (message, position)
        ).fetchone()
        if row is None:
            return False
        self.set_aside -= 1
        self._release(orjson.loads(row[0]))
        return True

    def _insert(self, packed: Packed, name: str | None = None) -> Stored:
        members = orjson.dumps([[member.count, member.runs] for member in packed.members])
        number = self._seq_of_message()
        name = name or f"{self._name}-{number}"
        self._db.execute(
            "INSERT INTO message VALUES (?, ?, ?, ?, ?)", (number, name, packed.kind, packed.payload, members)
        )
        self.waiting += 1
        self._waiting_bytes += len(packed.payload)
        return Stored(seq=number, id=name, kind=packed.kind, payload=packed.payload)

    def _seq_of_message(self) -> int:
        number = int(self._fact("message") or 0) + 1
        self._keep_fact("message", str(number))
        return number

    def _change_uses(self, runs: list[Run], by: int) -> None:
        for first, count in runs:
            self._db.execute(
                "UPDATE record SET uses = uses + ? WHERE seq BETWEEN ? AND ?", (by, first, first + count - 1)
            )

    def _release(self, runs: list[Run]) -> None:
        for first, count in runs:
            self._db.execute("DELETE FROM record WHERE seq BETWEEN ? AND ? AND uses <= 1", (first, first + count - 1))
        self._change_uses(runs, -1)

    def _records(self, run: Run) -> list[Kept]:
        first, count = run
        rows = self._db.execute(
            "SELECT seq, part, content, state FROM record WHERE seq BETWEEN ? AND ?", (first, first + count - 1)
        )
        return [Kept(seq=seq, part=part, content=content, state=state) for seq, part, content, state in rows]

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._db)

    def _one(self, query: str, *arguments: Any) -> Any:
        return self._db.execute(query, arguments).fetchone()[0]

    def _fact(self, name: str) -> str | None:
        row = self._db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def _keep_fact(self, name: str, value: str) -> None:
        self._db.execute(
            "INSERT INTO fact VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (name, value)
        )

    def _name_it(self) -> str:
        """Message ids start with a name that no other spool has: a new spool's messages are never repeats."""
        name = secrets.token_hex(6)
        self._keep_fact("spool", name)
        return name


class _Transaction:
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


def _is_whole(refused: list[dict[str, Any]], members: list[Member]) -> bool:
    """Whether the platform could not read the message at all: its one rejection, without an entity, is of all."""
    return len(refused) == 1 < len(members) and refused[0].get("index") == 0 and refused[0].get("entity") is None


def _origin(name: str) -> tuple[str, int] | None:
    """Give the dead letter that a message sends again: its id is `<message>~<index>~<attempt>`."""
    parts = name.rsplit("~", 2)
    return (parts[0], int(parts[1])) if len(parts) == 3 and parts[1].isdecimal() else None


def is_locked(path: Path) -> bool:
    """Whether a process runs the connector of that spool."""
    try:
        lock = os.open(path.with_name(path.name + ".lock"), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _lock(path: Path) -> int:
    lock = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    for attempt in range(1, LOCK_TRIES + 1):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError as error:
            if attempt == LOCK_TRIES:
                os.close(lock)
                raise SettingsError(f"Another process runs the connector of {path}; end it first") from error
            # Who lists connectors looks at the lock for a moment.
            time.sleep(LOCK_PAUSE_S)
    return lock
