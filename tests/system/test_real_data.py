# SPDX-License-Identifier: EUPL-1.2
"""Real data of cities on their whole way: from the files by a connector and MQTT into history, and out by the API."""

import re
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.city import City, Reading, wait_for_rows
from tests.system.conftest import database_of
from tests.system.feeds import Feed, Import, assert_stored, waiting_in
from tests.system.muenster import june_of_muenster, week_of_parking

pytestmark = [pytest.mark.server, pytest.mark.storage]

CAP = 1000
"""A month of one counter is 2,880 readings: less than the cap that is the default."""
OPENINGS = (("june", june_of_muenster, 208_626), ("parking", week_of_parking, 221_590))


@pytest.fixture(scope="module")
def kept_city(module_folder: Path, shared: Path) -> Iterator[City]:
    """A platform that answers at most 1,000 instances at once."""
    with database_of("allmende_city_real") as variables:
        city = City(module_folder / "data", ALLMENDE_TEMPORAL_INSTANCE_CAP=str(CAP), **variables)
        with city.up():
            yield city


@pytest.fixture(scope="module", params=OPENINGS, ids=lambda param: param[0])
def feed(request: pytest.FixtureRequest, shared: Path, module_folder: Path) -> Feed:
    """One of the two real data sets."""
    name, open_feed, total = request.param
    opened: Feed = open_feed(shared, module_folder)
    assert opened.total == total, f"the files of {name} are others than those that this test was written for"
    return opened


def test_every_value_is_stored_though_the_import_was_stopped_and_resumed(
    city: City, feed: Feed, module_folder: Path
) -> None:
    spool = module_folder / f"spool-{feed.attribute}"
    before = city.rows()
    stopped = Import(city, feed, spool)
    rows = wait_for_rows(city, before + feed.total // 3, ended=stopped.has_ended)
    stopped.running.process.send_signal(signal.SIGTERM)
    first = stopped.finish(status=130)

    second = Import(city, feed, spool).finish()

    assert rows - before < feed.total
    assert 0 < first["stored"] < feed.total
    assert second["stored"] < feed.total
    assert second["rejected"] == 0
    assert_stored(city, feed)
    assert waiting_in(spool) == 0


def test_a_second_import_with_a_fresh_spool_changes_nothing(city: City, feed: Feed, module_folder: Path) -> None:
    rows = city.rows()

    done = Import(city, feed, module_folder / f"fresh-{feed.attribute}").finish()

    assert done["stored"] == feed.total
    assert done["rejected"] == 0
    assert_stored(city, feed)
    assert city.rows() == rows


def test_every_value_of_an_entity_is_found_by_the_api_page_by_page(city: City, feed: Feed) -> None:
    counts = Counter(entity for entity, _, _ in feed.readings)
    chosen = [entity for entity, _ in (counts.most_common()[0], counts.most_common()[-1])]

    pages = {entity: list(pages_of(city, entity, feed.attribute)) for entity in chosen}

    for entity in chosen:
        found = Counter({reading: 1 for page in pages[entity] for reading in page})
        assert found == Counter({one: n for one, n in feed.readings.items() if one[0] == entity})
        assert len(pages[entity]) == pages_needed(counts[entity])


def pages_of(city: City, entity: str, attribute: str) -> Iterator[list[Reading]]:
    """The whole history of an attribute: each page goes on at the end that Content-Range names."""
    start = "1970-01-01T00:00:00Z"
    with city.client() as client:
        while True:
            answer = client.get(
                f"/ngsi-ld/v1/temporal/entities/{entity}",
                params={"attrs": attribute, "timerel": "after", "timeAt": start, "options": "temporalValues"},
            )
            assert answer.status_code in {200, 206}, answer.text
            values = answer.json()[attribute]["values"]
            assert len(values) <= CAP
            yield [(entity, time, value) for value, time in values]
            if answer.status_code == 200:
                return
            told = re.fullmatch(r"date-time (\S+Z)-(\S+Z)/\*", answer.headers["content-range"])
            assert told, answer.headers["content-range"]
            assert told[2] > start
            start = told[2]


def pages_needed(readings: int) -> int:
    """How many pages there are when each begins with the last instance of the one before it."""
    return 1 if readings <= CAP else 1 + -(-(readings - CAP) // (CAP - 1))
