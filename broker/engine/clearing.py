# SPDX-License-Identifier: EUPL-1.2
"""Clears away history whose time is over, a bounded number of rows at a time; the current state stays as it is."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple, TypeVar

import structlog

from allmende.database.pool import SERVING, Connection, Database
from allmende.errors import AllmendeError, Unavailable
from auth.tenants import Tenants
from broker.ngsi.retention import Retention, first_kept
from broker.store.retention import Old, carry_scopes, delete_old, drop_chunks, find_old, list_names
from broker.store.timeseries import find_series

_NAMES: Final = 200
_SERIES: Final = 1_000
_OF_EACH: Final = 500
_ROWS: Final = 5_000
_log = structlog.get_logger()
_Answer = TypeVar("_Answer")


class Cleared(NamedTuple):
    """How many instances were deleted, and how many parts of history were dropped as a whole."""

    rows: int = 0
    chunks: int = 0


async def clear_history(database: Database, tenants: Tenants, retention: Retention, now: datetime) -> Cleared:
    """Clear the history of all tenants, of which one that fails holds up no other; how much there was."""
    total = Cleared()
    for schema in await tenants.schemas():
        try:
            cleared = await _Clearing(database, schema, retention, now).clear()
        except Unavailable:
            raise
        except AllmendeError as error:
            _log.info("clearing_failed", tenant=schema.removeprefix("t_"), reason=str(error))
            continue
        if any(cleared):
            _log.info("history_cleared", tenant=schema.removeprefix("t_"), rows=cleared.rows, chunks=cleared.chunks)
        total = Cleared(total.rows + cleared.rows, total.chunks + cleared.chunks)
    return total


@dataclass(frozen=True, slots=True)
class _Clearing:
    """One tenant's history. Each statement is short, so that others need not wait for a connection."""

    database: Database
    schema: str
    retention: Retention
    now: datetime

    async def clear(self) -> Cleared:
        """Scopes last until they change, so those that hold are told anew before what is old goes."""
        await self._for_each_slice(self._carry)
        chunks = await self._drop()
        return Cleared(await self._for_each_slice(self._delete), chunks)

    async def _for_each_slice(self, work: Callable[[Sequence[int], datetime], Awaitable[int]]) -> int:
        """Do something with some entities at a time whose history is kept equally long."""
        after, done = -1, 0
        while names := await self._read(partial(list_names, schema=self.schema, after=after, limit=_NAMES)):
            after = names[-1][0]
            groups: dict[datetime, list[int]] = defaultdict(list)
            for seq, types in names:
                kept_for = self.retention.of(types)
                if kept_for is not None:
                    groups[first_kept(self.now, kept_for)].append(seq)
            for before, seqs in groups.items():
                done += await work(seqs, before)
        return done

    async def _carry(self, seqs: Sequence[int], before: datetime) -> int:
        await self._read(lambda one: carry_scopes(one, self.schema, seqs, before))
        return 0

    async def _drop(self) -> int:
        longest = self.retention.longest
        if longest is None:
            return 0
        async with self.database.reading(SERVING) as connection:
            return await drop_chunks(connection, self.schema, first_kept(self.now, longest))

    async def _delete(self, seqs: Sequence[int], before: datetime) -> int:
        series = await self._read(lambda one: find_series(one, self.schema, seqs))
        return sum([await self._delete_of(series[at : at + _SERIES], before) for at in range(0, len(series), _SERIES)])

    async def _delete_of(self, series: Sequence[tuple[int, int, int]], before: datetime) -> int:
        deleted = 0
        while series:
            found = await self._read(
                partial(find_old, schema=self.schema, series=series, before=before, limit=_OF_EACH)
            )
            for old in _bounded(found):
                await self._read(partial(delete_old, schema=self.schema, old=old, before=before))
                deleted += sum(one.rows for one in old)
            series = [one[:3] for one in found if one.rows == _OF_EACH]
        return deleted

    async def _read(self, work: Callable[[Connection], Awaitable[_Answer]]) -> _Answer:
        return await self.database.read(self.schema, work)


def _bounded(found: Sequence[Old]) -> Iterator[list[Old]]:
    """Series that together have few enough rows for one statement."""
    part: list[Old] = []
    for one in found:
        if sum(other.rows for other in part) + one.rows > _ROWS:
            yield part
            part = []
        part.append(one)
    if part:
        yield part
