# SPDX-License-Identifier: EUPL-1.2
"""Reads that share a statement: each gets its own answer, and none waits for ever."""

import asyncio
from datetime import UTC, datetime

import pytest

from allmende.database.failures import TimedOut
from allmende.errors import Unavailable
from auth.policy import Share, Visible
from broker.engine.reading import Reader

EVERYTHING = Visible.everything()
TIME = datetime(2026, 6, 1, tzinfo=UTC)


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
        return [(one, ["T"], [], "{}", TIME, TIME, None) for one in ids if one in {"urn:a:1", "urn:a:2"}]


async def test_each_reader_gets_the_entity_that_it_asked_for():
    rows = Rows()
    reader = Reader(rows)
    ids = ["urn:a:1", "urn:a:2", "urn:a:3", "urn:a:1"]

    answers = await asyncio.gather(*[reader.get("t_default", entity_id, EVERYTHING) for entity_id in ids])

    assert [answer and answer.id for answer in answers] == ["urn:a:1", "urn:a:2", None, "urn:a:1"]
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
    leaving, staying = [asyncio.create_task(reader.get("t_default", "urn:a:1", EVERYTHING)) for _ in range(2)]
    await asyncio.sleep(0)

    leaving.cancel()

    assert (await asyncio.wait_for(staying, 5)).id == "urn:a:1"


async def test_what_is_hidden_is_read_by_the_same_statement_and_not_told():
    rows = Rows()
    reader = Reader(rows)
    others = Visible.of([Share(types=frozenset({"U"}))])

    answers = await asyncio.gather(
        reader.get("t_default", "urn:a:1", EVERYTHING), reader.get("t_default", "urn:a:1", others)
    )

    assert [answer and answer.id for answer in answers] == ["urn:a:1", None]
    assert rows.asked == [["urn:a:1"]]
