# SPDX-License-Identifier: EUPL-1.2
"""What the database sums up is what its instances say one by one, whichever server it is."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from broker.engine.aggregation import Limits, aggregate
from broker.engine.evolutions import FIRST, LAST
from broker.ngsi.aggregation import METHODS, Aggregation, value_of
from broker.ngsi.durations import Duration, later
from broker.ngsi.history import to_row
from broker.ngsi.instants import from_instant
from broker.store.timeseries import Series
from broker.store.vocabulary import Vocabulary
from broker.store.where_history import Window
from tests.ngsi import summing

pytestmark = [pytest.mark.server, pytest.mark.storage]
START = datetime(2026, 1, 31, 12, 3, tzinfo=UTC)
ZERO = timedelta(0)
ON_SERVER = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
INSERT = (
    "INSERT INTO t_default.history (seq, attribute, dataset, time, observed, modified_at, deleted, number, value)"
    " VALUES ($1, $2, $3, $4, true, $4, false, $5, $6::text::jsonb)"
)

times = st.integers(0, 3 * 10**6).map(lambda seconds: START + timedelta(seconds=seconds)) | st.timedeltas(
    ZERO, timedelta(days=800)
).map(lambda pause: START + pause)
periods = st.sampled_from(
    [Duration(0, timedelta(hours=1)), Duration(0, timedelta(days=7)), Duration(1, ZERO), Duration(12, ZERO)]
) | st.builds(Duration, st.integers(0, 3), st.timedeltas(timedelta(minutes=10), timedelta(days=40)))


class Server:
    """A database whose history holds what a test says, and nothing else."""

    def __init__(self, runner: asyncio.Runner, connection: Any) -> None:
        self.runner = runner
        self.connection = connection

    def store(self, told: dict[int, dict[datetime, dict[str, Any]]]) -> None:
        """Instances by their dataset and time."""
        rows = []
        for dataset, instances in told.items():
            for time, instance in instances.items():
                row = to_row("urn:x:a", {**instance, "observedAt": from_instant(time)}, "")
                rows.append((1, 1, dataset, time, row.number, row.value))
        self.runner.run(self._store(rows))

    async def _store(self, rows: list[Any]) -> None:
        await self.connection.execute("DELETE FROM t_default.history")
        await self.connection.executemany(INSERT, rows)

    def fetch(self, query: str, *values: Any) -> list[Any]:
        return self.runner.run(self.connection.fetch(query, *values))

    def aggregate(self, aggregation: Aggregation, window: Window, limits: Limits, datasets=(0,)) -> Any:
        vocabulary = Vocabulary()
        vocabulary.datasets.learn({f"urn:d:{dataset}": dataset for dataset in datasets if dataset})
        series = [Series(1, 1, dataset, window.start, window.end) for dataset in datasets]
        return self.runner.run(
            aggregate(self.connection, "t_default", series, window, aggregation, limits, vocabulary=vocabulary)
        )


@pytest.fixture(scope="module")
def server(module_database) -> Iterator[Server]:
    with asyncio.Runner() as runner:
        connection = runner.run(asyncpg.connect(module_database))
        yield Server(runner, connection)
        runner.run(connection.close())


def window(start=FIRST, end=LAST, **others) -> Window:
    return Window(start, end, **others)


def shown(summaries, methods) -> dict[tuple[str | None, bool], dict[str, list[list[Any]]]]:
    """Values with edges, by dataset and whether it is a relationship."""
    found = {}
    for summary in summaries:
        values = {
            method: [[value_of(method, told), start, end] for start, end, told in summary.periods] for method in methods
        }
        found[summary.dataset, summary.is_relationship] = {
            method: [value for value in known if value[0] is not None] for method, known in values.items()
        }
    return found


def expected_of(told, origin, period, methods, start=FIRST, end=LAST):
    expected = {}
    for dataset, instances in told.items():
        kinds = defaultdict(list)
        for time, instance in instances.items():
            if start <= time < end:
                kinds[instance["type"].endswith("Relationship")].append((time, instance))
        for is_relationship, group in kinds.items():
            uri = f"urn:d:{dataset}" if dataset else None
            expected[uri, is_relationship] = summing.sum_up(group, origin, period, methods)
    return expected


def comparable(value: Any) -> Any:
    if type(value) is dict:
        moment = value["@value"].removesuffix("Z")
        return value["@type"], moment
    return value


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for key, by_method in expected.items():
        for method, values in by_method.items():
            assert [edges for _, *edges in found[key][method]] == [edges for _, *edges in values], method
            for (one, *_), (other, *_) in zip(found[key][method], values, strict=True):
                if method == "avg" and type(other) is tuple:
                    kind, clock = comparable(one)
                    assert (kind, summing._seconds(clock)) == (other[0], pytest.approx(other[1], abs=1e-5))
                elif type(other) is float:
                    assert one == pytest.approx(other, rel=1e-9, abs=1e-3 if method in {"sumsq", "stddev"} else 1e-6)
                else:
                    assert comparable(one) == other, method


@given(
    st.dictionaries(
        st.sampled_from([0, 1]), st.dictionaries(times, summing.instances(), min_size=1, max_size=30), max_size=2
    ),
    periods,
    st.none() | times,
)
@ON_SERVER
def test_the_database_says_what_the_instances_of_each_period_say(server, told, period, start):
    server.store(told)
    all_times = [time for instances in told.values() for time in instances if start is None or time >= start]
    origin = start or min(all_times, default=START)

    found = server.aggregate(Aggregation(METHODS, period), window(start or FIRST), Limits(10_000), datasets=(0, 1))

    expected = expected_of(told, origin, period, METHODS, start or FIRST)
    assert found.told is None
    assert_same(shown(found.summaries.get((1, 1), []), METHODS), expected)


@given(st.dictionaries(times, summing.instances(("Property",)), min_size=1, max_size=30))
@ON_SERVER
def test_without_a_period_the_whole_range_is_one(server, told):
    server.store({0: told})
    first, last = min(told), max(told)
    end = last + timedelta(days=1)

    open_ended = server.aggregate(Aggregation(METHODS), window(first), Limits(10_000))
    closed = server.aggregate(Aggregation(METHODS), window(first - timedelta(days=1), end), Limits(10_000))

    (summary,), (other,) = open_ended.summaries[1, 1], closed.summaries[1, 1]
    assert [period[:2] for period in summary.periods] == [(first, last)]
    assert [period[:2] for period in other.periods] == [(first - timedelta(days=1), end)]
    assert summary.periods[0].told == other.periods[0].told
    assert summary.periods[0].told.instances == len(told)


@given(
    st.datetimes(timezones=st.just(UTC)).filter(lambda time: time.year < 9_900),
    st.timedeltas(ZERO, timedelta(days=4_000)),
    st.timedeltas(timedelta(microseconds=1), timedelta(days=4_000)) | st.just(timedelta(days=3_660_000)),
)
@example(datetime(9998, 12, 31, tzinfo=UTC), ZERO, timedelta(days=3_660_000))
@example(datetime(1, 1, 1, 0, 0, 1, tzinfo=UTC), timedelta(days=4_000), timedelta(days=3_660_000))
@ON_SERVER
def test_each_server_begins_a_period_where_the_other_does(server, origin, pause, width):
    time = min(origin + pause, LAST)

    ((binned, of_server),) = server.fetch(
        "SELECT date_bin($1, $2, $3), t_default.period_start($1, $2, $3)", width, time, origin
    )

    assert binned == of_server == origin + (time - origin) // width * width


@given(times, st.builds(Duration, st.integers(0, 30), st.timedeltas(ZERO, timedelta(days=40))), st.integers(0, 100))
@example(START, Duration(1, ZERO), 1)
@ON_SERVER
def test_months_are_added_as_the_database_adds_them(server, origin, duration, number):
    ((added,),) = server.fetch(
        "SELECT (($1::timestamptz AT TIME ZONE 'UTC' + $2::int * interval '1 month') AT TIME ZONE 'UTC') + $3::interval",
        origin,
        duration.months * number,
        duration.rest * number,
    )

    assert added == later(origin, duration, number)


def hours(amount: int, value: Any = 1.0) -> dict[datetime, dict[str, Any]]:
    return {START + timedelta(hours=n): {"type": "Property", "value": value} for n in range(amount)}


@pytest.mark.parametrize("value", [1e300, -1e300, 5e-324, 1e-200, 1e100])
def test_numbers_of_any_size_are_no_error(server, value):
    server.store({0: hours(3, value)})

    found = server.aggregate(Aggregation(METHODS), window(), Limits(10))

    (told,) = [period.told for period in found.summaries[1, 1][0].periods]
    assert (value_of("min", told), value_of("max", told), told.instances) == (value, value, 3)
    assert value_of("sum", told) == (None if abs(value) > 1e100 else pytest.approx(3 * value))


def test_more_periods_than_the_limit_are_cut_and_reading_on_finds_the_others(server):
    server.store({0: hours(10), 1: hours(10)})
    hourly = Aggregation(("totalCount",), Duration(0, timedelta(hours=1)))

    found = server.aggregate(hourly, window(START), Limits(7), datasets=(0, 1))
    rest = server.aggregate(hourly, window(found.told[1]), Limits(100), datasets=(0, 1))

    assert found.told == (START, START + timedelta(hours=3))
    assert [len(summary.periods) for summary in found.summaries[1, 1]] == [3, 3]
    assert [len(summary.periods) for summary in rest.summaries[1, 1]] == [7, 7]


def test_the_last_instances_are_told_from_their_end(server):
    server.store({0: hours(10), 1: {time + timedelta(minutes=1): one for time, one in hours(10).items()}})
    hourly = Aggregation(("totalCount",), Duration(0, timedelta(hours=1)))

    found = server.aggregate(hourly, window(START), Limits(100, 5), datasets=(0, 1))
    cut = server.aggregate(hourly, window(START), Limits(3, 8), datasets=(0, 1))

    counts = [[(period.start.hour, period.told.instances) for period in one.periods] for one in found.summaries[1, 1]]
    assert counts == [[(20, 1), (21, 1)], [(19, 1), (20, 1), (21, 1)]]
    assert cut.told == (START + timedelta(hours=10), START + timedelta(hours=9))


@pytest.mark.parametrize("by_modified", [True, False])
def test_what_was_written_without_observation_counts_by_its_time_of_modification(server, by_modified):
    server.store({0: hours(4)})
    server.fetch("UPDATE t_default.history SET modified_at = $1, observed = false", START + timedelta(days=1))

    found = server.aggregate(
        Aggregation(METHODS, Duration(0, timedelta(hours=1))),
        window(START, by_modified=by_modified, only_observed=not by_modified),
        Limits(100),
    )

    told = [(period.start, period.told.instances) for one in found.summaries.get((1, 1), []) for period in one.periods]
    assert told == ([(START + timedelta(days=1), 4)] if by_modified else [])


def test_a_server_with_timescaledb_uses_its_buckets(module_database):
    with psycopg.connect(module_database) as connection:
        has = connection.execute("SELECT count(*) FROM pg_extension WHERE extname = 'timescaledb'").fetchone()
        (body,) = connection.execute("SELECT prosrc FROM pg_proc WHERE proname = 'period_start'").fetchone()

    assert ("time_bucket" if has == (1,) else "date_bin") in body


class Counting:
    """A connection that knows how many rows one statement gave at most."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.most = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)

    async def fetch(self, *asked: Any) -> list[Any]:
        rows = await self.connection.fetch(*asked)
        self.most = max(self.most, len(rows))
        return rows


@pytest.mark.parametrize("last_n", [None, 100])
def test_no_more_periods_are_read_than_may_be_told(server, last_n):
    told = {START + timedelta(hours=n): {"type": "Property", "value": n} for n in range(100)}
    server.store({0: told})
    counting = Counting(server.connection)
    hourly = Aggregation(("distinctCount",), Duration(0, timedelta(hours=1)))
    series = [Series(1, 1, 0, FIRST, LAST)]

    found = server.runner.run(
        aggregate(counting, "t_default", series, window(), hourly, Limits(5, last_n), vocabulary=Vocabulary())
    )

    assert counting.most <= 6
    (summary,) = found.summaries[1, 1]
    assert [period.told.distinct for period in summary.periods] == [1] * 5
