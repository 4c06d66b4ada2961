# SPDX-License-Identifier: EUPL-1.2
"""The intake: what a source reads is mapped and committed to the spool; what was set aside is mapped again."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog

from allmende.connector import Entity, Mapped, Problem, Record, RecordMapping
from allmende.errors import Skip
from connectors.batches import Batch, Kept, Member, Packed, pack_singly, to_letter
from connectors.settling import Settled
from connectors.spool import Aside, Spool

GONE = "The raw record is not in the connector's spool any more and cannot be mapped again: drop this dead letter"

log = structlog.get_logger()


@dataclass(slots=True)
class Totals:
    """What a run has done so far."""

    read: int = 0
    stored: int = 0
    rejected: int = 0
    last_read: datetime | None = None
    last_stored: datetime | None = None
    place: str = ""

    def add(self, settled: Settled) -> None:
        """Count what a receipt said."""
        self.stored += settled.stored
        self.rejected += settled.rejected
        if settled.stored:
            self.last_stored = datetime.now(UTC)

    def as_json(self) -> dict[str, int]:
        """Give what `run --once` prints."""
        return {"read": self.read, "stored": self.stored, "rejected": self.rejected}


class Intake:
    """Maps records in their order and commits them in batches."""

    def __init__(self, spool: Spool, mapping: RecordMapping, totals: Totals, committed: Callable[[], None]) -> None:
        self._spool = spool
        self._mapping = mapping
        self._totals = totals
        self._committed = committed
        self._batch = Batch()
        self._states: dict[str, Any] = {}
        self._when_kept: list[Callable[[], None]] = []
        self._failed: sqlite3.Error | None = None

    def begin(self) -> dict[str, Any]:
        """Start a pass over the source; give the cursor."""
        self._batch = Batch()
        self._when_kept = []
        positions, self._states = self._spool.cursor()
        return positions

    def take(self, record: Record) -> bool:
        """Map a record; whether a batch was committed."""
        before = None if record.first else self._states.get(record.part)
        mapped = self._map(record, before)
        self._states[record.part] = mapped.state
        self._batch.add(self._spool.next_seq, record, mapped, before)
        self._totals.read += 1
        self._totals.place = record.part
        if record.when_kept is not None:
            self._when_kept.append(record.when_kept)
        if not self._batch.is_full:
            return False
        self.commit()
        return True

    def _map(self, record: Record, state: Any) -> Mapped:
        try:
            return self._mapping.map(record, state)
        except Skip as error:
            reason = str(error)
        except Exception as error:  # noqa: BLE001 - whatever a record does to its mapping, the others go on
            reason = f"The mapping fails on this record: {type(error).__name__}: {error}"
            log.warning("mapping_failed", part=record.part, reason=reason)
        return Mapped(entities=[], problems=[Problem(reason=reason[:2000])], state=state)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to commit."""
        return not self._batch.records

    def commit(self) -> None:
        """Commit what was taken."""
        if self._failed is not None:
            raise self._failed
        if self.is_empty:
            return
        batch, self._batch = self._batch, Batch()
        kept, self._when_kept = self._when_kept, []
        try:
            self._spool.commit(batch)
        except sqlite3.Error as error:
            # Nothing may be committed after what is missing: the cursor would pass it over.
            self._failed = error
            raise
        self._totals.rejected += batch.refused
        self._totals.last_read = datetime.now(UTC)
        for tell in kept:
            tell()
        self._committed()

    def answer(self, kind: str, message: str, index: int) -> None:
        """Do what the platform asks: map set-aside records again, or forget them."""
        if kind == "drop":
            self._spool.drop(message, index)
            return
        aside = self._spool.get_aside(message, index)
        if aside is not None:
            self._spool.replay(aside, self._map_again(aside))
        elif not self._spool.is_answered(message, index):
            self._spool.answer_gone(message, index, to_letter([Problem(reason=GONE)], b"null"))
        self._committed()

    def _map_again(self, aside: Aside) -> list[tuple[str | None, Packed]]:
        """Give the messages of a replay; the one named `<message>~<index>~<attempt>` decides on the dead letter."""
        name = f"{aside.message}~{aside.position}~{aside.attempts + 1}"
        letter: bytes | None = None
        entities: list[tuple[int, Entity]] = []
        for kept in aside.records:
            mapped, problems = self._map_kept(kept, aside)
            entities += [(kept.seq, entity) for entity in mapped]
            if problems and letter is None:
                letter = to_letter(problems, kept.content)
        packed, refused = pack_singly(entities)
        if refused and letter is None:
            contents = {kept.seq: kept.content for kept in aside.records}
            letter = to_letter([problem for _, problem in refused], contents[refused[0][0]])
        if letter is None:
            first = packed[0] if packed else Packed(kind="entities", payload=b"[]", members=[])
            return [(name, first), *((None, message) for message in packed[1:])]
        self._totals.rejected += 1
        members = [Member(1, [(kept.seq, 1) for kept in aside.records])]
        verdict = Packed(kind="deadletters", payload=b"[" + letter + b"]", members=members)
        return [(name, verdict), *((None, message) for message in packed)]

    def _map_kept(self, kept: Kept, aside: Aside) -> tuple[list[Entity], list[Problem]]:
        record = Record(content=orjson.loads(kept.content), part=kept.part)
        mapped = self._map(record, orjson.loads(kept.state) if kept.state else None)
        wanted = [entity for entity in mapped.entities if entity["id"] == aside.entity]
        return (wanted or mapped.entities), mapped.problems
