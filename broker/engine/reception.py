# SPDX-License-Identifier: EUPL-1.2
"""Messages inside a transaction: their ids, dead letters and receipts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from allmende.database.pool import Connection
from allmende.errors import RequestError
from broker.engine.operations import Operation, Origin, Outcome, Rejection
from broker.store import SQL

KEPT: Final = timedelta(days=7)
MOST_BYTES: Final = 64 * 1024


async def claim_messages(
    connection: Connection,
    schema: str,
    operations: Sequence[Operation],
    now: datetime,
) -> dict[tuple[str, str], bytes]:
    """Claim the ids of a batch's messages; return the receipts of those that had been received before.

    A message that stands twice in the batch is not claimed twice: its second copy finds the receipt of the first.
    """
    claims = {_key(operation): len(operation.steps) for operation in operations if _has_id(operation)}
    if not claims:
        return {}
    keys = sorted(claims)
    connectors, messages = [key[0] for key in keys], [key[1] for key in keys]
    sizes = [claims[key] for key in keys]
    rows = await connection.fetch(SQL.text("insert_received", schema), connectors, messages, now + KEPT, sizes)
    if len(rows) == len(keys):
        return {}
    fresh = {(connector, message) for connector, message in rows}
    known = [key for key in keys if key not in fresh]
    rows = await connection.fetch(
        SQL.text("get_received", schema), [key[0] for key in known], [key[1] for key in known]
    )
    return {
        (connector, message): receipt.encode() if receipt else to_receipt(message, stored, [])
        for connector, message, receipt, stored in rows
    }


async def settle_message(
    connection: Connection,
    schema: str,
    operation: Operation,
    outcomes: list[Outcome],
    now: datetime,
) -> bytes | None:
    """Keep what a message could not have stored as dead letters; return its receipt."""
    origin = operation.origin
    if origin is None:
        return None
    failed = [
        rejection_of(origin, step.index, step.entity_id, outcome)
        for step, outcome in zip(operation.steps, outcomes, strict=True)
        if isinstance(outcome, RequestError)
    ]
    stored = len(outcomes) - len(failed)
    rejected = sorted([*origin.rejections, *failed], key=lambda rejection: rejection.index)
    if not rejected:
        await _forget_letter(connection, schema, origin)
    letters = [(rejection, await _bury(connection, schema, origin, rejection, now)) for rejection in rejected]
    if origin.message is None:
        return None
    receipt = to_receipt(origin.message, stored, letters)
    if letters:
        columns: list[Any] = [[origin.connector], [origin.message], [receipt.decode()], [stored]]
        await connection.execute(SQL.text("update_received", schema), *columns)
    return receipt


def rejection_of(origin: Origin, index: int, entity_id: str, error: RequestError) -> Rejection:
    """The rejection of an entity that was understood and cannot be stored."""
    return Rejection(index, str(error), entity_id, error.attribute, origin.part(index))


def to_receipt(message: str, stored: int, letters: Sequence[tuple[Rejection, int]]) -> bytes:
    """The JSON of a receipt (docs/reference/mqtt.md)."""
    if not letters:
        return orjson.dumps({"id": message, "stored": stored, "rejected": []})
    rejected = []
    for rejection, letter in letters:
        entry: dict[str, Any] = {"index": rejection.index}
        if rejection.entity is not None:
            entry["entity"] = rejection.entity
        rejected.append({**entry, "reason": rejection.reason, "deadletter": str(letter)})
    return orjson.dumps({"id": message, "stored": stored, "rejected": rejected})


async def _forget_letter(connection: Connection, schema: str, origin: Origin) -> None:
    """What was sent again is stored: its dead letter leaves the list."""
    if origin.letter is not None:
        await connection.execute(SQL.text("delete_dead_letters", schema), [origin.letter])
    elif origin.replays is not None:
        await connection.execute(SQL.text("delete_dead_letter_by_origin", schema), origin.connector, *origin.replays)


async def _bury(connection: Connection, schema: str, origin: Origin, rejection: Rejection, now: datetime) -> int:
    if origin.letter is not None:
        reason, attribute = _clean(rejection.reason), _clean(rejection.attribute)
        await connection.execute(SQL.text("renew_dead_letter", schema), origin.letter, reason, attribute)
        return origin.letter
    message, index = origin.replays or (origin.message or "", rejection.index)
    kind = "record" if origin.kind == "deadletters" else origin.kind
    letter: int = await connection.fetchval(
        SQL.text("put_dead_letter", schema),
        origin.connector,
        message,
        index,
        kind,
        _clean(rejection.entity),
        _clean(rejection.attribute),
        _clean(rejection.reason),
        rejection.payload and rejection.payload[:MOST_BYTES],
        rejection.record and rejection.record[:MOST_BYTES],
        now,
    )
    return letter


def _clean(text: str | None) -> str | None:
    """PostgreSQL's text holds neither U+0000 nor lone surrogates."""
    return text and text.replace("\x00", "\\u0000").encode("utf-8", "backslashreplace").decode()


def _has_id(operation: Operation) -> bool:
    return operation.origin is not None and operation.origin.message is not None


def _key(operation: Operation) -> tuple[str, str]:
    origin = operation.origin
    assert origin is not None  # noqa: S101 - _has_id was asked before
    return origin.connector, origin.message or ""
