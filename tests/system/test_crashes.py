# SPDX-License-Identifier: EUPL-1.2
"""kill -9 while readings are under way: after restart and resume nothing is lost, and nothing is there twice."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.system.city import City, wait_for_rows
from tests.system.feeds import Feed, Import, assert_stored, make_meadow, waiting_in
from tests.system.muenster import june_of_muenster
from tests.system.waiting import until

pytestmark = pytest.mark.server

ROUNDS, MANY_ROUNDS = 3, 10
RESUME_S = 5.0
BESIDE_OTHER_WORK_S = 30.0
"""A test that is no benchmark must not fail because its machine is busy."""

Kill = Callable[[City, Import], None]


def kill_serving(city: City, _feeding: Import) -> None:
    city.kill(city.serving)


def kill_postgresql(city: City, _feeding: Import) -> None:
    city.kill(city.postmaster)


def kill_everything(city: City, feeding: Import) -> None:
    city.kill_everything(feeding.pid)
    feeding.running.end()


VICTIMS = {"serving": kill_serving, "postgresql": kill_postgresql, "everything": kill_everything}


def interrupt(city: City, feed: Feed, spool: Path, kill: Kill, *, part: float) -> Import:
    """Kill when `part` of the readings is stored; shows that work was in flight."""
    before = city.rows()
    per_reading = 2 if feed.has_serials else 1
    feeding = Import(city, feed, spool)
    rows = wait_for_rows(city, before + int(feed.total * per_reading * part) or 1, ended=feeding.has_ended) - before

    kill(city, feeding)
    waiting = waiting_in(spool)

    assert 0 < rows < feed.total * per_reading
    assert waiting > 0, "no receipt was outstanding"
    return feeding


def resume(city: City, feed: Feed, spool: Path, feeding: Import) -> float:
    """Go on until all is stored; how long it took from the kill, or from when PostgreSQL was up again."""
    if city.running is None:
        city.start()
        feeding = Import(city, feed, spool)
    until(city.database_is_up, "PostgreSQL is up again")
    since, rows = time.monotonic(), city.rows()
    wait_for_rows(city, rows + 1, ended=feeding.has_ended)
    resumed_s = time.monotonic() - since
    feeding.finish()
    return resumed_s


@pytest.mark.parametrize("round_", range(ROUNDS))
@pytest.mark.parametrize("victim", VICTIMS)
def test_nothing_is_lost_or_doubled_by_kill_9(city: City, module_folder: Path, victim: str, round_: int) -> None:
    name = f"{victim}{round_}"
    feed, spool = make_meadow(module_folder, name), module_folder / f"spool-{name}"

    feeding = interrupt(city, feed, spool, VICTIMS[victim], part=(round_ + 1) / (ROUNDS + 2))
    resumed_s = resume(city, feed, spool, feeding)

    assert_stored(city, feed)
    assert waiting_in(spool) == 0
    assert resumed_s <= BESIDE_OTHER_WORK_S


@pytest.mark.acceptance
@pytest.mark.parametrize("round_", range(MANY_ROUNDS))
@pytest.mark.parametrize("victim", VICTIMS)
def test_a_month_of_real_counts_survives_kill_9(folder: Path, shared: Path, victim: str, round_: int) -> None:
    city, feed, spool = City(folder / "data"), june_of_muenster(shared, folder), folder / "spool"

    with city.up():
        feeding = interrupt(city, feed, spool, VICTIMS[victim], part=(round_ + 1) / (MANY_ROUNDS * 2))
        resumed_s = resume(city, feed, spool, feeding)

        assert_stored(city, feed)
        assert waiting_in(spool) == 0
        assert resumed_s <= RESUME_S
