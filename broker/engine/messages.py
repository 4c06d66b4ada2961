# SPDX-License-Identifier: EUPL-1.2
"""Messages from connectors as operations: pure but for the contexts that are asked for."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from allmende.payloads import dump_json, parse_json

from allmende.errors import BadRequestData, InvalidRequest, RequestError
from broker.engine.operations import Changed, Operation, Origin, Rejection, Step
from broker.ngsi.contexts import Context
from broker.ngsi.entities import Entity, State
from broker.ngsi.observing import Moment, ahead, observe
from broker.ngsi.parsing import parse_entity, parse_temporal_entity

MOST_ENTITIES: Final = 1000


@dataclass(frozen=True, slots=True)
class Message:
    """What arrived on `allmende/v1/<tenant>/<connector>/up/<kind>`.

    `id` is what its receipt names; a message without one gets none. `may_be_ahead`: the connector sends forecasts.
    """

    tenant: str
    connector: str
    kind: str
    id: str | None
    payload: bytes
    may_be_ahead: bool = False


def to_operation(
    message: Message,
    schema: str,
    resolve: Callable[[Any], Context],
    *,
    letter: int | None = None,
) -> Operation:
    """The operation that a message asks for; what of it cannot be understood is among its rejections.

    `letter` is the dead letter whose payload this is.
    """
    try:
        items = _items(message.payload)
    except RequestError as error:
        refused = Rejection(0, str(error), payload=message.payload)
        return Operation(message.tenant, schema, (), _origin(message, lambda _: message.payload, [refused]))
    if message.kind == "deadletters":
        return Operation(message.tenant, schema, (), _origin(message, lambda _: b"", _reported(items)))
    steps: list[Step] = []
    rejections: list[Rejection] = []
    for index, item in enumerate(items):
        try:
            entity = _parse(message.kind, item, resolve)
        except RequestError as error:
            rejections.append(_rejected(index, item, error))
        else:
            steps.append(Step(entity.id, partial(_observe, entity, message.may_be_ahead), creates=True, index=index))
    origin = replace(_origin(message, lambda index: dump_json(items[index]), rejections), letter=letter)
    return Operation(message.tenant, schema, tuple(steps), origin)


def _items(payload: bytes) -> list[Any]:
    content = parse_json(payload)
    items = content if type(content) is list else [content]
    if len(items) > MOST_ENTITIES:
        raise InvalidRequest(f"A message must hold at most {MOST_ENTITIES} entities, this one holds {len(items)}")
    return items


def _parse(kind: str, item: Any, resolve: Callable[[Any], Context]) -> Entity:
    if type(item) is not dict:
        raise BadRequestData("An entity must be a JSON object")
    context = resolve(item.get("@context"))
    return parse_entity(item, context, nulls=True) if kind == "entities" else parse_temporal_entity(item, context)


def _observe(entity: Entity, may_be_ahead: bool, current: State | None, now: Moment) -> Changed:  # noqa: FBT001
    if not may_be_ahead and (name := ahead(entity, now)):
        raise BadRequestData(
            f"Attribute {name!r}: observedAt must not lie more than 5 minutes ahead; check the clock and the time zone",
            attribute=name,
        )
    observed = observe(current, entity, now)
    return Changed(observed.state, observed.rows)


def _rejected(index: int, item: Any, error: RequestError) -> Rejection:
    entity = item.get("id") if type(item) is dict else None
    return Rejection(index, str(error), entity if type(entity) is str else None, error.attribute, dump_json(item))


def _reported(items: list[Any]) -> list[Rejection]:
    """What a connector could not map: `[{"reason", "attribute", "record"}]`."""
    rejections = []
    for index, item in enumerate(items):
        report = item if type(item) is dict else {"reason": "", "record": item}
        reason, attribute = report.get("reason"), report.get("attribute")
        rejections.append(
            Rejection(
                index,
                reason if type(reason) is str and reason else "The connector gives no reason",
                attribute=attribute if type(attribute) is str else None,
                record=dump_json(report.get("record")),
            )
        )
    return rejections


def _origin(message: Message, part: Callable[[int], bytes], rejections: list[Rejection]) -> Origin:
    replays = None if message.id is None else replayed(message.id)
    return Origin(message.connector, message.kind, message.id, part, tuple(rejections), replays)


def replayed(message_id: str) -> tuple[str, int] | None:
    """The dead letter that a message sends again: `<message>~<index>~<attempt>` names message and index."""
    parts = message_id.rsplit("~", 2)
    if len(parts) == 3 and parts[1].isascii() and parts[1].isdigit() and len(parts[1]) < 8:
        return parts[0], int(parts[1])
    return None
