# SPDX-License-Identifier: EUPL-1.2
"""Values that are kept while they are worth it, and made by one at a time."""

import asyncio

import pytest

from broker.engine.keeping import Kept


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

    def kept(self) -> Kept[int]:
        return Kept(self, lambda: self.now)


async def test_each_who_asks_anew_gets_a_value_of_its_own():
    kept = Maker(2).kept()

    assert [await kept.anew() for _ in range(3)] == [1, 2, 3]


async def test_the_last_one_is_kept_for_fifty_times_as_long_as_it_took():
    maker = Maker(2)
    kept = maker.kept()
    await kept.anew()

    maker.now += 99
    kept.last()
    await settle(maker)
    fresh = kept.last()
    maker.now += 2
    old = kept.last()
    await settle(maker)

    assert (fresh, old, kept.last()) == (1, 1, 2)


async def test_the_last_one_is_given_while_a_new_one_is_made_once():
    maker = Maker(2)
    kept = maker.kept()
    await kept.anew()
    maker.now += 101
    maker.gate.clear()

    meanwhile = [kept.last() for _ in range(5)]
    await asyncio.sleep(0)
    meanwhile.append(kept.last())
    maker.gate.set()
    await settle(maker)

    assert meanwhile == [1] * 6
    assert (kept.last(), maker.most) == (2, 1)


async def test_who_asks_anew_while_one_is_made_gets_one_that_was_begun_later():
    maker = Maker(2)
    kept = maker.kept()
    maker.gate.clear()
    early = asyncio.create_task(kept.anew())
    await asyncio.sleep(0)
    late = [asyncio.create_task(kept.anew()) for _ in range(3)]
    await asyncio.sleep(0)

    maker.gate.set()

    assert (await early, await asyncio.gather(*late)) == (1, [2, 2, 2])
    assert maker.most == 1


async def test_one_who_goes_away_takes_the_value_from_nobody():
    maker = Maker(2)
    kept = maker.kept()
    maker.gate.clear()
    kept.last()
    tasks = [asyncio.create_task(kept.anew()) for _ in range(2)]
    maker.gate.set()
    while maker.made < 1 or not maker.running:
        await asyncio.sleep(0)

    tasks[0].cancel()

    assert await tasks[1] == 2


async def test_before_the_first_one_there_is_none():
    maker = Maker(2)
    kept = maker.kept()

    early = kept.last()
    await settle(maker)

    assert (early, kept.last()) == (None, 1)


async def test_a_failure_is_told_and_the_next_one_who_asks_tries_again():
    maker = Maker(2)
    kept = maker.kept()
    maker.failure = OSError("away")

    with pytest.raises(OSError, match="away"):
        await kept.anew()
    maker.failure = None

    assert await kept.anew() == 1


async def settle(maker: Maker) -> None:
    """Let what was begun come to its end."""
    for _ in range(10):
        await asyncio.sleep(0)
    assert not maker.running
