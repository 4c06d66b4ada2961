# SPDX-License-Identifier: EUPL-1.2
"""Sums of whole hours say what history says, or nothing; a server that cannot keep them has none."""

import asyncio
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allmende.database.levels import Level, tend_history
from allmende.database.tending import needs_tending, tend
from allmende.errors import Unavailable
from broker.engine.aggregation import Limits, aggregate
from broker.ngsi.aggregation import Aggregation, value_of
from broker.ngsi.durations import Duration
from broker.store.hours import find_settled
from broker.store.timeseries import Series
from broker.store.vocabulary import Vocabulary
from broker.store.where_history import Window
from tests.conftest import copied

pytestmark = [pytest.mark.server, pytest.mark.storage]
NOW = datetime(2026, 6, 10, 12, 30, tzinfo=UTC)
FIRST = datetime(2026, 5, 20, tzinfo=UTC)
BORDER = datetime(2026, 6, 10, 11, tzinfo=UTC)
DAY = timedelta(days=1)
METHODS = ("avg", "max", "min", "sum", "sumsq", "totalCount")
RAW = (*METHODS, "stddev")
"""Deviations are not made of hours, so that whoever asks for one asks history."""
ON_SERVER = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Town:
    """A database with the history of one entity, and what is asked of it as its tenant's role."""

    def __init__(self, runner: asyncio.Runner, connection: Any, url: str) -> None:
        self.runner = runner
        self.connection = connection
        self.url = url

    def execute(self, statement: str, *values: Any) -> list[Any]:
        return self.runner.run(self.connection.fetch(statement, *values))

    def write(self, rows: list[tuple[datetime, float | None, bool]]) -> None:
        """Numbers, or a text for None, and whether they are observations; what was there at that time is replaced."""
        for time, number, observed in rows:
            self.execute(
                "INSERT INTO t_default.history (seq, attribute, dataset, time, observed, modified_at, deleted, number, value)"
                " VALUES (1, 1, 0, $1, $3, $1, false, $2, CASE WHEN $2::float8 IS NULL"
                ' THEN \'{"type": "Property", "value": "closed"}\'::jsonb END)'
                " ON CONFLICT (seq, attribute, dataset, time) DO UPDATE SET number = EXCLUDED.number, value = EXCLUDED.value",
                time,
                number,
                observed,
            )

    def clear(self) -> None:
        self.execute("DELETE FROM t_default.history")

    def tend(self, now: datetime = NOW) -> int:
        return tend(self.url, now)

    def settled(self) -> list[tuple[datetime, datetime]]:
        return self.runner.run(find_settled(self.connection, "t_default", FIRST - DAY, NOW + DAY))

    def tell(self, methods: tuple[str, ...], period: Duration | None, window: Window) -> dict[str, Any]:
        series = [Series(1, 1, 0, window.start, window.end)]
        found = self.runner.run(
            aggregate(
                self.connection,
                "t_default",
                series,
                window,
                Aggregation(methods, period),
                Limits(10_000),
                vocabulary=Vocabulary(),
            )
        )
        return {
            method: [(start, end, value_of(method, told)) for one in summaries for start, end, told in one.periods]
            for summaries in found.summaries.values()
            for method in METHODS
        }


@pytest.fixture(scope="module")
def town(module_database) -> Iterator[Town]:
    with asyncio.Runner() as runner:
        connection = runner.run(asyncpg.connect(module_database))
        runner.run(connection.execute("SET ROLE t_default"))
        yield Town(runner, connection, module_database)
        runner.run(connection.close())


@pytest.fixture(scope="module")
def keeps_hours(module_database) -> bool:
    """Whether this server is one of TimescaleDB's community edition."""
    with psycopg.connect(module_database) as connection:
        return connection.execute("SELECT current_setting('timescaledb.license', true)").fetchone() == ("timescale",)


def window(start: datetime = FIRST, end: datetime = NOW + DAY) -> Window:
    return Window(start, end, only_observed=True)


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found.keys() == expected.keys()
    for method, values in expected.items():
        assert [one[:2] for one in found[method]] == [one[:2] for one in values], method
        assert [one[2] for one in found[method]] == [
            pytest.approx(one[2], rel=1e-9, abs=1e-6) if type(one[2]) is float else one[2] for one in values
        ], method


