# SPDX-License-Identifier: EUPL-1.2
"""Batches of entities over HTTP (ETSI GS CIM 009, 6.14 to 6.17, 6.31): one wrong entity does not stop the others."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from allmende.errors import BadRequestData, RequestError
from allmende.payloads import dump_json
from broker.engine import batches
from broker.engine.batches import BatchOutcome
from broker.engine.library import ContextsMissing
from broker.ngsi.entities import Entity
from broker.ngsi.merging import Merge
from broker.ngsi.parsing import parse_entity, parse_merge, require_uri
from broker.web.answers import batch_errors
from broker.web.bodies import document_context, read_list
from broker.web.calls import DOCUMENTS, Answer, Call, Operation
from broker.web.openapi import examples, replies
from broker.web.openapi.parts import Example
from broker.web.parameters import parse_options

AT_ONCE: Final = 200
"""Items that are parsed before other requests have their turn."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T]):
    """The items of a batch that are understood, and the errors of those that are not."""

    items: list[T]
    errors: list[tuple[str, RequestError]]


async def create_entities(call: Call) -> Answer:
    """Batch Entity Create (6.14.3.1)."""
    parsed = await _parse_entities(call)
    outcome = await batches.create_entities(call.resources, call.tenant, parsed.items)
    return _failed_answer(outcome, parsed.errors) or Answer(201, dump_json(outcome.created))


async def upsert_entities(call: Call) -> Answer:
    """Batch Entity Upsert (6.15.3.1)."""
    update = "update" in parse_options(call.parameters, call.operation.options)
    parsed = await _parse_entities(call)
    outcome = await batches.upsert_entities(call.resources, call.tenant, parsed.items, update=update)
    done = Answer(201, dump_json(outcome.created)) if outcome.created else Answer(204)
    return _failed_answer(outcome, parsed.errors) or done


async def update_entities(call: Call) -> Answer:
    """Batch Entity Update (6.16.3.1)."""
    overwrite = "noOverwrite" not in parse_options(call.parameters, call.operation.options)
    parsed = await _parse_entities(call, nulls=overwrite)
    outcome = await batches.update_entities(call.resources, call.tenant, parsed.items, overwrite=overwrite)
    return _failed_answer(outcome, parsed.errors) or Answer(204)


async def merge_entities(call: Call) -> Answer:
    """Batch Entity Merge (6.31.3.1)."""
    parsed = await _parse_items(read_list(call), dict, lambda item: _parse_merge(call, item))
    outcome = await batches.merge_entities(call.resources, call.tenant, parsed.items)
    return _failed_answer(outcome, parsed.errors) or Answer(204)


async def delete_entities(call: Call) -> Answer:
    """Batch Entity Delete (6.17.3.1)."""
    parsed = await _parse_items(read_list(call), str, lambda item: require_uri(item, "An id"))
    outcome = await batches.delete_entities(call.resources, call.tenant, parsed.items)
    return _failed_answer(outcome, parsed.errors) or Answer(204)


async def _parse_entities(call: Call, *, nulls: bool = False) -> Parsed[Entity]:
    return await _parse_items(
        read_list(call), dict, lambda item: parse_entity(item, document_context(call, item), nulls=nulls)
    )


def _parse_merge(call: Call, item: dict[str, Any]) -> Merge:
    context = document_context(call, item)
    require_uri(item.get("id", item.get("@id")), "The id of an entity")
    return Merge(parse_merge(item, context), context)


async def _parse_items(items: Sequence[Any], kind: type, parse: Callable[[Any], T]) -> Parsed[T]:
    """Parse each item; one that is no entity at all makes the whole request wrong, and nothing is stored."""
    parsed: Parsed[T] = Parsed([], [])
    missing: list[str] = []
    for position, item in enumerate(items):
        if not isinstance(item, kind):
            wanted = "a JSON object" if kind is dict else "an id"
            raise BadRequestData(f"Item {position} of the array must be {wanted}")
        if position % AT_ONCE == AT_ONCE - 1:
            await asyncio.sleep(0)
        try:
            parsed.items.append(parse(item))
        except ContextsMissing as error:
            missing += error.urls
        except RequestError as error:
            parsed.errors.append((str(item.get("id", "")) if isinstance(item, dict) else str(item), error))
    if missing:
        raise ContextsMissing(missing)
    return parsed


def _failed_answer(outcome: BatchOutcome, errors: Sequence[tuple[str, RequestError]]) -> Answer | None:
    failed = [*errors, *outcome.errors]
    return Answer(207, dump_json({"success": outcome.success, "errors": batch_errors(failed)})) if failed else None


OPERATIONS: Final = (
    Operation(
        name="Batch Entity Create",
        clause="6.14.3.1",
        method="POST",
        path="entityOperations/create",
        endpoint=create_entities,
        parameters=frozenset({"local"}),
        reads=DOCUMENTS,
        writes=True,
        founds=True,
        about="Stores new entities.",
        takes="EntityList",
        gives={201: replies.CREATED_IDS, 207: replies.SOME_FAILED},
        example=Example(body=[examples.NEW]),
    ),
    Operation(
        name="Batch Entity Upsert",
        clause="6.15.3.1",
        method="POST",
        path="entityOperations/upsert",
        endpoint=upsert_entities,
        parameters=frozenset({"options", "local"}),
        options=frozenset({"update", "replace"}),
        reads=DOCUMENTS,
        writes=True,
        founds=True,
        about="Stores entities, in the place of those that are stored; with `options=update` only what is told.",
        takes="EntityList",
        gives={201: replies.CREATED_IDS, 204: replies.DONE, 207: replies.SOME_FAILED},
        example=Example(body=[examples.NEW, *examples.STORED]),
    ),
    Operation(
        name="Batch Entity Update",
        clause="6.16.3.1",
        method="POST",
        path="entityOperations/update",
        endpoint=update_entities,
        parameters=frozenset({"options", "local"}),
        options=frozenset({"noOverwrite"}),
        reads=DOCUMENTS,
        writes=True,
        about="Overwrites attributes of entities, or with `options=noOverwrite` only adds them.",
        takes="EntityList",
        gives={204: replies.DONE, 207: replies.SOME_FAILED},
        example=Example(body=[{**examples.NEW, "id": examples.HALL}]),
    ),
    Operation(
        name="Batch Entity Merge",
        clause="6.31.3.1",
        method="POST",
        path="entityOperations/merge",
        endpoint=merge_entities,
        parameters=frozenset({"local"}),
        reads=DOCUMENTS,
        writes=True,
        about="Changes what is told of entities (RFC 7396).",
        takes="EntityFragmentList",
        gives={204: replies.DONE, 207: replies.SOME_FAILED},
        example=Example(body=[{"id": examples.HALL, "temperature": {"value": 22}}]),
    ),
    Operation(
        name="Batch Entity Delete",
        clause="6.17.3.1",
        method="POST",
        path="entityOperations/delete",
        endpoint=delete_entities,
        parameters=frozenset({"local"}),
        reads=DOCUMENTS,
        writes=True,
        about="Deletes entities.",
        takes="IdList",
        gives={204: replies.DONE, 207: replies.SOME_FAILED},
        example=Example(body=[examples.BUILDING]),
    ),
)
