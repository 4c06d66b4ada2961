# SPDX-License-Identifier: EUPL-1.2
"""Message ids are kept for seven days, and not for ever."""

from datetime import timedelta

import psycopg
import pytest

from broker.engine.housekeeping import sweep, tidy
from broker.ngsi.retention import FOR_EVER, Retention

pytestmark = [pytest.mark.server, pytest.mark.storage]


@pytest.mark.parametrize(("days", "left"), [(6, 3), (8, 0)])
async def test_message_ids_are_forgotten_after_seven_days(resources, sender, rows, days, left):
    for number in range(3):
        await sender.send({"id": "urn:ngsi-ld:Room:1", "type": "Room", "count": number}, f"m{number}")

    swept = await sweep(resources.database, resources.tenants, resources.clock() + timedelta(days=days))

    assert swept == 3 - left
    assert rows("SELECT count(*) FROM t_default.received") == [(left,)]


async def test_history_is_cleared_once_a_day_where_there_is_a_rule(resources, sender, rows):
    morning = resources.clock().replace(hour=6) + timedelta(days=30)

    async def tidied(retention, hours, cleared):
        await sender.send({"id": "urn:ngsi-ld:Room:1", "type": "Room", "count": hours}, f"m{hours}")
        now = morning + timedelta(hours=hours)
        day = await tidy(resources.database, resources.tenants, retention, now, cleared)
        return day, rows("SELECT count(*) FROM t_default.history")[0][0]

    week = Retention({"*": timedelta(days=7)})

    kept = await tidied(FOR_EVER, 0, None)
    gone = await tidied(week, 0.1, None)
    same_day = await tidied(week, 0.2, gone[0])
    next_day = await tidied(week, 24, gone[0])

    assert kept == (None, 1)
    assert (gone[1], same_day, next_day[1]) == (0, (gone[0], 1), 0)
    assert next_day[0] == gone[0] + timedelta(days=1)


async def test_a_snapshot_that_cannot_be_dropped_holds_up_no_other(resources, rows, database):
    slugs = [f"default.{number:020x}" for number in range(2)]
    async with resources.database.platform() as connection:
        for slug in slugs:
            await connection.execute("SELECT platform.create_snapshot($1, 'default', '{}')", slug)
            await connection.execute(
                "INSERT INTO platform.snapshot (slug, tenant, id, status, priority, document, created_at, modified_at,"
                " used_at, expires_at) VALUES ($1, 'default', $1, 'empty', 5, '{}', now(), now(), now(), now())",
                slug,
            )
    role = await resources.tenants.schema_of(slugs[0])
    with psycopg.connect(database, autocommit=True) as superuser:
        superuser.execute(f"CREATE TABLE public.kept (); GRANT SELECT ON public.kept TO {role}")
        later = resources.clock() + timedelta(hours=1)

        await tidy(resources.database, resources.tenants, FOR_EVER, later, None)
        left = rows("SELECT slug FROM platform.snapshot")
        superuser.execute("DROP TABLE public.kept")
        await tidy(resources.database, resources.tenants, FOR_EVER, later, None)

    assert left == [(slugs[0],)]
    assert rows("SELECT slug FROM platform.snapshot") == []
