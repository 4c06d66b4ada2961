# SPDX-License-Identifier: EUPL-1.2
"""Reads that share a statement: each gets its own answer, and none waits for ever."""

import asyncio

import pytest

from allmende.database.failures import TimedOut
from allmende.errors import Unavailable
from auth.policy import Visible
from broker.engine.reading import Reader

EVERYTHING = Visible.everything()


class Rows:
    """A database of two entities, or one that fails."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.asked: list[list[str]] = []

    async def read(self, _schema, work):
        await asyncio.sleep(0)
        return await work(self)

    async def fetch(self, _query, ids):
        if self.failure is not None:
            raise self.failure
        self.asked.append(ids)
        return [(entity_id,) for entity_id in ids if entity_id in {"urn:a:1", "urn:a:2"}]


async def test_each_reader_gets_the_entity_that_it_asked_for():
    rows = Rows()
    reader = Reader(rows)
    ids = ["urn:a:1", "urn:a:2", "urn:a:3", "urn:a:1"]

    answers = await asyncio.gather(*[reader.get("t_default", entity_id, EVERYTHING) for entity_id in ids])

    assert answers == [("urn:a:1",), ("urn:a:2",), None, ("urn:a:1",)]
    assert len(rows.asked) < len(ids)


@pytest.mark.parametrize(
    ("failure", "told"),
    [(Unavailable("away"), Unavailable), (TimedOut("slow"), Unavailable), (KeyError("a fault of ours"), KeyError)],
)
async def test_every_reader_is_told_of_a_failure(failure, told):
    reader = Reader(Rows(failure))
    ids = ["urn:a:1", "urn:a:2", "urn:a:3"]

    answers = await asyncio.wait_for(
        asyncio.gather(*[reader.get("t_default", one, EVERYTHING) for one in ids], return_exceptions=True), 5
    )

    assert [type(answer) for answer in answers] == [told] * 3


async def test_a_reader_that_goes_away_disturbs_nobody():
    reader = Reader(Rows())
    leaving, staying = [reader.get("t_default", "urn:a:1", EVERYTHING) for _ in range(2)]

    leaving.cancel()

    assert await asyncio.wait_for(staying, 5) == ("urn:a:1",)
