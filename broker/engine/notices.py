# SPDX-License-Identifier: EUPL-1.2
"""What serving processes tell each other, as texts of bounded length: pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

import orjson
from msgspec import MsgspecError, Raw, Struct
from msgspec.json import Decoder, Encoder

from broker.engine.rings import Change
from broker.ngsi.instants import from_instant, to_instant

_ENVELOPE: Final = 150
"""Bytes around the changes of a notice, at most."""


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


class Told(Struct, frozen=True, tag="told"):
    """Changes of a tenant; they are read where somebody follows it."""

    schema: str
    changes: Raw


class _Changes(Struct, frozen=True):
    """`rows` are id, position in `kinds` (types, and types that were left), position in `times`, 1 where deleted."""

    kinds: list[tuple[list[str], list[str]]]
    times: list[str]
    rows: list[tuple[str, int, int, int]]


Notice: TypeAlias = Hello | Here | Bye | Doubt | Told

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


def write_changes(schema: str, changes: Iterable[Change], most_bytes: int) -> Iterator[str]:
    """Notices of changes, each of at most so many bytes; a change that is longer alone becomes a doubt."""
    page = _Page()
    for change in changes:
        if page.size + page.cost(change) > most_bytes - _ENVELOPE - len(schema):
            if page.rows:
                yield page.text(schema)
            page = _Page()
            if page.cost(change) > most_bytes - _ENVELOPE - len(schema):
                yield write_notice(Doubt(schema))
                continue
        page.add(change)
    if page.rows:
        yield page.text(schema)


class _Page:
    """Changes that share a notice; types and times, which many of them share, stand in it once."""

    def __init__(self) -> None:
        self.size = 0
        self.rows: list[bytes] = []
        self._kinds: dict[bytes, int] = {}
        self._times: dict[bytes, int] = {}

    def cost(self, change: Change) -> int:
        """The bytes that a change would add."""
        kind, time = _kind(change), _time(change)
        new = sum(len(text) + 1 for text, known in ((kind, self._kinds), (time, self._times)) if text not in known)
        return new + len(orjson.dumps(change.id)) + 14

    def add(self, change: Change) -> None:
        """Put a change on the page."""
        self.size += self.cost(change)
        kind = self._kinds.setdefault(_kind(change), len(self._kinds))
        time = self._times.setdefault(_time(change), len(self._times))
        self.rows.append(b"[%b,%d,%d,%d]" % (orjson.dumps(change.id), kind, time, change.deleted))

    def text(self, schema: str) -> str:
        """Its notice."""
        lists = (b",".join(part) for part in (self._kinds, self._times, self.rows))
        return write_notice(Told(schema, Raw(b'{"kinds":[%b],"times":[%b],"rows":[%b]}' % tuple(lists))))


def _kind(change: Change) -> bytes:
    return orjson.dumps([change.types, change.left])


def _time(change: Change) -> bytes:
    return orjson.dumps(from_instant(change.modified_at))
