# SPDX-License-Identifier: EUPL-1.2
"""Messages from connectors as operations: pure but for the contexts that are asked for."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final, TypeAlias

from msgspec import MsgspecError, Raw, Struct, field
from msgspec.json import Decoder

from allmende.errors import BadRequestData, InvalidRequest, RequestError
from allmende.payloads import dump_json, parse_json
from broker.engine.operations import Changed, Operation, Origin, Rejection, Step
from broker.ngsi.contexts import Context
from broker.ngsi.datatypes import is_uri
from broker.ngsi.entities import Entity, State
from broker.ngsi.observing import Moment, observe
from broker.ngsi.parsing import parse_entity, parse_temporal_entity

MOST_ENTITIES: Final = 1000
Resolve: TypeAlias = Callable[[Any], Context]
"""The compiled form of an @context; raises LdContextNotAvailable."""


class Message(Struct, frozen=True):
    """What arrived on `allmende/v1/<tenant>/<connector>/up/<kind>`.

    `id` is what its receipt names; a message without one gets none. `may_be_ahead`: the connector sends forecasts.
    """

    tenant: str
    connector: str
    kind: str
    id: str | None
    payload: bytes
    may_be_ahead: bool = False


class _Named(Struct, gc=False):
    """What of an entity is read when it arrives."""

    id: Any = None
    at_id: Any = field(default=None, name="@id")


_LIST: Final = Decoder(list[Raw])
_NAMED: Final = Decoder(_Named)
_UNREAD: Final = (MsgspecError, ValueError, RecursionError)
"""What msgspec raises on what it cannot read; a text that is no UTF-8 is a ValueError."""


def to_operation(message: Message, schema: str, resolve: Resolve, *, letter: int | None = None) -> Operation:
    """The operation that a message asks for; what of it cannot be understood is among its rejections.

    `letter` is the dead letter whose payload this is.
    """
    try:
        parts = _parts(message)
    except RequestError as error:
        refused = Rejection(0, str(error), payload=message.payload)
        origin = Origin(message.connector, message.kind, message.id, (), _replayed(message.id), letter)
        return Operation(message.tenant, schema, (), (), lambda: [refused], origin, origin.key)
    origin = Origin(message.connector, message.kind, message.id, parts, _replayed(message.id), letter)
    if message.kind == "deadletters":
        return Operation(message.tenant, schema, (), (), partial(_reported, parts), origin, origin.key)
    ids = tuple([entity_id for part in parts if (entity_id := _id_of(part)) is not None])
    return Operation(message.tenant, schema, ids, ids, partial(_steps, message, parts, resolve), origin, origin.key)


def _parts(message: Message) -> Sequence[bytes | Raw]:
    """The JSON of each entity or report, which is understood when it is applied: until then it is but bytes."""
    payload = message.payload
    if payload[:1] == b"{":
        return (payload,)
    try:
        parts: Sequence[bytes | Raw] = _LIST.decode(payload)
    except _UNREAD:
        content = parse_json(payload)
        parts = [dump_json(part) for part in (content if type(content) is list else [content])]
    if len(parts) > MOST_ENTITIES:
        raise InvalidRequest(f"A message must hold at most {MOST_ENTITIES} entities, this one holds {len(parts)}")
    return parts


def _id_of(part: bytes | Raw) -> str | None:
    """The id of an entity that may come to be; how little of it is sound is found when it is applied."""
    try:
        named = _NAMED.decode(part)
    except _UNREAD:
        named = _named(part)
    entity_id = named.at_id if named.id is None else named.id
    return entity_id if type(entity_id) is str and is_uri(entity_id) else None


def _named(part: bytes | Raw) -> _Named:
    """The same by the parser that decides in the end; nothing where it refuses the text."""
    try:
        item = parse_json(bytes(part))
    except RequestError:
        return _Named()
    return _Named(item.get("id"), item.get("@id")) if type(item) is dict else _Named()


def _steps(message: Message, parts: Sequence[bytes | Raw], resolve: Resolve) -> Iterator[Step | Rejection]:
    """One step per entity, or why there is none."""
    for index, part in enumerate(parts):
        item = None
        try:
            item = parse_json(bytes(part))
            entity = _parse(message.kind, item, resolve)
        except RequestError as error:
            yield _rejected(index, bytes(part), item, error, of_many=len(parts) > 1)
        else:
            yield Step(entity.id, partial(_observe, entity, message.may_be_ahead), creates=True, position=index)


def _parse(kind: str, item: Any, resolve: Resolve) -> Entity:
    if type(item) is not dict:
        raise BadRequestData("An entity must be a JSON object")
    context = resolve(item.get("@context"))
    return parse_entity(item, context, nulls=True) if kind == "entities" else parse_temporal_entity(item, context)


def _observe(entity: Entity, may_be_ahead: bool, current: State | None, now: Moment) -> Changed:  # noqa: FBT001
    observed = observe(current, entity, now, may_be_ahead=may_be_ahead)
    return Changed(observed.state, observed.rows)


def _rejected(index: int, payload: bytes, item: Any, error: RequestError, *, of_many: bool) -> Rejection:
    """A rejection of one of many names its entity wherever it can: one without is taken to be of the whole message."""
    entity = item.get("id") if type(item) is dict else None
    if type(entity) is not str:
        entity = _id_of(payload) if of_many else None
    return Rejection(index, str(error), entity, error.attribute, payload)


def _reported(parts: Sequence[bytes | Raw]) -> Iterator[Rejection]:
    """What a connector could not map: `[{"reason", "attribute", "record"}]`."""
    for index, part in enumerate(parts):
        try:
            item = parse_json(bytes(part))
        except RequestError as error:
            yield Rejection(index, str(error), payload=bytes(part))
            continue
        report = item if type(item) is dict else {"record": item}
        reason, attribute = report.get("reason"), report.get("attribute")
        yield Rejection(
            index,
            reason if type(reason) is str and reason else "The connector gives no reason",
            attribute=attribute if type(attribute) is str else None,
            record=dump_json(report.get("record")),
        )


def _replayed(message_id: str | None) -> tuple[str, int] | None:
    """The dead letter that a message sends again: `<message>~<index>~<attempt>` names message and index."""
    parts = message_id.rsplit("~", 2) if message_id is not None else ()
    if len(parts) == 3 and parts[1].isascii() and parts[1].isdigit() and len(parts[1]) < 8:
        return parts[0], int(parts[1])
    return None
