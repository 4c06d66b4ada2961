# SPDX-License-Identifier: EUPL-1.2
"""The charts of an entity's page: which are open, and the series that they are told from."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from allmende.errors import NotFound, OperationNotSupported
from api.charts import DEFAULT_RANGE, RANGES, TABLE_POINTS, numbers_of, to_chart
from api.entities import Row
from api.platform import Platform, Reader
from broker.engine.series import retrieve_series
from broker.ngsi.series import FIRST, Series, SeriesQuery

FIRST_CHARTS: Final = 3
FEW_FOLDED: Final = 12
"""More charts that are not open are folded up together."""
MOST_CHARTS: Final = 12
"""At most so many are open in one answer, since each is a query."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which charts: how far back, those named beside the first ones; `part`: what of the page is answered."""

    reach: str | None
    named: frozenset[str]
    """Keys of instances."""
    part: str | None


async def draw_charts(
    platform: Platform, reader: Reader, entity_id: str, rows: list[Row], wanted: Wanted
) -> dict[str, Any]:
    """What templates need for charts; where only values are asked for, none is drawn."""
    reach = wanted.reach or DEFAULT_RANGE
    numbers = [] if wanted.part == "values" else numbers_of(rows)
    start = _start(platform.resources.clock(), reach)
    opened = _opened(numbers, wanted)
    found = await asyncio.gather(*(_series(platform, reader, entity_id, row, start) for row in opened))
    series = {row.key: one for row, one in zip(opened, found, strict=True)}
    slow = {key for key, one in series.items() if one is None}
    charts = [to_chart(row, series.get(row.key), reader.language, is_slow=row.key in slow) for row in numbers]
    if wanted.part == "charts" and wanted.named:
        charts = [chart for chart in charts if chart.key in wanted.named]
    named = [row.key for row in opened if row.key in wanted.named]
    return {"charts": charts, "reach": reach, "reaches": list(RANGES), "named": named, "few": FEW_FOLDED}


def _opened(numbers: list[Row], wanted: Wanted) -> list[Row]:
    named = [row for row in numbers if row.key in wanted.named]
    if wanted.part == "charts" and wanted.named:
        return named[:MOST_CHARTS]
    # What was never measured hardly ever changes; its chart is there for those who ask.
    measured = [row for row in numbers if row.group == "measured"]
    first = [row for row in (measured or numbers)[:FIRST_CHARTS] if row.key not in wanted.named]
    return [*first, *named][:MOST_CHARTS]


def _start(now: datetime, reach: str) -> datetime:
    back = RANGES[reach]
    return FIRST if back is None else now - back


async def _series(platform: Platform, reader: Reader, entity_id: str, row: Row, start: datetime) -> Series | None:
    """The series of an instance, None where it takes too long; one whose history is gone has no points."""
    query = SeriesQuery(row.iri, row.dataset, start=start, points=TABLE_POINTS)
    try:
        return await retrieve_series(platform.resources, reader.tenant, entity_id, query, visible=reader.visible)
    except NotFound:
        return _NOTHING
    except OperationNotSupported:
        return None


_NOTHING: Final = Series(FIRST - FIRST, [], None)
