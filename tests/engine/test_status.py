# SPDX-License-Identifier: EUPL-1.2
"""How fresh each type is, and what the data are stored in."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from auth.policy import Visible
from broker.engine.status import level_of, read_freshness, read_storage
from tests.engine.conftest import reading

WHOLE, NOTHING = Visible.everything(), Visible(whole=False)
server = [pytest.mark.server, pytest.mark.storage]
SIGNS = {"timescale": "2.23.0", "has_columnstore": False, "has_chunks": False, "has_own_rows": False}


def instant(ago):
    return f"{datetime.now(UTC) - ago:%Y-%m-%dT%H:%M:%SZ}"


class TestFreshness:
    pytestmark = server

    async def test_a_type_is_late_when_its_newest_reading_is_older_than_usual(self, resources, sender):
        minutes = timedelta(minutes=1)
        for ago in (64, 63, 62, 61, 60):
            await sender.send(reading(1, ago, instant(ago * minutes)))
            fresh = {**reading(1, ago, instant((ago - 60) * minutes), entity="urn:ngsi-ld:Lamp:1"), "type": "Lamp"}
            await sender.send(fresh)
        await sender.send({"id": "urn:ngsi-ld:District:1", "type": "District", "name": "Nord"})

        found = {
            each.iri.rpartition("/")[2]: each for each in await read_freshness(resources, "default", visible=WHOLE)
        }

        assert {name: each.is_late for name, each in found.items()} == {"Room": True, "Lamp": False, "District": False}
        assert found["Room"].usual == pytest.approx(minutes, abs=timedelta(seconds=5))
        assert found["District"].usual is None
        assert found["District"].observed_at is None
        assert found["Lamp"].entities == 1

    async def test_a_reading_that_is_alone_is_judged_by_nothing(self, resources, sender):
        await sender.send(reading(1, 20, "2020-06-01T12:00:00Z"))

        (found,) = await read_freshness(resources, "default", visible=WHOLE)

        assert (found.usual, found.is_late) == (None, False)
        assert found.observed_at == datetime(2020, 6, 1, 12, tzinfo=UTC)

    async def test_whoever_may_not_see_the_whole_tenant_sees_no_type(self, resources, sender):
        await sender.send(reading(1, 20, "2020-06-01T12:00:00Z"))

        assert await read_freshness(resources, "default", visible=NOTHING) == []


class TestStorage:
    pytestmark = server

    async def test_the_level_is_what_the_server_answers(self, resources, database):
        with psycopg.connect(database) as connection:
            edition = connection.execute("SELECT current_setting('timescaledb.license', true)").fetchone()
            postgres = connection.execute("SHOW server_version").fetchone()

        storage = await read_storage(resources, "default")

        levels = {None: "plain", "apache": "hypertable", "timescale": "columnstore"}
        assert storage.level == levels[edition[0]]
        assert (storage.timescale is None) == (edition[0] is None)
        assert postgres[0].startswith(storage.postgres)

    async def test_rows_of_history_are_estimated_once_there_are_statistics(self, resources, database):
        empty = (await read_storage(resources, "default")).history_rows
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(
                "INSERT INTO t_default.history SELECT 1, '2026-06-01'::timestamptz + n * interval '1 minute', now(), n, 1,"
                " 0, true, false FROM generate_series(1, 20000) n"
            )
            uncounted = (await read_storage(resources, "default")).history_rows
            connection.execute("ANALYZE t_default.history")
            counted = (await read_storage(resources, "default")).history_rows

        assert (empty, uncounted) == (0, None)
        assert counted == pytest.approx(20_000, rel=0.05)


@pytest.mark.parametrize(
    ("signs", "level"),
    [
        ({"timescale": None, "has_own_rows": True}, "plain"),
        ({"has_own_rows": True}, "plain"),
        ({}, "hypertable"),
        ({"has_chunks": True}, "hypertable"),
        ({"has_chunks": True, "has_columnstore": True}, "columnstore"),
    ],
)
def test_a_history_that_was_there_before_timescaledb_stays_a_table(signs, level):
    assert level_of(SIGNS | signs) == level