times = st.integers(0, 22 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))
numbers = st.floats(-1e6, 1e6) | st.sampled_from([0.0, 1e300, 1e-200, None])
rows = st.lists(st.tuples(times, numbers, st.booleans()), max_size=12)
periods = st.sampled_from(
    [
        None,
        Duration(1, timedelta(0)),
        *(Duration(0, timedelta(hours=hours)) for hours in (1, 5, 24, 168)),
        Duration(0, timedelta(minutes=90)),
    ]
)


@given(rows, rows, st.lists(times, max_size=3), periods, st.integers(0, 90))
@ON_SERVER
def test_hours_say_what_history_says_whatever_is_written_after_they_were_summed_up(
    town, before, after, gone, period, minutes
):
    town.clear()
    town.write([(FIRST, 1.0, True), *before, (NOW, 2.0, True)])
    town.tend()
    for time in gone:
        town.execute("DELETE FROM t_default.history WHERE time >= $1 AND time < $2", time, time + timedelta(hours=7))
    town.write(after)
    asked = window(FIRST + timedelta(minutes=minutes))

    found = town.tell(METHODS, period, asked)

    assert_same(found, town.tell(RAW, period, asked))


def test_a_server_without_them_has_no_hours(town, keeps_hours):
    town.clear()
    town.write([(FIRST + DAY * number, 1.0, True) for number in range(20)])

    tended = town.tend()

    kept = town.execute("SELECT to_regclass('t_default.history_hour') IS NOT NULL AS is_there")[0]["is_there"]
    assert (kept, tended > 0, needs_tending(town.url)) == (keeps_hours,) * 3
    assert town.settled() == ([(FIRST - DAY, BORDER)] if keeps_hours else [])


def test_what_was_written_to_is_not_settled_until_it_is_summed_up_anew(town, keeps_hours):
    town.clear()
    town.write([(FIRST + DAY * number, 1.0, True) for number in range(20)])
    town.tend()
    town.write([(FIRST + DAY * 3 + timedelta(minutes=10), 4.0, True)])

    stale = town.settled()
    town.tend()

    hour = FIRST + DAY * 3
    if keeps_hours:
        assert stale == [(FIRST - DAY, hour), (hour + timedelta(hours=1), BORDER)]
        assert town.settled() == [(FIRST - DAY, BORDER)]
        told = town.execute(
            "SELECT sum(h.total) FROM t_default.hours_of(1, 1, 0, $1, $2) h", hour, hour + timedelta(hours=1)
        )
        assert told[0]["sum"] == 5.0
    else:
        assert stale == town.settled() == []


def test_hours_are_what_is_read_where_they_are_settled(town, keeps_hours, module_database):
    town.clear()
    town.write([(FIRST + timedelta(hours=number), 1.0, True) for number in range(100)])
    town.tend()
    if keeps_hours:
        with psycopg.connect(module_database, autocommit=True) as connection:
            (table,) = connection.execute(
                "SELECT format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name)"
                " FROM timescaledb_information.continuous_aggregates"
            ).fetchone()
            connection.execute(f"UPDATE {table} SET total = 7")

    daily = town.tell(("avg",), Duration(0, DAY), window())["avg"]
    unaligned = town.tell(("avg",), Duration(0, timedelta(minutes=90)), window())["avg"]
    written = town.tell(("avg",), Duration(0, DAY), Window(FIRST, NOW))["avg"]

    assert [value for _, _, value in daily[:4]] == [7.0 if keeps_hours else 1.0] * 4
    assert {value for _, _, value in unaligned} == {value for _, _, value in written} == {1.0}


