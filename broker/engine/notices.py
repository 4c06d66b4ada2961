# SPDX-License-Identifier: EUPL-1.2
"""What serving processes tell each other, as texts of bounded length: pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

import orjson
from msgspec import MsgspecError, Raw, Struct
from msgspec.json import Decoder, Encoder

from broker.engine.rings import Change
from broker.ngsi.instants import from_instant, to_instant

_ENVELOPE: Final = 150
"""Bytes around the changes of a notice, at most."""
_AROUND: Final = 14
"""Bytes of a row beside the id, at most: positions are of few digits."""


class Hello(Struct, frozen=True, tag="hello"):
    """Somebody begins to listen; what it changed in these tenants (None: in any) before was not told."""

    untold: Sequence[str] | None


class Here(Struct, frozen=True, tag="here"):
    """The answer to one who said hello, named by the process id of its listener; earlier changes were not told to it."""

    to: int


class Bye(Struct, frozen=True, tag="bye"):
    """Somebody ends, and has told all."""


class Doubt(Struct, frozen=True, tag="doubt"):
    """In a tenant something may have changed that is not told one by one."""

    schema: str


class Gone(Struct, frozen=True, tag="gone"):
    """A tenant was deleted. Who does not hear it notices when it asks for the schema the next time."""

    schema: str


class Told(Struct, frozen=True, tag="told"):
    """Changes of a tenant; they are read where somebody follows it."""

    schema: str
    changes: Raw


class _Changes(Struct, frozen=True):
    """`rows` are id, position in `kinds` (types, and types that were left), position in `times`, 1 where deleted."""

    kinds: list[tuple[list[str], list[str]]]
    times: list[str]
    rows: list[tuple[str, int, int, int]]


Notice: TypeAlias = Hello | Here | Bye | Doubt | Gone | Told

_ENCODER: Final = Encoder()
_NOTICE: Final = Decoder(Notice)
_CHANGES: Final = Decoder(_Changes)


def write_notice(notice: Notice) -> str:
    """The text of a notice."""
    return _ENCODER.encode(notice).decode()


def read_notice(text: str) -> Notice | None:
    """The notice of a text; None where it is of another version."""
    try:
        notice: Notice = _NOTICE.decode(text)
    except (MsgspecError, ValueError):
        return None
    return notice


def read_changes(told: Told) -> list[Change]:
    """The changes of a notice."""
    content = _CHANGES.decode(told.changes)
    times = [to_instant(text) for text in content.times]
    return [
        Change(entity_id, content.kinds[kind][0], times[time], deleted=deleted == 1, left=content.kinds[kind][1])
        for entity_id, kind, time, deleted in content.rows
    ]


def write_notices(schema: str, changes: Iterable[Change], most_bytes: int) -> Iterator[str]:
    """Notices of changes, each of at most so many bytes; a change that is longer alone becomes a doubt."""
    room = most_bytes - _ENVELOPE - len(schema)
    page = _Page(room)
    for change in changes:
        row = _row_of(change)
        if page.add(row):
            continue
        if page.rows:
            yield page.text(schema)
        page = _Page(room)
        if not page.add(row):
            yield write_notice(Doubt(schema))
    if page.rows:
        yield page.text(schema)


class _Row(NamedTuple):
    """A change as JSON, in parts."""

    id: bytes
    kind: bytes
    time: bytes
    deleted: bool


def _row_of(change: Change) -> _Row:
    kind = orjson.dumps([change.types, change.left])
    return _Row(orjson.dumps(change.id), kind, _time(change.modified_at), change.deleted)


@lru_cache(maxsize=1_000)
def _time(modified_at: datetime) -> bytes:
    """What was written in one transaction bears one time, hence the cache."""
    return orjson.dumps(from_instant(modified_at))


class _Page:
    """Changes that share a notice; types and times, which many of them share, stand in it once."""

    def __init__(self, room: int) -> None:
        self.rows: list[bytes] = []
        self._room = room
        self._kinds: dict[bytes, int] = {}
        self._times: dict[bytes, int] = {}

    def add(self, row: _Row) -> bool:
        """Put a change on the page; False where it has no room."""
        kind, time = self._kinds.get(row.kind), self._times.get(row.time)
        cost = len(row.id) + _AROUND + (len(row.kind) + 1) * (kind is None) + (len(row.time) + 1) * (time is None)
        if cost > self._room:
            return False
        self._room -= cost
        if kind is None:
            kind = self._kinds[row.kind] = len(self._kinds)
        if time is None:
            time = self._times[row.time] = len(self._times)
        self.rows.append(b"[%b,%d,%d,%d]" % (row.id, kind, time, row.deleted))
        return True

    def text(self, schema: str) -> str:
        """Its notice."""
        lists = (b",".join(part) for part in (self._kinds, self._times, self.rows))
        return write_notice(Told(schema, Raw(b'{"kinds":[%b],"times":[%b],"rows":[%b]}' % tuple(lists))))
