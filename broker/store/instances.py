# SPDX-License-Identifier: EUPL-1.2
"""Single instances of history: find them, take them away."""

from collections.abc import Sequence
from datetime import datetime

from allmende.database.pool import Connection
from broker.ngsi.history import SCOPE_IRI, Erasure
from broker.ngsi.instanceids import InstanceKey
from broker.ngsi.instants import to_instant
from broker.store import SQL
from broker.store.vocabulary import Numbers


async def has_dataset(connection: Connection, schema: str, seq: int, attribute: int, dataset: str | None) -> bool:
    """Whether an attribute has history of a dataset; None is the default instance."""
    return bool(await connection.fetchval(SQL.text("has_history_dataset", schema), seq, attribute, dataset))


async def find_instance(connection: Connection, schema: str, key: InstanceKey) -> tuple[str | None, bool] | None:
    """The dataset of an instance, and whether its time is that of an observation; None where there is no such instance."""
    row = await connection.fetchrow(SQL.text("get_history_instance", schema), *key)
    return None if row is None else (row["uri"], row["observed"])


async def find_newest_scopes(connection: Connection, schema: str, seqs: Sequence[int]) -> dict[int, datetime]:
    """The time of the last scopes that entities have had, by their numbers; those that never had any are left out."""
    rows = await connection.fetch(SQL.text("get_newest_scopes", schema), seqs, SCOPE_IRI)
    return {row["seq"]: row["time"] for row in rows}


async def erase_history(connection: Connection, schema: str, erased: Sequence[Erasure], names: Numbers) -> None:
    """Delete what is to go; nulls stand for all."""
    times: list[datetime | None] = [None if one.time is None else to_instant(one.time) for one in erased]
    await connection.fetch(
        SQL.text("delete_history", schema),
        [one.seq for one in erased],
        [None if one.attribute is None else names.attributes[one.attribute] for one in erased],
        [None if one.datasets else names.dataset(one.dataset) for one in erased],
        times,
    )
