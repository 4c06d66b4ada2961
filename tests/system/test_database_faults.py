# SPDX-License-Identifier: EUPL-1.2
"""The database is killed, restarted, or has no room: what was acknowledged stays, and the platform gets over it."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from allmende.launch import leftovers
from allmende.launch.disk import LEAST_FREE_RATIO
from allmende.launch.supervision import MOST_FAILURES
from tests.system.city import City, cpu_seconds
from tests.system.loading import assert_kept, load
from tests.system.waiting import until

pytestmark = pytest.mark.server

RECOVER_S = 5.0
BESIDE_OTHER_WORK_S = 20.0


def test_no_acknowledged_write_is_lost_when_postgresql_is_killed_under_load(city: City) -> None:
    """F2."""
    with load(city, "f2") as (http, mqtt):
        until(lambda: len(http.created) > 50 and len(mqtt.sender.receipts) > 200, "both ways are under load")
        city.kill(city.postmaster)
        under_way = mqtt.unacknowledged
        until(city.database_is_up, "PostgreSQL is up again")
        since, created, received = time.monotonic(), len(http.created), len(mqtt.sender.receipts)
        until(lambda: len(http.created) > created and len(mqtt.sender.receipts) > received, "both ways work again")
        recovered_s = time.monotonic() - since
        assert_kept(city, http, mqtt)

    assert under_way > 0
    assert http.statuses[503] > 0
    assert recovered_s <= BESIDE_OTHER_WORK_S


def test_the_first_request_after_a_restart_of_postgresql_succeeds_though_the_pool_was_idle(city: City) -> None:
    """F3."""
    entity = {"id": "urn:ngsi-ld:Lamp:f3", "type": "Lamp", "power": {"type": "Property", "value": 1}}
    paths = ["/ngsi-ld/v1/entities?type=Lamp", "/ngsi-ld/v1/types", "/admin/keys", "/readyz"]
    with city.client() as client, ThreadPoolExecutor(16) as pool:
        warmed = list(pool.map(client.get, paths * 8))
        before = city.postmaster
        os.kill(before, signal.SIGINT)
        assert leftovers.wait_for_end(before, 20)
        until(city.database_is_up, "PostgreSQL is up again")

        created = client.post("/ngsi-ld/v1/entities", json=entity)
        answers = list(pool.map(client.get, paths * 8))

    assert city.postmaster != before
    assert {answer.status_code for answer in warmed} == {200}
    assert created.status_code == 201
    assert {answer.status_code for answer in answers} == {200}


FILLED = {
    # What is left free decides what cannot grow: the tables, or the write-ahead log, which needs 16 MB at once.
    "tables": 1_000_000,
    "write-ahead log": 10_000_000,
}


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """A folder of 400 MB, on a file system of its own."""
    place = folder / "data"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400m,mode=0755", "allmende-test", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"only root can mount a small disk: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.parametrize(
    ("filled", "failures"),
    [
        ("tables", 2),
        ("write-ahead log", 3),
        pytest.param("write-ahead log", MOST_FAILURES + 1, marks=pytest.mark.acceptance),
    ],
)
def test_a_full_disk_loses_nothing_and_the_platform_goes_on_when_there_is_room(
    small_disk: Path, filled: str, failures: int
) -> None:
    """F6."""
    city, ballast = City(small_disk), small_disk / "ballast"
    with city.up(), load(city, "f6") as (http, mqtt):
        until(lambda: len(http.created) > 50 and len(mqtt.sender.receipts) > 50, "both ways are under load")
        assert free_ratio(city) > LEAST_FREE_RATIO
        fill(ballast, leave=FILLED[filled])
        assert free_ratio(city) < LEAST_FREE_RATIO
        if filled == "write-ahead log":
            with suppress(psycopg.Error):
                city.sql("SELECT pg_switch_wal()")
        refused = until(lambda: http.statuses[503], "HTTP is told")
        waiting, since, busy = mqtt.unacknowledged, time.monotonic(), cpu_seconds(city.serving)
        if filled == "write-ahead log":
            until(lambda: city.log.read_text().count("did not start") >= failures, "PostgreSQL has tried to start")
        until(lambda: http.statuses[503] >= refused + 20 * failures, "it goes on refusing")
        taken, busy = len(mqtt.sender.acknowledged), cpu_seconds(city.serving) - busy
        lasted, said = time.monotonic() - since, len(city.log.read_text().splitlines())

        ballast.unlink()
        created = len(http.created)
        until(lambda: len(http.created) > created, "writes succeed again")
        assert_kept(city, http, mqtt)

    assert waiting > 0
    assert taken < len(mqtt.sent), "what is not stored is not acknowledged"
    assert busy < lasted / 2, "it does not try again and again"
    assert said < 20 + 3 * failures


def free_ratio(city: City) -> float:
    """What the alarm looks at, as a monitoring system reads it."""
    text = city.get("/metrics").text
    return float(re.search(r"^allmende_disk_free_ratio (\S+)$", text, re.MULTILINE)[1])


def fill(ballast: Path, *, leave: int) -> None:
    """Fill the disk but for some bytes."""
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(ballast.parent).free - leave)