def test_nothing_is_settled_while_a_write_may_have_escaped(town, keeps_hours, module_database):
    town.clear()
    town.execute("DELETE FROM t_default.settled")
    town.write([(FIRST, 1.0, True), (NOW, 1.0, True)])
    with psycopg.connect(module_database) as connection:
        connection.execute(
            "INSERT INTO t_default.history VALUES (1, %s, now(), 1, 1, 0, true, false)", (FIRST + timedelta(minutes=1),)
        )
        if keeps_hours:
            with pytest.raises(Unavailable, match="lock timeout"):
                town.tend()
        else:
            assert town.tend() == 0
        meanwhile = town.settled()
        connection.commit()

    town.tend()

    assert meanwhile == []
    assert town.settled() == ([(FIRST - DAY, BORDER)] if keeps_hours else [])
    assert_same(town.tell(METHODS, Duration(0, DAY), window()), town.tell(RAW, Duration(0, DAY), window()))


@pytest.mark.parametrize("way", ["rows", "chunks"])
def test_what_is_erased_is_in_no_sum(town, keeps_hours, module_database, way):
    town.clear()
    town.write([(FIRST + timedelta(hours=number), 1.0, True) for number in range(400)])
    town.tend()
    with psycopg.connect(module_database, autocommit=True) as connection:
        if way == "rows":
            connection.execute("DELETE FROM t_default.history WHERE time < %s", (FIRST + DAY * 10,))
        else:
            connection.execute("SELECT platform.drop_history('t_default', %s)", (FIRST + DAY * 10,))

    at_once = town.tell(METHODS, Duration(0, DAY), window())
    town.tend()

    assert_same(at_once, town.tell(RAW, Duration(0, DAY), window()))
    hours = "SELECT sum(h.count)::int AS count FROM t_default.hours_of(1, 1, 0, $1, $2) h"
    rows = "SELECT count(*) FROM t_default.history WHERE time >= $1 AND time < $2"
    kept = town.execute(hours if keeps_hours else rows, FIRST, BORDER)[0]["count"]
    assert kept == town.execute(rows, FIRST, BORDER)[0]["count"]


def test_old_history_is_packed_and_can_be_written_to(town, keeps_hours):
    old = NOW - DAY * 200
    town.clear()
    town.write([(old + timedelta(hours=number), 1.0, True) for number in range(100)])
    town.tend()
    packed = town.execute("SELECT t_default.packed_rows() AS count")[0]["count"]

    town.write([(old, 5.0, True), (old + timedelta(minutes=1), 7.0, True)])
    town.execute("DELETE FROM t_default.history WHERE seq = 1 AND time > $1", old + timedelta(hours=50))
    town.tend()

    assert packed == (100 if keeps_hours else 0)
    told = town.tell(METHODS, None, window(old - DAY))
    assert told["sum"][0][2] == 5.0 + 7.0 + 50.0
    assert told["totalCount"][0][2] == 52


def test_without_what_they_are_read_by_history_is_asked(postgres, template, keeps_hours):
    with copied(postgres, template) as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER TABLE t_default.settled RENAME TO elsewhere")
        with pytest.raises(psycopg.errors.UndefinedTable) if keeps_hours else nullcontext():
            connection.execute("SELECT FROM t_default.settled_hours('2026-01-01', '2026-06-01')")
        connection.execute(f"SET ROLE {template}_owner")

        level = tend_history(connection, "t_default")

        assert (level == Level.COLUMNSTORE) == keeps_hours
        assert connection.execute("SELECT FROM t_default.settled_hours('2026-01-01', '2026-06-01')").fetchall() == []


def test_sums_cannot_be_written_by_who_serves(town, keeps_hours):
    town.tend()
    if keeps_hours:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            town.execute("DELETE FROM t_default.history_hour")
    else:
        with pytest.raises(asyncpg.UndefinedTableError):
            town.execute("DELETE FROM t_default.history_hour")


def test_a_tenant_with_hours_can_be_dropped_and_a_snapshot_has_none(postgres, template, keeps_hours):
    with copied(postgres, template) as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT platform.create_tenant('nord'), platform.create_snapshot('nord.0123456789abcdef0123', 'nord', NULL)"
        )
        tend(url, NOW)
        views = connection.execute(
            "SELECT schemaname FROM pg_views WHERE viewname = 'history_hour' ORDER BY 1"
        ).fetchall()

        connection.execute("SELECT platform.drop_tenant('nord')")

        assert views == ([("t_default",), ("t_nord",)] if keeps_hours else [])
        assert connection.execute("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 't_nord%'").fetchone() == (0,)
        tend(url, NOW)
