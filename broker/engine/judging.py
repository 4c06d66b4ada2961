# SPDX-License-Identifier: EUPL-1.2
"""Exact decisions of geo-queries, each in a thread; what they need is loaded when the first one comes."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from allmende.database.failures import TimedOut
from broker.ngsi.geoqueries import GeoQuery, Place

if TYPE_CHECKING:
    from broker.ngsi.shapes import Judge


async def open_judge(geo: GeoQuery, is_late: Callable[[], bool]) -> "Judge":
    """Who decides a geo-query."""
    return await asyncio.to_thread(_judge, geo, is_late)


async def find_matching(judge: "Judge", places: Sequence[Place], is_late: Callable[[], bool]) -> list[int]:
    """The entities of which a place matches, in the order of the places; TimedOut where it is or gets late."""
    if not is_late():
        with suppress(TimeoutError):
            return await asyncio.to_thread(_matching, judge, places)
    raise TimedOut("The geo-query took longer than a statement may")


def _judge(geo: GeoQuery, is_late: Callable[[], bool]) -> "Judge":
    from broker.ngsi.shapes import Judge

    return Judge(geo, is_late)


def _matching(judge: "Judge", places: Sequence[Place]) -> list[int]:
    from broker.ngsi.shapes import matching

    return matching(judge, places)
