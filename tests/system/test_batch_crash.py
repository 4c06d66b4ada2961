# SPDX-License-Identifier: EUPL-1.2
"""F18: the serving process is killed while it stores a batch of 1,000 entities that came over HTTP."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx
import pytest

from tests.system.city import City
from tests.system.waiting import until

pytestmark = pytest.mark.server

ENTITIES, ROUNDS, MANY_ROUNDS = 1000, 3, 10
UPSERT = "/ngsi-ld/v1/entityOperations/upsert"
PLACES = ("entity", "history", "")
"""The table whose writing is held up, so that the kill falls before it; none: as soon as the transaction has begun."""
AT_THE_PLACE = (
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'allmende' AND xact_start IS NOT NULL"
    " AND (wait_event_type = 'Lock' OR %s = '')"
)


def shelves(version: int, kind: str) -> list[dict[str, Any]]:
    """1,000 entities, each of which says its version in two attributes."""
    said = {"type": "Property", "value": version}
    return [
        {"id": f"urn:ngsi-ld:{kind}:{number}", "type": kind, "first": said, "last": said} for number in range(ENTITIES)
    ]


def versions(client: httpx.Client, kind: str) -> Counter[tuple[int, int]]:
    """How many entities say which version in their two attributes."""
    answer = client.get("/ngsi-ld/v1/entities", params={"type": kind, "limit": ENTITIES, "options": "simplified"})
    return Counter((entity["first"], entity["last"]) for entity in answer.json())


def kill_in_transaction(city: City, ask: Callable[[], Future[httpx.Response]], place: str) -> Future[httpx.Response]:
    """Ask for the batch, and kill the serving process when it has come to the place."""
    with city.connect() as connection, city.connect() as watching, connection.transaction():
        if place:
            connection.execute(f"LOCK TABLE t_default.{place} IN SHARE MODE")
        answer = ask()

        def is_there() -> bool:
            assert not answer.done(), "the batch was stored before the kill"
            return bool(watching.execute(AT_THE_PLACE, [place]).fetchall())

        until(is_there, "the batch is being stored", every_s=0.001)
        city.kill(city.serving)
    return answer


@pytest.mark.parametrize(
    "round_",
    [pytest.param(n, marks=[] if n < ROUNDS else [pytest.mark.acceptance]) for n in range(MANY_ROUNDS)],
)
def test_each_entity_of_a_batch_is_old_or_new_and_the_client_can_repeat(city: City, round_: int) -> None:
    kind = f"Shelf{round_}"
    if round_ and round_ % ROUNDS == 0:
        city.stop()
        city.start()
    with city.client() as client:
        created = client.post(UPSERT, json=shelves(1, kind))
    with city.client() as client, ThreadPoolExecutor(1) as pool:
        batch = partial(pool.submit, client.post, UPSERT, json=shelves(2, kind))
        error = kill_in_transaction(city, batch, PLACES[round_ % len(PLACES)]).exception()
    with city.client() as client:
        left = versions(client, kind)
        repeated = client.post(UPSERT, json=shelves(2, kind))
        at_last = versions(client, kind)

    assert created.status_code == 201
    assert isinstance(error, httpx.TransportError), "the batch was in flight, so there was no answer"
    assert set(left) <= {(1, 1), (2, 2)}
    assert left.total() == ENTITIES
    assert repeated.status_code == 204
    assert at_last == {(2, 2): ENTITIES}
