# SPDX-License-Identifier: EUPL-1.2
"""The platform takes all that Musterstadt sends but what is meant to fail, and once is enough."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from allmende.launch.musterstadt import places
from allmende.launch.musterstadt.city import GARBLED, SENSORS, WRONG_CLOCK
from allmende.launch.musterstadt.outline import PLACES
from allmende.launch.musterstadt.past import tell
from allmende.launch.musterstadt.readings import readings
from tests.engine.conftest import Sender

pytestmark = [pytest.mark.server, pytest.mark.storage]
MINUTE = timedelta(minutes=1)


async def test_two_hours_are_stored_but_for_the_wrong_clock_and_the_nonsense(resources: object) -> None:
    """Two hours hold a whole hour of the clock, so both faults show."""
    sender, now = Sender(resources), datetime.now(UTC)
    minutes = [now - MINUTE * back for back in range(120, -1, -1)]

    receipts = [await sender.send(readings(at, at - MINUTE), f"m{n}") for n, at in enumerate(minutes)]

    rejected = [rejection for receipt in receipts for rejection in receipt["rejected"]]
    assert {rejection["entity"] for rejection in rejected} == {GARBLED, WRONG_CLOCK}
    assert sum(rejection["entity"] == GARBLED for rejection in rejected) <= 6
    assert sum(rejection["entity"] == WRONG_CLOCK for rejection in rejected) in {8, 9}
    assert sum(receipt["stored"] for receipt in receipts) > 120 * 40


async def test_the_map_and_the_past_are_stored_and_sending_them_again_changes_nothing(
    resources: object, database: str
) -> None:
    sender, now = Sender(resources), datetime.now(UTC)
    messages = [("entities", [places.to_entity(place) for place in PLACES])]
    messages += [("temporal", message) for message in tell(now - timedelta(days=1), now)]

    async def send_all(start: str) -> list[dict]:
        return [await sender.send(message, f"{start}{n}", kind) for n, (kind, message) in enumerate(messages)]

    first = await send_all("first")
    rows = count_rows(database)
    again = await send_all("again")

    assert [receipt["rejected"] for receipt in first + again] == [[]] * 2 * len(messages)
    assert sum(receipt["stored"] for receipt in first) == len(PLACES) + len(SENSORS)
    assert count_rows(database) == rows
    assert rows > 90 * len(SENSORS)


def count_rows(database: str) -> int:
    with psycopg.connect(database) as connection:
        return connection.execute("SELECT count(*) FROM t_default.history").fetchone()[0]
