# SPDX-License-Identifier: EUPL-1.2
"""Connectors under faults, on the whole way: a full spool, wrong clocks, a poisoned record, processes that stand still."""

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.states import ConnectorState, read_states
from tests.connectors.test_testing import run
from tests.launch.running import pids_of
from tests.system.city import City
from tests.system.feeds import Feed, Import, append_days, assert_stored, make_meadow, rows_in, waiting_in
from tests.system.waiting import until

pytestmark = pytest.mark.server

PROBE = """\
apiVersion: connectors/v1
name: {name}
source: {{type: file, path: {name}.csv, every: 1s, jitter: 0s}}
{more}
entity:
  type: Probe
  id: id
  observedAt: at
  attributes:
    reading: $number(value)
"""


@pytest.fixture(autouse=True)
def no_letters(city: City) -> Iterator[None]:
    """A test leaves no dead letters to the others."""
    yield
    city.command("deadletters", "drop", "--all")


def probe(folder: Path, name: str, rows: list[tuple[str, str, object]], more: str = "") -> Feed:
    """A connector of a CSV: id, time and value."""
    lines = "".join(f"{entity},{at},{value}\n" for entity, at, value in rows)
    (folder / f"{name}.csv").write_text(f"id,at,value\n{lines}")
    file = folder / f"{name}.yaml"
    file.write_text(PROBE.format(name=name, more=more))
    return Feed(connector=str(file), environment={}, attribute="reading", readings=Counter())


def letters_of(city: City, connector: str) -> list[dict[str, Any]]:
    """The dead letters of a connector, with their records."""
    listed = json.loads(city.command("deadletters", "list", "--connector", connector, "--json"))
    return [json.loads(city.command("deadletters", "show", letter["id"], "--json")) for letter in listed]


