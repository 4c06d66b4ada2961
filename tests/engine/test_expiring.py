# SPDX-License-Identifier: EUPL-1.2
"""The sweep of what has expired, as a serving process runs it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from broker.engine.entities import create_entity
from broker.engine.expiring import expire
from broker.engine.resources import Measures, open_resources
from broker.ngsi.contexts import CORE
from broker.ngsi.parsing import parse_entity

pytestmark = [pytest.mark.server, pytest.mark.storage]


def room(number, expires_at=None):
    members = {} if expires_at is None else {"expiresAt": expires_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
    return parse_entity({"id": f"urn:ngsi-ld:Room:{number}", "type": "Room", "count": 1, **members}, CORE)


async def test_a_serving_process_sweeps_by_itself_and_leaves_what_lasts(serving, rows):
    async with open_resources(serving, measures=Measures(expiry_sweep=timedelta(milliseconds=100))) as resources:
        soon = datetime.now(UTC) + timedelta(milliseconds=300)
        for number, time in enumerate([soon, None, soon + timedelta(days=1)]):
            await create_entity(resources, "default", room(number, time))

        async with asyncio.timeout(10):
            while len(rows("SELECT seq FROM t_default.expiry")) > 1:
                await asyncio.sleep(0.02)

    left = rows("SELECT n.id, n.deleted_at IS NULL FROM t_default.name n ORDER BY n.id")
    assert left == [(f"urn:ngsi-ld:Room:{number}", number > 0) for number in range(3)]
    assert rows("SELECT count(*) FROM t_default.history WHERE deleted") == [(1,)]


async def test_what_cannot_be_swept_is_tried_again_in_the_next_round_and_not_at_once(resources, rows):
    rows(
        "WITH n AS (INSERT INTO t_default.name (id) VALUES ('urn:x:1') RETURNING seq)"
        " INSERT INTO t_default.expiry SELECT n.seq, now() - interval '1 hour' FROM n RETURNING seq"
    )

    following = await expire(resources.database, resources.writer, "t_default", resources.clock)

    assert following is None
    assert rows("SELECT count(*) FROM t_default.expiry") == [(1,)]
