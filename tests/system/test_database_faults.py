# SPDX-License-Identifier: EUPL-1.2
"""The database is killed, restarted, or has no room: what was acknowledged stays, and the platform gets over it."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from allmende.launch import leftovers
from tests.system.city import City
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
        mqtt.stop()
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
