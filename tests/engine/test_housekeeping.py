# SPDX-License-Identifier: EUPL-1.2
"""Message ids are kept for seven days, and not for ever."""

from datetime import timedelta

import pytest

from broker.engine.housekeeping import sweep

pytestmark = [pytest.mark.server, pytest.mark.storage]


@pytest.mark.parametrize(("days", "left"), [(6, 3), (8, 0)])
async def test_message_ids_are_forgotten_after_seven_days(resources, sender, rows, days, left):
    for number in range(3):
        await sender.send({"id": "urn:ngsi-ld:Room:1", "type": "Room", "count": number}, f"m{number}")

    swept = await sweep(resources.database, resources.tenants, resources.clock() + timedelta(days=days))

    assert swept == 3 - left
    assert rows("SELECT count(*) FROM t_default.received") == [(left,)]
