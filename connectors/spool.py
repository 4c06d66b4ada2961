# SPDX-License-Identifier: EUPL-1.2
"""The spool: what was read and is not yet stored by the platform survives here, whatever stops."""

import os
import secrets
import time
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from connectors.batches import Batch, Kept, Member, Packed, union_of, uses_of
from connectors.locking import lock
from connectors.settling import Settled, Settlement
from connectors.spoolfile import SpoolFile, Stored

MOST_WAITING_BYTES = 256 * 1024 * 1024
MOST_SET_ASIDE = 100_000
SET_ASIDE_S = 30 * 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """What the platform or the mapping rejected."""

    message: str
    position: int
    entity: str | None
    attempts: int
    records: list[Kept]


class Spool:
    """One SQLite file of one connector; its process holds a lock on it."""

    def __init__(self, path: Path, *, most_waiting_bytes: int = MOST_WAITING_BYTES, drops_oldest: bool = False) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = path
        self._lock = lock(path)
        self._most_waiting_bytes = most_waiting_bytes
        self.drops_oldest = drops_oldest
        """What is done when it is full: the oldest messages are dropped; else the source waits."""
        self._file = SpoolFile(path)
        self._settlement = Settlement(self._file)
        last = int(self._file.fact("seq") or 0)
        self._seq: int = self._file.one("SELECT max(coalesce(max(seq), 0), ?) FROM record", last)

    def close(self) -> None:
        """Close the file and give its lock free."""
        self._file.db.close()
        if self._lock >= 0:
            os.close(self._lock)
        self._lock = -1

    @property
    def waiting(self) -> int:
        """Messages that wait for receipts."""
        return self._file.waiting

    @property
    def set_aside(self) -> int:
        """Entries that are set aside."""
        return self._file.set_aside

    @property
    def is_full(self) -> bool:
        """Whether the source must not be read on."""
        return self._file.waiting_bytes >= self._most_waiting_bytes

    @property
    def has_room(self) -> bool:
        """Whether it is at most half full: one that was full is so no more."""
        return self._file.waiting_bytes <= self._most_waiting_bytes / 2

    @property
    def backlog(self) -> int:
        """Records that wait for receipts."""
        return max(self._file.records_kept - self.set_aside, 0)

    @property
    def next_seq(self) -> int:
        """The number of the next record."""
        self._seq += 1
        return self._seq

    def cursor(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Where reading goes on, and what the mapping remembers, by part of the source."""
        positions, states = {}, {}
        for part, position, state in self._file.db.execute("SELECT part, position, state FROM cursor"):
            positions[part] = orjson.loads(position)
            if state is not None:
                states[part] = orjson.loads(state)
        return positions, states

    def commit(self, batch: Batch) -> list[Stored]:
        """Write records, messages and cursor in one transaction; durable when it returns."""
        packed = batch.close()
        uses = uses_of(packed)
        with self._file.transaction():
            self._file.keep_records(batch.records, uses)
            stored = [self._file.insert(message) for message in packed]
            self._file.db.executemany(
                "INSERT INTO cursor VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET position = excluded.position,"
                " state = excluded.state",
                [
                    (part, orjson.dumps(position), orjson.dumps(state) if state else None)
                    for part, (position, state) in batch.positions.items()
                    if position is not None or state
                ],
            )
            self._file.keep_fact("seq", str(self._seq))
        return stored

    def next_messages(self, after: int, limit: int) -> list[Stored]:
        """Give messages in their order."""
        rows = self._file.db.execute(
            "SELECT seq, id, kind, payload FROM message WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit)
        )
        return [Stored(seq=seq, id=name, kind=kind, payload=payload) for seq, name, kind, payload in rows]

    def settle(self, receipts: Iterable[tuple[str, list[dict[str, Any]]]], *, now: float | None = None) -> Settled:
        """Forget what is stored, set aside what is rejected; a crash before it is on disk only repeats messages."""
        total = Settled()
        self._file.db.execute("PRAGMA synchronous=NORMAL")
        try:
            with self._file.transaction():
                for message, refused in receipts:
                    total += self._settlement.settle(message, refused, time.time() if now is None else now)
        finally:
            self._file.db.execute("PRAGMA synchronous=FULL")
        return total

    def drop_oldest(self, under_way: Container[str]) -> list[str]:
        """Drop messages until a tenth is free: the oldest first, those under way to the platform last; give their ids."""
        names, lost = [], 0
        with self._file.transaction():
            for seq, name, members in self._oldest(under_way):
                if self._file.waiting_bytes <= self._most_waiting_bytes * 0.9:
                    break
                self._file.delete_message(seq)
                lost += self._file.release(union_of([Member(count, runs) for count, runs in orjson.loads(members)]))
                names.append(name)
            self._file.keep_fact("overflow", str(self.overflow + lost))
        return names

    def _oldest(self, under_way: Container[str]) -> Iterator[tuple[int, str, bytes]]:
        """Give number, id and members of messages, some at a time: there may be a million of them."""
        query = "SELECT seq, id, members FROM message WHERE seq > ? ORDER BY seq LIMIT 500"
        for is_under_way in (False, True):
            last = 0
            while rows := self._file.db.execute(query, (last,)).fetchall():
                yield from (row for row in rows if (row[1] in under_way) == is_under_way)
                last = rows[-1][0]

    @property
    def overflow(self) -> int:
        """How many records were dropped because the spool was full."""
        return int(self._file.fact("overflow") or 0)

    def get_aside(self, message: str, position: int) -> Aside | None:
        """Give what was set aside under a message's id and index, with its raw records."""
        row = self._file.db.execute(
            "SELECT entity, attempts, runs FROM aside WHERE message = ? AND position = ?", (message, position)
        ).fetchone()
        if row is None:
            return None
        entity, attempts, runs = row
        records = [record for run in orjson.loads(runs) for record in self._file.records(run)]
        return Aside(message=message, position=position, entity=entity, attempts=attempts, records=records)

    def replay(self, aside: Aside, packed: list[tuple[str | None, Packed]]) -> list[Stored]:
        """Put messages of set-aside records into the queue, under ids of their own."""
        with self._file.transaction():
            stored = [self._file.insert(message, name) for name, message in packed]
            for _, message in packed:
                self._file.change_uses(union_of(message.members), 1)
            self._file.db.execute(
                "UPDATE aside SET attempts = attempts + 1 WHERE message = ? AND position = ?",
                (aside.message, aside.position),
            )
        return stored

    def is_answered(self, message: str, position: int) -> bool:
        """Whether it was set aside and is stored or dropped by now: a request may come after it was answered."""
        return (message, position) in self._file.answered

    def answer_gone(self, message: str, position: int, letter: bytes) -> Stored:
        """Answer a request for what is not here: its dead letter gets another reason, and does not wait for ever."""
        verdict = Packed(kind="deadletters", payload=b"[" + letter + b"]", members=[])
        with self._file.transaction():
            return self._file.insert(verdict, f"{message}~{position}~{secrets.token_hex(4)}")

    def drop(self, message: str, position: int) -> bool:
        """Forget what was set aside."""
        with self._file.transaction():
            return self._file.forget_aside(message, position)

    def drop_old(self, *, now: float | None = None) -> int:
        """Drop what was set aside for too long, or is too much; give how many."""
        oldest = (time.time() if now is None else now) - SET_ASIDE_S
        rows = self._file.db.execute(
            "SELECT message, position FROM (SELECT message, position, since, row_number() OVER (ORDER BY since DESC)"
            " AS rank FROM aside) WHERE since < ? OR rank > ?",
            (oldest, MOST_SET_ASIDE),
        ).fetchall()
        if rows:
            with self._file.transaction():
                for message, position in rows:
                    self._file.forget_aside(message, position)
                self._file.keep_fact("dropped", str(self.dropped + len(rows)))
        return len(rows)

    def keep_state(self, state: Mapping[str, Any]) -> None:
        """Keep what the connector says of itself, as JSON by name; names that are not given stay as they are."""
        with self._file.transaction():
            self._file.db.executemany(
                "INSERT INTO state VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                [(name, orjson.dumps(value)) for name, value in state.items()],
            )

    def kept_state(self) -> dict[str, Any]:
        """Give what the connector said of itself last, by name."""
        rows = self._file.db.execute("SELECT name, value FROM state").fetchall()
        return {name: orjson.loads(value) for name, value in rows}

    @property
    def dropped(self) -> int:
        """How many set-aside records were dropped because of age or number."""
        return int(self._file.fact("dropped") or 0)
