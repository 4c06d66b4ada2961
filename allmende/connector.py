# SPDX-License-Identifier: EUPL-1.2
"""The protocol of a connector: a source that reads, a mapping that turns records into entities."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from typing import Any, Protocol, runtime_checkable

from msgspec import Struct, field

Cursor = Mapping[str, Any]
"""Where reading goes on: for each part of the source (a file, a page) its last position, as JSON."""

Entity = dict[str, Any]
"""A normalized NGSI-LD entity."""


class Record(Struct, frozen=True, kw_only=True):
    """One record as the source gives it, and where to go on after it."""

    content: Any
    part: str = ""
    position: Any = None
    first: bool = False
    """The part is read from its beginning: what the mapping remembers of it is void."""
    problem: str | None = None
    """Why the record cannot be used; it is kept as a dead letter."""
    when_kept: Callable[[], None] | None = None
    """Called once the record is on disk: where its sender waits for that."""


class Problem(Struct, frozen=True, kw_only=True):
    """What of a record cannot be mapped, and why."""

    reason: str
    attribute: str | None = None


class Mapped(Struct, frozen=True, kw_only=True):
    """What became of a record."""

    entities: list[Entity]
    problems: list[Problem] = field(default_factory=list)
    state: Any = None
    """What the mapping remembers of the record's part, as JSON: part of the cursor."""


class Source(Protocol):
    """Reads records; the runner decides when, and owns retries."""

    def read(self, cursor: Cursor) -> AsyncIterator[Record]:
        """Give the records after the cursor; raise Retry, Skip or Stop, never wait for a back-off."""
        ...

    async def check(self) -> None:
        """Try the connection; raise Stop or Retry with what to fix."""
        ...


@runtime_checkable
class Stream(Source, Protocol):
    """A source without an end: what others send. Its `read` ends when nothing has come for a while."""

    def follow(self, cursor: Cursor, ready: Callable[[], None]) -> AsyncGenerator[Record, None]:
        """Give what comes, without an end; call `ready` once it can come, raise Retry or Stop when it cannot."""
        ...

    def watch(self) -> AsyncGenerator[Record, None]:
        """Give what comes by until nothing has come for a while, and take nothing from those who read."""
        ...


class RecordMapping(Protocol):
    """Turns a record into entities; a function of record and state, without I/O."""

    def map(self, record: Record, state: Any) -> Mapped:
        """Map one record, given what was remembered of its part."""
        ...
