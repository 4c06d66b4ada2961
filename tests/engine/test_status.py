# SPDX-License-Identifier: EUPL-1.2
"""How fresh each type is, and what the data are stored in."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from auth.policy import Visible
from broker.engine.resources import open_resources
from broker.engine.status import level_of, newest_attribute, read_freshness, read_storage
from broker.ngsi.entities import State
from broker.store.status import StoredIn
from tests.engine.conftest import Sender, reading

WHOLE, NOTHING = Visible.everything(), Visible(whole=False)
server = [pytest.mark.server, pytest.mark.storage]
SIGNS = StoredIn(
    postgres="17.6",
    timescale="2.23.0",
    has_columnstore=False,
    has_chunks=False,
    has_own_rows=False,
    is_partial=False,
    rows=0,
)


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

    async def test_what_another_process_writes_is_no_later_than_it_is(self, resources, serving, sender, rows):
        minutes = timedelta(minutes=1)
        for ago in (63, 62, 61, 60):
            await sender.send(reading(1, ago, instant(ago * minutes)))
        rows(
            "INSERT INTO t_default.entity (seq, created_at, modified_at, types, document)"
            " SELECT -n, now(), now(), '{}', '{}' FROM generate_series(1, 1000) n RETURNING 1"
        )
        await resources.overview("default", visible=WHOLE)
        await resources.overviews._board("t_default").newest.anew()
        (before,) = await read_freshness(resources, "default", visible=WHOLE)

        async with open_resources(serving) as other:
            await Sender(other).send(reading(1, 20, instant(timedelta())))
        (after,) = await read_freshness(resources, "default", visible=WHOLE)

        assert (before.is_late, after.is_late) == (True, False)
        assert after.observed_at > before.observed_at

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

    async def test_rows_of_a_part_without_pages_are_those_of_its_statistics(self, resources, database):
        """As some versions of TimescaleDB leave a chunk whose rows went to the columnstore."""
        with psycopg.connect(database, autocommit=True) as connection:
            if connection.execute("SELECT FROM pg_extension WHERE extname = 'timescaledb'").fetchone() is not None:
                pytest.skip("timescale: its history takes no other parts")
            connection.execute("CREATE TABLE t_default.part () INHERITS (t_default.history)")
            unknown = (await read_storage(resources, "default")).history_rows
            connection.execute("UPDATE pg_class SET reltuples = 500 WHERE oid = 't_default.part'::regclass")
            counted = (await read_storage(resources, "default")).history_rows

        assert (unknown, counted) == (0, 500)


@pytest.mark.parametrize(
    ("times", "newest"),
    [
        ({"a": "2026-06-01T12:00:00.5Z", "b": "2026-06-01T12:00:00Z"}, "a"),
        ({"a": "2026-06-01T12:00:00Z", "b": "2026-06-01T12:00:00.000001Z"}, "b"),
        ({"a": "2026-06-01T12:00:00+02:00", "b": "2026-06-01T11:00:00Z"}, "b"),
        ({"a": None}, None),
    ],
)
def test_the_newest_attribute_is_that_of_the_latest_time_however_it_is_written(times, newest):
    attributes = {
        name: [{"type": "Property", "value": 1} | ({} if time is None else {"observedAt": time})]
        for name, time in times.items()
    }
    state = State("urn:a:1", ["Room"], attributes, [], "2026-06-01T12:00:00Z", "2026-06-01T12:00:00Z")

    assert newest_attribute(state, WHOLE) == newest


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
    assert level_of(SIGNS._replace(**signs)) == level
