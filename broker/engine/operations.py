# SPDX-License-Identifier: EUPL-1.2
"""Writes as values: what the writer gathers, applies in order and answers."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from msgspec import Raw, Struct

from allmende.errors import RequestError
from broker.ngsi.entities import State
from broker.ngsi.history import Erasure, HistoryRow
from broker.ngsi.observing import Moment


class Changed(Struct, frozen=True):
    """What a change makes of an entity: its state afterwards (None: it does not exist), rows of history, an answer.

    `erased` is what of its history goes, before the rows are written.
    """

    state: State | None
    rows: list[HistoryRow]
    result: Any = None
    erased: Sequence[Erasure] = ()


Transition: TypeAlias = Callable[[State | None, Moment], Changed]
"""A pure function; it raises a RequestError where the change is not possible."""


class Step(Struct, frozen=True):
    """One change to one entity. `creates`: the entity may come into being."""

    entity_id: str
    change: Transition
    creates: bool = False
    position: int = 0
    is_new: bool = False
    """It most likely does not exist: the step creates it, and fails where it is known."""
    scopes: Sequence[HistoryRow] = ()
    """What is told of scopes that it had; the last of it is current where history knows nothing newer."""


class Rejection(Struct, frozen=True):
    """What of a message is not stored, and why; `payload` and `record` are JSON as it came."""

    position: int
    reason: str
    entity: str | None = None
    attribute: str | None = None
    payload: bytes | None = None
    record: bytes | None = None


class Origin(Struct, frozen=True):
    """The message that an operation comes from."""

    connector: str
    kind: str
    message: str | None
    parts: Sequence[bytes | Raw] = ()
    """The JSON of each entity of the message, for dead letters."""
    replays: tuple[str, int] | None = None
    """The dead letter (message and index) that this message sends again."""
    letter: int | None = None
    """The dead letter whose payload is applied again."""

    @property
    def key(self) -> tuple[str, str] | None:
        """What tells messages apart; None where there is no id."""
        return None if self.message is None else (self.connector, self.message)


class Operation(Struct, frozen=True):
    """A write that is applied in one transaction: each step whole or not at all.

    `ids` are the entities that it may touch, `creating` those that may come into being. `steps` is asked for when the
    operation is applied, and once more when the transaction is tried again: a message is understood entity by entity at
    that moment, while what it becomes is still in the processor's cache, and until then it is but bytes. One with an
    `origin` came as a message: it waits while the database is away, and what fails becomes a dead letter.
    """

    tenant: str
    schema: str
    ids: tuple[str, ...]
    creating: tuple[str, ...]
    steps: Callable[[], Iterable[Step | Rejection]]
    origin: Origin | None = None
    key: tuple[str, str] | None = None
    """Of a message that has an id."""
    new: tuple[str, ...] = ()
    """Entities that most likely do not exist."""
    scoped: tuple[str, ...] = ()
    """Entities of which scopes of the past are told."""

    @property
    def weight(self) -> int:
        """How much of a batch it fills."""
        return len(self.ids) or 1


def operation_of(tenant: str, schema: str, steps: Sequence[Step], *, scoped: tuple[str, ...] = ()) -> Operation:
    """The operation of steps that are known; `scoped` are the entities of those that tell of scopes."""
    ids = tuple(step.entity_id for step in steps)
    creating = tuple(step.entity_id for step in steps if step.creates)
    new = tuple(step.entity_id for step in steps if step.is_new)
    return Operation(tenant, schema, ids, creating, lambda: steps, new=new, scoped=scoped)


Outcome: TypeAlias = Any | RequestError
"""Of a step: the change's result, or the error that it raised."""


class Outcomes(Struct):
    """What became of an operation: one outcome per step of a request; of a message, what was stored and what not."""

    steps: list[Outcome]
    stored: int = 0
    rejected: Sequence[Rejection] = ()
    receipt: bytes | None = None
