# SPDX-License-Identifier: EUPL-1.2
"""Series, against the same computed one by one."""

import math
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg import sql

from allmende.errors import BadRequestData, NotFound, OperationNotSupported
from auth.policy import Visible
from broker.engine.entities import delete_attribute, delete_entity
from broker.engine.resources import Measures, open_resources
from broker.engine.series import retrieve_series
from broker.ngsi.series import FIRST, LAST, MAX_POINTS, SeriesQuery
from broker.ngsi.widths import choose_width, floor_time
from tests.engine.conftest import VOCABULARY, Sender

pytestmark = [pytest.mark.server, pytest.mark.storage]
ID = "urn:ngsi-ld:Room:1"
START = datetime(2026, 6, 1, 0, 7, 13, tzinfo=UTC)
TEMPERATURE = VOCABULARY + "temperature"
WEEK = timedelta(days=7)
DATASET = "urn:ngsi-ld:Dataset:roof"


async def retrieve(resources, attribute="temperature", *, visible=None, **query):
    wanted = SeriesQuery(attribute, **query)
    return await retrieve_series(resources, "default", ID, wanted, visible=visible or Visible.everything())


def instance(value, time, **members) -> dict:
    text = time.isoformat().replace("+00:00", "Z")
    return {"type": "Property", "value": value, "observedAt": text, **members}


def numbers_of(amount: int, seed: int) -> dict[datetime, float]:
    """Numbers at odd times within some ten days."""
    rng = random.Random(seed)
    times = {START + timedelta(microseconds=rng.randrange(10 * 86_400 * 10**6)) for _ in range(amount)}
    return {time: rng.choice([rng.gauss(20, 5), float(rng.randrange(-50, 50)), 0.1]) for time in times}


def summed_up(numbers: dict[datetime, float], start: datetime, end: datetime, points: int):
    """Width and points of a range as the docstrings promise them."""
    chosen = sorted((time, value) for time, value in numbers.items() if start <= time <= end)
    if len(chosen) <= points:
        return timedelta(0), [(time, value, value, value, 1) for time, value in chosen]
    width = choose_width(chosen[0][0], chosen[-1][0], points)
    steps = defaultdict(list)
    for time, value in chosen:
        steps[floor_time(time, width)].append(value)
    return width, [
        (step, min(values), math.fsum(values) / len(values), max(values), len(values))
        for step, values in sorted(steps.items())
    ]


def assert_same(points, expected):
    assert [point[:2] + point[3:] for point in points] == [point[:2] + point[3:] for point in expected]
    assert [point.mean for point in points] == pytest.approx([point[2] for point in expected], rel=1e-12, abs=1e-12)
    assert all(point.minimum <= point.mean <= point.maximum for point in points)


@pytest.fixture
async def room(sender):
    """The numbers of a room that a test may change."""
    return await store_room(sender)


@pytest.fixture(scope="module")
async def kept_room(module_resources):
    """The numbers of a room that stays as it is."""
    return await store_room(Sender(module_resources))


async def store_room(sender):
    """Store numbers of two instances and of another attribute, and values that are no numbers."""
    default, roof, humidity = numbers_of(800, 1), numbers_of(200, 2), numbers_of(300, 3)
    words = [instance(word, START + timedelta(seconds=number)) for number, word in enumerate(["off", {"a": 1}, True])]
    temperature = [instance(value, time, unitCode="CEL") for time, value in default.items()] + words
    temperature += [instance(value, time, unitCode="FAH", datasetId=DATASET) for time, value in roof.items()]
    other = [instance(value, time) for time, value in humidity.items()]
    await sender.send({"id": ID, "type": "Room", "temperature": temperature, "humidity": other}, "m1", "temporal")
    return {("temperature", None): default, ("temperature", DATASET): roof, ("humidity", None): humidity}


