# SPDX-License-Identifier: EUPL-1.2
"""Messages from connectors as operations: pure but for the contexts that are asked for."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, NamedTuple, TypeAlias

import orjson

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


class Message(NamedTuple):
    """What arrived on `allmende/v1/<tenant>/<connector>/up/<kind>`.

    `id` is what its receipt names; a message without one gets none. `may_be_ahead`: the connector sends forecasts.
    """

    tenant: str
    connector: str
    kind: str
    id: str | None
    payload: bytes
    may_be_ahead: bool = False


def to_operation(message: Message, schema: str, resolve: Resolve, *, letter: int | None = None) -> Operation:
    """The operation that a message asks for; what of it cannot be understood is among its rejections.

    `letter` is the dead letter whose payload this is.
    """
    origin = Origin(message.connector, message.kind, message.id, _parts(message), _replayed(message.id), letter)
    try:
        items = _items(parse_json(message.payload))
    except RequestError as error:
        refused = Rejection(0, str(error), payload=message.payload)
        return Operation(message.tenant, schema, (), (), lambda: [refused], origin, origin.key)
    if message.kind == "deadletters":
        return Operation(message.tenant, schema, (), (), partial(_reported, items), origin, origin.key)
    ids = tuple(item["id"] for item in items if type(item) is dict and _has_id(item))
    return Operation(message.tenant, schema, ids, ids, partial(_steps, message, resolve), origin, origin.key)


def _items(content: Any) -> list[Any]:
    items = content if type(content) is list else [content]
    if len(items) > MOST_ENTITIES:
        raise InvalidRequest(f"A message must hold at most {MOST_ENTITIES} entities, this one holds {len(items)}")
    return items


def _has_id(item: dict[str, Any]) -> bool:
    """Whether an entity of this id may come to be."""
    entity_id = item.get("id")
    return type(entity_id) is str and is_uri(entity_id)


def _steps(message: Message, resolve: Resolve) -> Iterator[Step | Rejection]:
    """One step per entity, or why there is none. The payload has been found to be sound when it arrived."""
    for index, item in enumerate(_items(orjson.loads(message.payload))):
        try:
            entity = _parse(message.kind, item, resolve)
        except RequestError as error:
            yield _rejected(index, item, error)
        else:
            yield Step(entity.id, partial(_observe, entity, message.may_be_ahead), creates=True, position=index)


def _parts(message: Message) -> Callable[[int], bytes]:
    """The JSON of what stands at an index of a message, which is read at most once for this."""
    items: list[Any] = []

    def part(index: int) -> bytes:
        if not items:
            items.extend(_items(orjson.loads(message.payload)))
        return dump_json(items[index])

    return part


def _parse(kind: str, item: Any, resolve: Resolve) -> Entity:
    if type(item) is not dict:
        raise BadRequestData("An entity must be a JSON object")
    context = resolve(item.get("@context"))
    return parse_entity(item, context, nulls=True) if kind == "entities" else parse_temporal_entity(item, context)


def _observe(entity: Entity, may_be_ahead: bool, current: State | None, now: Moment) -> Changed:  # noqa: FBT001
    observed = observe(current, entity, now, may_be_ahead=may_be_ahead)
    return Changed(observed.state, observed.rows)


def _rejected(index: int, item: Any, error: RequestError) -> Rejection:
    entity = item.get("id") if type(item) is dict else None
    return Rejection(index, str(error), entity if type(entity) is str else None, error.attribute, dump_json(item))


def _reported(items: list[Any]) -> Iterator[Rejection]:
    """What a connector could not map: `[{"reason", "attribute", "record"}]`."""
    for index, item in enumerate(items):
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