def text_of(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_wrong_clocks_of_a_source_are_set_aside_and_do_not_poison_what_is_current(city: City, folder: Path) -> None:
    """F10."""
    now = datetime.now(UTC)
    times = {
        1: text_of(now - timedelta(minutes=1)),
        2: text_of(now + timedelta(hours=1)),
        3: text_of(now + timedelta(days=3653)),
        4: "1970-01-01T00:00:00Z",
        5: "2026-06-01T12:00:00",
        6: text_of(now + timedelta(minutes=2)),
    }
    sound = {1, 4, 6}
    together = [("all", at, value) for value, at in times.items()]
    alone = [(f"only-{value}", at, value) for value, at in times.items()]
    feed = probe(folder, "clocks", [*together, *alone])

    done = Import(city, feed, folder / "spool").finish(status=3)

    history = city.history("reading", ids="urn:ngsi-ld:Probe:clocks:%")
    current = city.get("/ngsi-ld/v1/entities/urn:ngsi-ld:Probe:clocks:all").json()["reading"]
    letters = {letter["entity"].rpartition(":")[2]: letter for letter in letters_of(city, "clocks")}
    assert done == {"read": 12, "stored": 6, "rejected": 6}
    assert sorted((value, time) for _, time, value in history) == sorted(
        (value, times[value]) for value in [*sound, *sound]
    )
    assert set(history.values()) == {1}
    assert (current["value"], current["observedAt"]) == (6, times[6])
    assert letters.keys() == {"all", "only-2", "only-3", "only-5"}
    assert all(letters[f"only-{value}"]["payload"]["reading"]["value"] == value for value in (2, 3, 5))
    assert all("ahead" in letters[f"only-{value}"]["reason"] for value in (2, 3))
    assert times[5] in letters["only-5"]["reason"]


def test_one_poisoned_record_of_500_is_set_aside_with_its_content_and_comes_not_again(city: City, folder: Path) -> None:
    """F11."""
    rows = [(f"{number % 10}", f"2026-06-01T10:{number // 60:02}:{number % 60:02}Z", number) for number in range(500)]
    rows[123] = (*rows[123][:2], "poison")  # type: ignore[assignment]
    feed = probe(folder, "poisoned", rows)
    feeding = Import(city, feed, folder / "spool", once=False)
    until(lambda: sum(city.history("reading", ids="urn:ngsi-ld:Probe:poisoned:%").values()) == 499, "499 are stored")
    until(lambda: waiting_in(folder / "spool") == 0, "everything has its receipt")

    (letter,) = letters_of(city, "poisoned")
    before = received(city, "poisoned")
    for _ in range(2):
        last = state_of(folder).next_read
        until(lambda last=last: state_of(folder).next_read != last, "the source is read once more", every_s=0.1)
    feeding.running.end()

    assert letter["record"] == {"id": "3", "at": rows[123][1], "value": "poison"}
    assert letter["attribute"] == "reading"
    assert "'poison' is not a number" in letter["reason"]
    assert letter["attempts"] == 1
    assert received(city, "poisoned") == before


def received(city: City, connector: str) -> int:
    """How many messages of a connector the platform has seen."""
    return int(city.sql("SELECT count(*) FROM t_default.received WHERE connector = %s", connector)[0][0])


def state_of(folder: Path) -> ConnectorState:
    """What the connector of a folder says of itself."""
    (state,) = read_states(folder / "spool")
    return state


@contextmanager
def standing_still(pid: int) -> Iterator[None]:
    """A process that does nothing for a while."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def serving_of(city: City) -> int:
    return pids_of(city.data)[1]


@pytest.mark.parametrize("still_s", [3, pytest.param(60, marks=pytest.mark.acceptance)])
@pytest.mark.parametrize("who", ["serving process", "connector"])
def test_who_stands_still_while_readings_are_under_way_goes_on_and_nothing_is_lost_or_doubled(
    city: City, folder: Path, who: str, still_s: int
) -> None:
    """F12: there is one serving process; while it stands still, the spool of each connector takes what is read."""
    name = f"still-{who[:3]}{still_s}"
    feed, spool = make_meadow(folder, name, days=10), folder / "spool"
    feeding = Import(city, feed, spool, once=False)
    until(lambda: 0 < sum(city.history("level", ids=feed.ids).values()) < feed.total, "readings are under way")

    with standing_still(serving_of(city) if who == "serving process" else feeding.pid):
        append_days(feed, name, range(10, 12))
        since = time.monotonic()
        if who == "serving process":
            until(lambda: rows_in(spool) > 0, "the connector reads on")
        until(lambda: time.monotonic() - since > still_s, "it stood still for a while")
    since = time.monotonic()
    until(lambda: sum(city.history("level", ids=feed.ids).values()) == feed.total, "all is stored", every_s=0.05)
    flowing_again_s = time.monotonic() - since
    until(lambda: waiting_in(spool) == 0, "everything has its receipt", every_s=0.05)
    feeding.running.end()

    assert_stored(city, feed)
    assert flowing_again_s <= 30 + still_s


def test_what_is_read_while_the_platform_is_away_from_the_start_waits_in_the_spool(city: City, folder: Path) -> None:
    feed, spool = make_meadow(folder, "early", days=2), folder / "spool"
    city.stop()
    feeding = Import(city, feed, spool, once=False)
    rows = feed.total // 24
    until(lambda: sum(state.backlog for state in read_states(spool)) == rows, "all is read", every_s=0.05)

    city.start()
    until(lambda: waiting_in(spool) == 0, "everything has its receipt", seconds=90, every_s=0.05)
    feeding.running.end()

    assert_stored(city, feed)


def test_a_full_spool_drops_the_oldest_where_the_file_says_so_and_tells_how_many(city: City, folder: Path) -> None:
    """F7."""
    total = 30_000
    rows = [(f"{number}", f"2026-06-01T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}Z", number)
            for number in range(total)]  # fmt: skip
    feed = probe(folder, "narrow", rows, "spool: {size: 1MiB, when_full: drop_oldest}")
    with standing_still(serving_of(city)):
        feeding = Import(city, feed, folder / "spool", once=False)
        until(lambda: waiting_in(folder / "spool") and state_of(folder).full_since, "the spool is full", every_s=0.1)
        until(lambda: state_of(folder).state == "waiting", "all is read", every_s=0.1)
    until(lambda: waiting_in(folder / "spool") == 0, "everything has its receipt", every_s=0.1)
    until(lambda: state_of(folder).full_since is None, "it has room", every_s=0.1)
    dropped = state_of(folder).dropped
    shown = run("list", "--data", folder / "spool").stdout
    feeding.running.end()

    stored = {int(value) for _, _, value in city.history("reading", ids="urn:ngsi-ld:Probe:narrow:%")}
    assert 0 < dropped < total
    assert len(stored) >= total - dropped
    assert total - 1 in stored
    assert f"narrow: {dropped} records were dropped because the spool was full\n" in shown
    log = (folder / "spool.log").read_text()
    assert log.count('"spool_full"') == 1
    assert f'"dropped": {dropped}, "event": "spool_has_room"' in log
    assert city.dead_letters() == 0