@pytest.mark.parametrize(
    ("attribute", "dataset", "points"),
    [
        *(("temperature", None, points) for points in (1, 7, 250, 800)),
        *(("temperature", DATASET, points) for points in (2, 50)),
        *(("humidity", None, points) for points in (299, 2000)),
    ],
)
@pytest.mark.parametrize(
    ("start", "end"),
    [
        (FIRST, LAST),
        (START + timedelta(days=2, seconds=11), LAST),
        (FIRST, START + timedelta(days=7, hours=5, microseconds=1)),
        (START + timedelta(days=3), START + timedelta(days=3, hours=18)),
    ],
)
async def test_points_are_what_the_numbers_of_their_steps_say(
    module_resources, kept_room, attribute, dataset, points, start, end
):
    numbers = kept_room[attribute, dataset]

    series = await retrieve(module_resources, attribute, dataset=dataset, start=start, end=end, points=points)

    width, expected = summed_up(numbers, start, end, points)
    values = {time: value for time, value in numbers.items() if start <= time <= end}
    newest = max(values)
    assert len(series.points) <= points
    assert series.width == width
    assert_same(series.points, expected)
    assert (series.minimum, series.maximum) == (min(values.values()), max(values.values()))
    assert series.newest == (newest, values[newest])
    assert sum(point.numbers for point in series.points) == len(values)


async def test_both_ends_belong_to_the_range(resources, sender):
    times = [START + timedelta(hours=number) for number in range(4)]
    await sender.send(
        {"id": ID, "type": "Room", "temperature": [instance(n, time) for n, time in enumerate(times)]}, "m1", "temporal"
    )

    one_by_one = await retrieve(resources, start=times[1], end=times[2])
    summed = await retrieve(resources, start=times[1], end=times[3], points=2)

    assert [point[:2] for point in one_by_one.points] == [(times[1], 1.0), (times[2], 2.0)]
    assert sum(point.numbers for point in summed.points) == 3
    assert summed.newest == (times[3], 3.0)


async def test_the_unit_is_that_of_the_instance_as_it_is_now(resources, room):
    assert (await retrieve(resources, dataset=DATASET)).unit == "FAH"
    assert (await retrieve(resources, "humidity")).unit is None

    await delete_entity(resources, "default", ID)

    gone = await retrieve(resources, dataset=DATASET)
    assert gone.unit is None
    assert len(gone.points) == len(room["temperature", DATASET])


async def test_an_instance_that_was_deleted_is_no_number_and_what_was_before_stays(resources, room):
    await delete_attribute(resources, "default", ID, TEMPERATURE, dataset=None, delete_all=False)

    series = await retrieve(resources, points=50)

    numbers = room["temperature", None]
    assert sum(point.numbers for point in series.points) == len(numbers)
    assert series.newest == (max(numbers), numbers[max(numbers)])


async def test_where_nothing_is_a_number_there_are_no_points(resources, room, sender):
    await sender.send({"id": ID, "type": "Room", "door": [instance("open", START)]}, "m2", "temporal")

    for series in (
        await retrieve(resources, "door"),
        await retrieve(resources, start=START + timedelta(days=4000)),
        await retrieve(resources, end=START - timedelta(days=1)),
    ):
        assert (series.points, series.newest, series.minimum, series.maximum) == ([], None, None, None)


async def test_the_largest_numbers_have_a_mean(resources, sender):
    largest = 1.7976931348623157e308
    values = [largest, -largest, largest, largest, 0.1, 0.1, 0.1]
    temperature = [instance(value, START + timedelta(hours=number)) for number, value in enumerate(values)]
    await sender.send({"id": ID, "type": "Room", "temperature": temperature}, "m1", "temporal")

    series = await retrieve(resources, points=1)

    (point,) = series.points
    assert (point.minimum, point.maximum, point.numbers) == (-largest, largest, 7)
    assert point.mean == pytest.approx(largest / 7 * 2)


async def test_an_attribute_is_named_by_its_iri_or_shortly(resources, room, sender):
    await sender.send({"id": ID, "type": "Room", "https://example.org/air#no2": [instance(1, START)]}, "m2", "temporal")

    for name in ("no2", "https://example.org/air#no2"):
        assert (await retrieve(resources, name)).newest == (START, 1.0)

    await sender.send({"id": ID, "type": "Room", "urn:other:no2": [instance(2, START)]}, "m3", "temporal")
    with pytest.raises(BadRequestData, match=r"example\.org/air#no2 and urn:other:no2"):
        await retrieve(resources, "no2")
    assert (await retrieve(resources, "urn:other:no2")).newest == (START, 2.0)


