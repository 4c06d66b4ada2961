# SPDX-License-Identifier: EUPL-1.2
"""Values that are cached while they are worth it, and made by one at a time."""

import asyncio

import pytest

from broker.engine.caching import Cached


class Maker:
    """Makes 1, 2, 3 …, each when it is let; `takes` seconds of its own clock."""

    def __init__(self, takes: float) -> None:
        self.takes, self.now, self.made, self.running, self.most = takes, 1000.0, 0, 0, 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.failure: Exception | None = None

    async def __call__(self) -> int:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.gate.wait()
            await asyncio.sleep(0)
            if self.failure is not None:
                raise self.failure
            self.now += self.takes
            self.made += 1
            return self.made
        finally:
            self.running -= 1

    def cached(self) -> Cached[int]:
        return Cached(self, lambda: self.now)


async def test_each_who_asks_anew_gets_a_value_of_its_own():
    cached = Maker(2).cached()

    assert [await cached.anew() for _ in range(3)] == [1, 2, 3]


async def test_the_last_one_is_cached_for_fifty_times_as_long_as_it_took():
    maker = Maker(2)
    cached = maker.cached()
    await cached.anew()

    maker.now += 99
    cached.last()
    await settle(maker)
    fresh = cached.last()
    maker.now += 2
    old = cached.last()
    await settle(maker)

    assert (fresh, old, cached.last()) == (1, 1, 2)


async def test_the_last_one_is_given_while_a_new_one_is_made_once():
    maker = Maker(2)
    cached = maker.cached()
    await cached.anew()
    maker.now += 101
    maker.gate.clear()

    meanwhile = [cached.last() for _ in range(5)]
    await asyncio.sleep(0)
    meanwhile.append(cached.last())
    maker.gate.set()
    await settle(maker)

    assert meanwhile == [1] * 6
    assert (cached.last(), maker.most) == (2, 1)


async def test_who_asks_anew_while_one_is_made_gets_one_that_was_begun_later():
    maker = Maker(2)
    cached = maker.cached()
    maker.gate.clear()
    early = asyncio.create_task(cached.anew())
    await asyncio.sleep(0)
    late = [asyncio.create_task(cached.anew()) for _ in range(3)]
    await asyncio.sleep(0)

    maker.gate.set()

    assert (await early, await asyncio.gather(*late)) == (1, [2, 2, 2])
    assert maker.most == 1


async def test_one_who_goes_away_takes_the_value_from_nobody():
    maker = Maker(2)
    cached = maker.cached()
    maker.gate.clear()
    cached.last()
    tasks = [asyncio.create_task(cached.anew()) for _ in range(2)]
    maker.gate.set()
    while maker.made < 1 or not maker.running:
        await asyncio.sleep(0)

    tasks[0].cancel()

    assert await tasks[1] == 2


async def test_before_the_first_one_there_is_none():
    maker = Maker(2)
    cached = maker.cached()

    early = cached.last()
    await settle(maker)

    assert (early, cached.last()) == (None, 1)


async def test_a_failure_is_told_and_the_next_one_who_asks_tries_again():
    maker = Maker(2)
    cached = maker.cached()
    maker.failure = OSError("away")

    with pytest.raises(OSError, match="away"):
        await cached.anew()
    maker.failure = None

    assert await cached.anew() == 1


async def settle(maker: Maker) -> None:
    """Let what was begun come to its end."""
    for _ in range(10):
        await asyncio.sleep(0)
    assert not maker.running
