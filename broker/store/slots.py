# SPDX-License-Identifier: EUPL-1.2
"""Entities in a transaction: locked as they were stored, and what they become."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import astuple

from allmende.database.pool import Connection
from broker.ngsi.boxes import Box, bounding_box
from broker.ngsi.entities import Attributes, State, touched
from broker.ngsi.expiry import earliest_expiry
from broker.ngsi.history import HistoryRow
from broker.ngsi.instants import to_instant
from broker.ngsi.labels import Label, has_new_label, label_of
from broker.ngsi.storage import from_document, is_transient, to_document
from broker.store import SQL


class Stored(Struct, frozen=True, gc=False):
    """A row of `entity`, but for its number."""

    types: list[str]
    scopes: list[str]
    document: str
    created_at: datetime
    modified_at: datetime
    expires_at: datetime | None = None


class Place(Struct, frozen=True, gc=False):
    """The bounding box of a GeoProperty instance."""

    attribute: str
    dataset: str | None
    box: Box


class Written(Struct, frozen=True):
    """History rows with their entity and the time of their writing, a DateTime."""

    seq: int
    rows: list[HistoryRow]
    modified_at: str


class Expiry(Struct, frozen=True, gc=False):
    """When an entity expires, and when the first of its parts does."""

    own: datetime | None
    first: datetime | None


class Slot(Struct):
    """An entity: its number, its row when it was locked and now; places and label only where they have changed."""

    entity_id: str
    seq: int | None = None
    before: Stored | None = None
    now: Stored | None = None
    places: list[Place] | None = None
    label: Label | None = None
    expiry: Expiry | None = None
    """When something of it expires; only where that may have changed."""
    touched: bool = False
    time: datetime | None = None
    """Of its last change."""
    scoped_at: datetime | None = None
    """Of the last scopes that history knows; only where scopes of the past are told."""

    @property
    def number(self) -> int:
        """The entity's number; one that is written has one."""
        assert self.seq is not None  # noqa: S101 - lock_slots numbers all that may come into being
        return self.seq

    def state(self) -> State | None:
        """The entity as it is now."""
        return None if self.now is None else from_document(self.entity_id, *astuple(self.now))

    def become(self, old: State | None, new: State | None, time: datetime) -> None:
        """Take the state `new` in the place of `old`; `time` is that of the change."""
        before = {} if old is None else old.attributes
        after = {} if new is None else new.attributes
        names = touched(before, after)
        if has_moved(before, after, names):
            self.places = places_of(new)
        self.time = time
        was_transient = old is not None and old.is_transient
        if new is None:
            self.now = self.label = None
            self.expiry = Expiry(None, None) if was_transient else self.expiry
            return
        if has_new_label(old, new, names):
            self.label = label_of(new)
        kept = self.now is not None and old is not None and new.created_at == old.created_at
        created = self.now.created_at if kept and self.now is not None else time
        document = to_document(new)
        expires = None if new.expires_at is None else to_instant(new.expires_at)
        self.now = Stored(new.types, new.scopes, document, created, time, expires)
        if was_transient or expires is not None or is_transient(document):
            first = earliest_expiry(new)
            self.expiry = Expiry(expires, None if first is None else to_instant(first))


def has_moved(before: Attributes, after: Attributes, touched: Iterable[str]) -> bool:
    """Whether one of the touched attributes was or is a GeoProperty."""
    for name in touched:
        for attributes in (after, before):
            for instance in attributes.get(name, ()):
                if instance["type"] == "GeoProperty":
                    return True
    return False


def places_of(state: State | None) -> list[Place]:
    """The places of an entity."""
    attributes = {} if state is None else state.attributes
    return [
        Place(name, instance.get("datasetId"), bounding_box(instance["value"]))
        for name, instances in attributes.items()
        for instance in instances
        if instance["type"] == "GeoProperty"
    ]


class BatchIds(Struct, frozen=True):
    """The ids of the entities of a batch: `creating` may come into being, of these `new` most likely do."""

    ids: list[str]
    creating: set[str]
    new: set[str]


async def lock_slots(connection: Connection, schema: str, batch: BatchIds) -> dict[str, Slot]:
    """Lock the entities of a batch; those that may come into being and do not exist get a number of their own."""
    slots = {entity_id: Slot(entity_id) for entity_id in batch.ids}
    if batch.new:
        await _number(connection, schema, "insert_names", batch.new, slots)
    await _lock(connection, schema, [entity_id for entity_id in batch.ids if slots[entity_id].seq is None], slots)
    missing = {entity_id for entity_id in batch.creating if slots[entity_id].seq is None}
    if missing:
        known = await _number(connection, schema, "ensure_names", missing, slots)
        await _lock(connection, schema, known, slots)
    return slots


async def _number(connection: Connection, schema: str, query: str, ids: set[str], slots: dict[str, Slot]) -> list[str]:
    """Take the numbers that a statement gives to names; those of which there may be an entity already."""
    known = []
    for seq, entity_id, is_new in await connection.fetch(SQL.text(query, schema), sorted(ids)):
        slots[entity_id].seq = seq
        if not is_new:
            known.append(entity_id)
    return known


async def _lock(connection: Connection, schema: str, ids: list[str], slots: dict[str, Slot]) -> None:
    if not ids:
        return
    for seq, entity_id, *stored in await connection.fetch(SQL.text("lock_entities", schema), ids):
        slot = slots[entity_id]
        slot.seq = seq
        slot.before = slot.now = Stored(*stored)