@pytest.mark.parametrize(
    ("attribute", "dataset", "words"),
    [
        ("pressure", None, "no history of attribute 'pressure'; it has history of humidity, temperature"),
        ("temperature", "urn:x:cellar", f"its datasets are: none, {DATASET}"),
        ("humidity", DATASET, "its datasets are: none$"),
    ],
)
async def test_what_never_was_is_not_found_and_what_was_is_named(resources, room, attribute, dataset, words):
    with pytest.raises(NotFound, match=words):
        await retrieve(resources, attribute, dataset=dataset)


async def test_an_attribute_of_datasets_alone_says_so(resources, sender):
    roof = instance(1, START, datasetId=DATASET)
    await sender.send({"id": ID, "type": "Room", "temperature": [roof]}, "m1", "temporal")

    with pytest.raises(NotFound, match=f"no history without a dataset; its datasets are: {DATASET}"):
        await retrieve(resources)


async def test_an_entity_that_is_not_there_or_not_seen_is_not_found(resources, room):
    with pytest.raises(NotFound, match=rf"{ID} has no history$"):
        await retrieve(resources, visible=Visible(whole=False))

    with pytest.raises(NotFound, match=r"urn:nobody has no history$"):
        await retrieve_series(
            resources, "default", "urn:nobody", SeriesQuery("temperature"), visible=Visible.everything()
        )


async def test_a_year_of_minutes_is_at_most_as_many_points_as_asked_for(resources, database, sender):
    await sender.send({"id": ID, "type": "Room", "temperature": [instance(0, START)]}, "m1", "temporal")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO t_default.history (seq, attribute, dataset, time, observed, modified_at, deleted, number)"
            " SELECT h.seq, h.attribute, h.dataset, h.time + n * interval '1 minute', true, h.time, false, n"
            "   FROM t_default.history h, generate_series(1, 525599) n"
        )

    series = await retrieve(resources, points=MAX_POINTS)
    narrow = await retrieve(resources, start=START + timedelta(days=100), end=START + timedelta(days=101))

    assert series.width == timedelta(hours=6)
    assert len(series.points) == 365 * 4 + 1
    assert sum(point.numbers for point in series.points) == 525_600
    assert series.points[1] == (datetime(2026, 6, 1, 6, tzinfo=UTC), 353.0, 532.5, 712.0, 360)
    assert (series.minimum, series.maximum) == (0.0, 525_599.0)
    assert narrow.width == timedelta(minutes=5)
    assert sum(point.numbers for point in narrow.points) == 1441


async def test_the_zone_of_the_database_moves_no_step(database, resources, sender):
    with psycopg.connect(database, autocommit=True) as connection:
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("ALTER DATABASE {} SET timezone = 'Europe/Berlin'").format(name))
    # There the clocks go forward on 29 March 2026.
    march = datetime(2026, 3, 20, tzinfo=UTC)
    temperature = [instance(number, march + timedelta(hours=number)) for number in range(24 * 20)]
    await sender.send({"id": ID, "type": "Room", "temperature": temperature}, "m1", "temporal")

    days = await retrieve(resources, points=20)
    weeks = await retrieve(resources, points=4)

    assert [point.start for point in days.points] == [march + timedelta(days=number) for number in range(20)]
    assert {point.numbers for point in days.points} == {24}
    assert [point.start for point in weeks.points] == [
        datetime(2026, 3, 16, tzinfo=UTC) + number * WEEK for number in range(4)
    ]


async def test_a_series_that_takes_too_long_says_what_to_do(serving, database, sender):
    await sender.send({"id": ID, "type": "Room", "temperature": [instance(0, START)]}, "m1", "temporal")
    async with open_resources(serving, measures=Measures(statement_timeout=timedelta(milliseconds=200))) as impatient:
        with psycopg.connect(database) as connection:
            connection.execute("LOCK TABLE t_default.history IN ACCESS EXCLUSIVE MODE")

            with pytest.raises(OperationNotSupported, match="narrow it by from and to"):
                await retrieve(impatient)
