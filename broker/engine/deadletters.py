# SPDX-License-Identifier: EUPL-1.2
"""What could not be stored, and why; sent again or dropped by a person."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import orjson

from allmende.database.pool import Connection
from allmende.errors import InvalidRequest, NotFound
from broker.engine.messages import Message
from broker.engine.reception import MOST_BYTES
from broker.engine.reports import AWAY_AFTER
from broker.engine.resources import Resources
from broker.ngsi.instants import from_instant
from broker.store import SQL
from broker.store import deadletters as store
from broker.store.deadletters import DeadLetter

_MOST_LISTED: Final = 10_000
_AT_ONCE: Final = 50
"""Payloads that are applied again together: they share a transaction, and the memory for them is bounded."""
_MOST_ASKED: Final = 500
"""Records in one request to a connector."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which dead letters: by id, of one connector, or all."""

    ids: tuple[int, ...] | None = None
    connector: str | None = None


async def list_dead_letters(
    resources: Resources, tenant: str, *, connector: str | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """The newest dead letters, without their payloads."""
    schema = await resources.tenants.schema_of(tenant)

    async def work(connection: Connection) -> list[dict[str, Any]]:
        letters = await store.list_dead_letters(connection, schema, connector=connector, most=min(limit, _MOST_LISTED))
        return [_listed(letter) for letter in letters]

    return await resources.database.read(schema, work)


async def show_dead_letter(resources: Resources, tenant: str, letter_id: str) -> dict[str, Any]:
    """One dead letter with its payload and the raw record, where there is one."""
    schema = await resources.tenants.schema_of(tenant)
    number = to_number(letter_id)

    found = await resources.database.read(schema, partial(store.get_dead_letter, schema=schema, number=number))
    if found is None:
        raise NotFound(f"Dead letter {letter_id} does not exist")
    letter, payload, record = found
    return {**_listed(letter), "payload": _shown(payload), "record": _shown(record)}


async def replay_dead_letters(resources: Resources, tenant: str, selection: Selection) -> dict[str, int]:
    """Try dead letters again.

    A connector that reports its state maps the raw record anew: it is asked to, and the letter waits. What other
    clients sent is applied again as it came.
    """
    rows = await _find(resources, tenant, selection)
    counts = {"asked": len(rows), "stored": 0, "rejected": 0, "waiting": 0}
    asked = [row for row in rows if row["maps"] and row["message"]]
    others = [row["id"] for row in rows if not (row["maps"] and row["message"])]
    for start in range(0, len(others), _AT_ONCE):
        letters = await _payloads(resources, tenant, others[start : start + _AT_ONCE])
        for became in await asyncio.gather(*(_apply_again(resources, tenant, letter) for letter in letters)):
            counts[became] += 1
    await _ask(resources, tenant, "replay", [(row["connector"], row["message"], row["index"]) for row in asked])
    counts["waiting"] = len(asked)
    return counts


async def idle_connectors(resources: Resources, tenant: str, selection: Selection) -> list[str]:
    """Of the connectors that are to map these dead letters again, those that do not run: the letters wait for them."""
    schema = await resources.tenants.schema_of(tenant)
    ids = None if selection.ids is None else list(selection.ids)
    heard = resources.clock() - AWAY_AFTER

    async def work(connection: Connection) -> list[str]:
        rows = await connection.fetch(SQL.text("list_idle_connectors", schema), ids, selection.connector, heard)
        return [row["name"] for row in rows]

    return await resources.database.read(schema, work)


async def drop_dead_letters(resources: Resources, tenant: str, selection: Selection) -> dict[str, int]:
    """Forget dead letters, here and in the spools of their connectors."""
    rows = await _find(resources, tenant, selection)
    keys = [(row["connector"], row["message"], row["index"]) for row in rows if row["maps"] and row["message"]]
    # First the request: a letter whose connector was never told could not be named again.
    await _ask(resources, tenant, "drop", keys)
    schema = await resources.tenants.schema_of(tenant)
    query = SQL.text("delete_dead_letters", schema)
    ids = [row["id"] for row in rows]
    dropped = await resources.database.read(schema, lambda connection: connection.fetch(query, ids))
    return {"dropped": len(dropped)}


def to_number(letter_id: str) -> int:
    """The number in a dead letter's id."""
    if not (letter_id.isascii() and letter_id.isdigit() and len(letter_id) < 19):
        raise NotFound(f"Dead letter {letter_id} does not exist")
    return int(letter_id)


async def _find(resources: Resources, tenant: str, selection: Selection) -> list[Any]:
    schema = await resources.tenants.schema_of(tenant)
    ids = None if selection.ids is None else list(selection.ids)

    async def work(connection: Connection) -> list[Any]:
        rows: list[Any] = await connection.fetch(SQL.text("find_dead_letters", schema), ids, selection.connector)
        return rows

    return await resources.database.read(schema, work)


async def _payloads(resources: Resources, tenant: str, ids: list[int]) -> list[Any]:
    schema = await resources.tenants.schema_of(tenant)
    query = SQL.text("get_payloads", schema)
    letters: list[Any] = await resources.database.read(schema, lambda connection: connection.fetch(query, ids))
    return letters


async def _apply_again(resources: Resources, tenant: str, row: Any) -> str:
    """Apply one payload as it came; whether it is now stored or rejected."""
    if row["payload"] is None or row["kind"] == "record":
        return "rejected"
    message = Message(tenant, row["connector"], row["kind"], None, row["payload"])
    outcome = await resources.ingest.apply_again(message, row["id"])
    return "stored" if outcome else "rejected"


async def _ask(resources: Resources, tenant: str, kind: str, keys: Sequence[tuple[str, str, int]]) -> None:
    """Put requests for connectors where they find them."""
    schema = await resources.tenants.schema_of(tenant)
    query = SQL.text("insert_request", schema)
    connectors = sorted({key[0] for key in keys})
    bodies: list[tuple[str, str, str]] = []
    for connector in connectors:
        named = [{"message": message, "index": index} for who, message, index in keys if who == connector]
        parts = (named[start : start + _MOST_ASKED] for start in range(0, len(named), _MOST_ASKED))
        bodies += [(connector, kind, orjson.dumps(part).decode()) for part in parts]
    if bodies:
        await resources.database.read(schema, lambda connection: connection.executemany(query, bodies))
    for connector in connectors:
        resources.wakeups.wake(tenant, connector)


def _listed(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": str(letter.id),
        "connector": letter.connector,
        "message": letter.message or None,
        "index": letter.index,
        "entity": letter.entity,
        "attribute": letter.attribute,
        "reason": letter.reason,
        "received": from_instant(letter.received_at),
        "attempts": letter.attempts,
    }


def _shown(content: bytes | None) -> Any:
    """JSON as JSON, anything else as text; of what is large, the beginning."""
    if content is None:
        return None
    if len(content) > MOST_BYTES:
        return content[:MOST_BYTES].decode("utf-8", "replace")
    try:
        return orjson.loads(content)
    except ValueError:
        return content.decode("utf-8", "replace")


def selection_of(ids: Sequence[str], connector: str | None, *, everything: bool) -> Selection:
    """The dead letters that a command names; exactly one way of naming them."""
    if sum((bool(ids), connector is not None, everything)) != 1:
        raise InvalidRequest("Name dead letters by their ids, by a connector, or all of them")
    return Selection(tuple(to_number(letter) for letter in ids) if ids else None, connector)
