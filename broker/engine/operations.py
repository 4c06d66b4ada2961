# SPDX-License-Identifier: EUPL-1.2
"""Writes as values: what the writer gathers, applies in order and answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from allmende.errors import RequestError
from broker.ngsi.entities import State
from broker.ngsi.history import HistoryRow
from broker.ngsi.observing import Moment


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change makes of an entity: its state afterwards (None: it does not exist), rows of history, an answer."""

    state: State | None
    rows: list[HistoryRow]
    result: Any = None


Change: TypeAlias = Callable[[State | None, Moment], Changed]
"""A pure function; it raises a RequestError where the change is not possible."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change to one entity. `creates`: the entity may come into being."""

    entity_id: str
    change: Change
    creates: bool = False
    index: int = 0


@dataclass(frozen=True, slots=True)
class Rejection:
    """What of a message is not stored, and why; `payload` and `record` are JSON as it came."""

    index: int
    reason: str
    entity: str | None = None
    attribute: str | None = None
    payload: bytes | None = None
    record: bytes | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """The message that an operation comes from; its parts by index, for dead letters."""

    connector: str
    kind: str
    message: str | None
    part: Callable[[int], bytes] = field(compare=False)
    rejections: tuple[Rejection, ...] = ()
    replays: tuple[str, int] | None = None
    """The dead letter (message and index) that this message sends again."""
    letter: int | None = None
    """The dead letter whose payload is applied again."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A write that is applied in one transaction: each step whole or not at all.

    One with an `origin` came as a message: it waits while the database is away, and what fails becomes a dead letter.
    """

    tenant: str
    schema: str
    steps: tuple[Step, ...]
    origin: Origin | None = None

    @property
    def weight(self) -> int:
        """How much of a batch it fills."""
        return len(self.steps) or 1


Outcome: TypeAlias = Any | RequestError
"""Of a step: the change's result, or the error that it raised."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Of an operation, after the commit: one outcome per step, and the receipt of a message that has an id."""

    steps: list[Outcome]
    receipt: bytes | None = None
