# SPDX-License-Identifier: EUPL-1.2
"""Series of history summed up period by period (ETSI GS CIM 009, 4.5.19)."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple, TypeAlias

from allmende.database.pool import Connection
from allmende.errors import OperationNotSupported, TooComplexQuery
from broker.engine.evolutions import FIRST, LAST
from broker.ngsi.aggregation import Aggregation, Period, Summary, split_periods
from broker.ngsi.durations import Duration, later, numbers_of
from broker.store.aggregation import Extent, Part, Summed, Wanted, find_extents, find_last_times, summarize
from broker.store.series import PARTS, InstanceKey
from broker.store.timeseries import Series
from broker.store.vocabulary import DEFAULT_INSTANCE, Vocabulary
from broker.store.where_history import Window

Range: TypeAlias = tuple[datetime, datetime]

_MOST_PARTS: Final = 50_000
_TICK: Final = timedelta(microseconds=1)


class Limits(NamedTuple):
    """How much is told: at most `cap` periods of all series together; `last_n`: of the last instances of attributes."""

    cap: int
    last_n: int | None = None


class Aggregated(NamedTuple):
    """Summaries by the numbers of entity and attribute, the default instance first."""

    summaries: Mapping[tuple[int, int], Sequence[Summary]]
    told: Range | None = None
    """What is told in full, where the broker's limit has cut the rest."""


async def aggregate(
    connection: Connection,
    schema: str,
    series: Sequence[Series],
    window: Window,
    aggregation: Aggregation,
    limits: Limits,
    *,
    vocabulary: Vocabulary,
) -> Aggregated:
    """Sum up series; those of the last instances the last periods first, where not all may be told."""
    _require_whole(series)
    cap, last_n = limits
    if last_n is not None and series:
        times = await find_last_times(connection, schema, series, window, last_n)
        series = [one._replace(start=times.get((one.seq, one.attribute), one.start)) for one in series]
    extents = await find_extents(connection, schema, series, window) if series else []
    period = aggregation.period
    ranges = _ranges(extents, window)
    width = None if period is None or period.months else period.rest
    wanted = Wanted(width, aggregation.methods, cap + 1, newest_first=last_n is not None)
    parts = await asyncio.to_thread(_parts, extents, ranges, period)
    summed = await summarize(connection, schema, parts, window, wanted)
    datasets = {one.key.dataset for one in summed if one.key.dataset != DEFAULT_INSTANCE}
    uris = await vocabulary.datasets.resolve(connection, schema, datasets)
    kept, truncated = _cut(summed, cap)
    ends = {(part.key.seq, part.origin): part.end for part in parts}
    summaries = _gather(kept if last_n is None else reversed(kept), ends, width, uris)
    told = _told_range(summaries, window, newest_first=last_n is not None) if truncated else None
    return Aggregated(summaries, told)


def _require_whole(series: Iterable[Series]) -> None:
    """A period cannot be summed up from pieces, as an entity that left a scope and came back has them."""
    pieces = Counter(one[:3] for one in series)
    if any(count > 1 for count in pieces.values()):
        raise OperationNotSupported(
            "Aggregated values are not supported where 'scopeQ' matches an entity in several ranges of time; "
            "leave 'scopeQ' out, or narrow the time"
        )


def _ranges(extents: Iterable[Extent], window: Window) -> dict[int, Range]:
    """The range of each entity: where the query leaves an end open, it is that of its instances."""
    firsts: dict[int, datetime] = {}
    lasts: dict[int, datetime] = {}
    for (seq, *_), first, last in extents:
        firsts[seq] = min(first, firsts.get(seq, first))
        lasts[seq] = max(last, lasts.get(seq, last))
    return {
        seq: (first if window.start == FIRST else window.start, lasts[seq] if window.end == LAST else window.end)
        for seq, first in firsts.items()
    }


def _parts(extents: Sequence[Extent], ranges: Mapping[int, Range], period: Duration | None) -> list[Part]:
    """Series in ranges of whole periods; periods that have no width of their own one by one."""
    if period is None:
        return [Part(key, first, last + _TICK, *ranges[key.seq]) for key, first, last in extents]
    if not period.months:
        parts = max(1, PARTS // max(1, len(extents)))
        return [
            Part(key, start, stop, *ranges[key.seq])
            for key, first, last in extents
            for start, stop in split_periods(ranges[key.seq][0], first, last, period.rest, parts)
        ]
    numbers = [numbers_of(ranges[key.seq][0], first, last, period) for key, first, last in extents]
    if sum(map(len, numbers)) > _MOST_PARTS:
        raise TooComplexQuery(
            f"The query asks for more than {_MOST_PARTS:,} periods of months; "
            "ask for a longer aggrPeriodDuration, for fewer attributes, or for a shorter range"
        )
    return [
        part
        for extent, known in zip(extents, numbers, strict=True)
        for part in _calendar_parts(extent, ranges[extent.key.seq][0], period, known)
    ]


def _calendar_parts(extent: Extent, origin: datetime, period: Duration, numbers: Iterable[int]) -> Iterator[Part]:
    for number in numbers:
        start, stop = later(origin, period, number), later(origin, period, number + 1)
        yield Part(extent.key, max(start, extent.first), min(stop, extent.last + _TICK), start, stop)


def _cut(summed: list[Summed], cap: int) -> tuple[list[Summed], bool]:
    """At most `cap` periods, cut where some begin, so that no series is half told; whether anything was cut."""
    if len(summed) <= cap:
        return summed, False
    border = summed[cap].start
    return [one for one in summed[:cap] if one.start != border] or summed[:cap], True


def _gather(
    summed: Iterable[Summed],
    ends: Mapping[tuple[int, datetime], datetime],
    width: timedelta | None,
    uris: Mapping[int, str],
) -> dict[tuple[int, int], list[Summary]]:
    """The periods by series; those of a fixed width end where that is over, the others where `ends` says."""
    found: dict[tuple[InstanceKey, bool], list[Period]] = defaultdict(list)
    for key, start, is_relationship, told in summed:
        end = ends[key.seq, start] if width is None else later(start, Duration(0, width))
        found[key, is_relationship].append(Period(start, end, told))
    summaries: dict[tuple[int, int], list[Summary]] = defaultdict(list)
    for (key, is_relationship), periods in sorted(found.items(), key=lambda one: one[0]):
        summaries[key.seq, key.attribute].append(Summary(uris.get(key.dataset), is_relationship, periods))
    return summaries


def _told_range(summaries: Mapping[tuple[int, int], Sequence[Summary]], window: Window, *, newest_first: bool) -> Range:
    """What is told in full: from the edge that the reading began at to the end of the last period (6.3.10)."""
    periods = [period for each in summaries.values() for summary in each for period in summary.periods]
    first, last = min(period.start for period in periods), max(period.end for period in periods)
    if newest_first:
        return (last if window.end == LAST else window.end), first
    return (first if window.start == FIRST else window.start), last
