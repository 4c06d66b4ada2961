# SPDX-License-Identifier: EUPL-1.2
"""Messages inside a transaction: their ids, dead letters and receipts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from allmende.database.pool import Connection
from broker.engine.operations import Operation, Origin, Outcomes, Rejection
from broker.store import SQL
from broker.store.literals import numerals

KEPT: Final = timedelta(days=7)
MOST_BYTES: Final = 64 * 1024
"""Of a raw record, and of what is shown; a payload is kept whole, so that it can be applied again."""


async def claim_messages(
    connection: Connection,
    schema: str,
    operations: Sequence[Operation],
    now: datetime,
) -> dict[tuple[str, str], bytes]:
    """Claim the ids of a batch's messages; return the receipts of those that had been received before.

    A message that stands twice in the batch is not claimed twice: its second copy finds the receipt of the first.
    """
    claims: dict[tuple[str, str], int] = {}
    for operation in operations:
        if operation.key is not None:
            claims.setdefault(operation.key, len(operation.ids))
    if not claims:
        return {}
    keys = sorted(claims)
    columns = [key[0] for key in keys], [key[1] for key in keys]
    sizes = numerals([claims[key] for key in keys])
    claimed = await connection.fetchval(SQL.text("insert_received", schema), *columns, now + KEPT, sizes)
    if claimed == len(keys):
        return {}
    known = await connection.fetch(SQL.text("get_received", schema), *columns)
    return {
        (connector, message): receipt.encode() if receipt else to_receipt(message, stored, [])
        for connector, message, receipt, stored in known
    }


def settle_ordinary(operation: Operation, outcomes: Outcomes) -> bool:
    """Make the receipt of a message of which all is stored, which needs no statement; whether it is one."""
    origin = operation.origin
    if origin is None:
        return True
    if outcomes.rejected or outcomes.stored != len(operation.ids) or origin.replays or origin.letter is not None:
        return False
    if origin.message is not None:
        outcomes.receipt = to_receipt(origin.message, outcomes.stored, ())
    return True


async def settle_message(connection: Connection, operation: Operation, outcomes: Outcomes, now: datetime) -> None:
    """Keep what of a message is not stored as dead letters, or forget the letter that it answers; make its receipt."""
    origin, schema = operation.origin, operation.schema
    assert origin is not None  # noqa: S101 - settle_ordinary has all others
    letters = [(rejection, await _bury(connection, schema, origin, rejection, now)) for rejection in outcomes.rejected]
    if not letters:
        await _forget_letter(connection, schema, origin)
    if origin.message is None:
        return
    outcomes.receipt = to_receipt(origin.message, outcomes.stored, letters)
    if letters or outcomes.stored != len(operation.ids):
        columns: list[Any] = [[origin.connector], [origin.message], [outcomes.receipt.decode()], [outcomes.stored]]
        await connection.execute(SQL.text("update_received", schema), *columns)


def to_receipt(message: str, stored: int, letters: Sequence[tuple[Rejection, int]]) -> bytes:
    """The JSON of a receipt (docs/reference/mqtt.md)."""
    rejected = []
    for rejection, letter in letters:
        entry: dict[str, Any] = {"index": rejection.position}
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
    """Put a rejection among the dead letters, or renew the one that was sent again; its id."""
    known = await _renew(connection, schema, origin, rejection)
    if known is not None:
        return known
    letter: int = await connection.fetchval(
        SQL.text("put_dead_letter", schema),
        origin.connector,
        origin.message or "",
        rejection.position,
        "record" if origin.kind == "deadletters" else origin.kind,
        _clean(rejection.entity),
        _clean(rejection.attribute),
        _clean(rejection.reason),
        rejection.payload,
        rejection.record and rejection.record[:MOST_BYTES],
        now,
    )
    return letter


async def _renew(connection: Connection, schema: str, origin: Origin, rejection: Rejection) -> int | None:
    """The dead letter that a message sends again, with its new reason; an id may look so, and there is none."""
    reason, attribute = _clean(rejection.reason), _clean(rejection.attribute)
    if origin.letter is not None:
        await connection.execute(SQL.text("renew_dead_letter", schema), origin.letter, reason, attribute)
        return origin.letter
    if origin.replays is None:
        return None
    query = SQL.text("renew_dead_letter_by_origin", schema)
    letter: int | None = await connection.fetchval(query, origin.connector, *origin.replays, reason, attribute)
    return letter


def _clean(text: str | None) -> str | None:
    """PostgreSQL's text holds neither U+0000 nor lone surrogates."""
    return text and text.replace("\x00", "\\u0000").encode("utf-8", "backslashreplace").decode()
