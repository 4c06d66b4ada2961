# SPDX-License-Identifier: EUPL-1.2
"""What is asked may depend on the day."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from connectors.declarative.kinds.http import HttpSource
from connectors.declarative.sources.web.asking import Asker, Surroundings
from connectors.declarative.sources.web.breakers import Breakers
from connectors.declarative.sources.web.dates import fill_dates
from connectors.declarative.sources.web.failures import Place
from connectors.declarative.sources.web.masking import Shown
from connectors.declarative.sources.web.source import WebSource
from tests.connectors.hosts import host

NOW = datetime(2026, 3, 1, 0, 20, 5, 900, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{today}", "2026-03-01"),
        ("{today-1d}", "2026-02-28"),
        ("{today+31d}", "2026-04-01"),
        ("{today-30m}", "2026-02-28"),
        ("{now}", "2026-03-01T00:20:05Z"),
        ("{now-2h}", "2026-02-28T22:20:05Z"),
        ("{today-1d}T00:00:00/{now+15m}", "2026-02-28T00:00:00/2026-03-01T00:35:05Z"),
        ("{yesterday} {today-1w} {today -1d} {} today", "{yesterday} {today-1w} {today -1d} {} today"),
    ],
)
def test_dates_are_counted_from_now(text: str, filled: str) -> None:
    assert fill_dates(text, NOW) == filled


def test_each_pass_asks_for_its_own_day(tmp_path: Path) -> None:
    days = iter([NOW, NOW, NOW.replace(day=2)])

    async def read_twice(source: WebSource) -> None:
        for _ in range(2):
            assert [record.content async for record in source.read({})] == [{"id": 1}]

    with host() as city:
        city.serve("/a", [{"id": 1}])
        block = HttpSource(type="http", url=f"{city.url}/a", params={"from": "{today}"})
        around = Surroundings(folder=tmp_path, shown=Shown.without([]), breakers=Breakers())
        asker = Asker(block, httpx.URL(block.url), Place(block="source", auth=None), around)

        asyncio.run(read_twice(WebSource(block, asker, clock=lambda: next(days))))

        assert [asked.params for asked in city.asked] == [{"from": "2026-03-01"}, {"from": "2026-03-02"}]
