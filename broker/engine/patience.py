# SPDX-License-Identifier: EUPL-1.2
"""Reads of queries that callers wrote: one that takes too long, or that PostgreSQL refuses, is theirs to change."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from allmende.database.failures import Refused, TimedOut
from allmende.database.pool import Connection
from allmende.errors import BadRequestData, TooComplexQuery
from auth.policy import Visible
from broker.engine.resources import Resources

T = TypeVar("T")


async def read_query(
    resources: Resources,
    schema: str,
    work: Callable[[Connection], Awaitable[T]],
    *,
    visible: Visible,
    remedy: Callable[[], str],
) -> T:
    """What `work` finds; TooComplexQuery says the remedy."""
    try:
        return await resources.read(schema, visible, work)
    except TimedOut as error:
        raise TooComplexQuery(f"The query takes longer than ALLMENDE_STATEMENT_TIMEOUT allows; {remedy()}") from error
    except Refused as error:
        raise BadRequestData("The query cannot be answered; check idPattern and the patterns of q") from error


def narrow_history() -> str:
    """What makes a query of history faster."""
    return "narrow it by type, id, attrs or time"
