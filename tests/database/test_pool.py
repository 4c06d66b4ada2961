# SPDX-License-Identifier: EUPL-1.2
"""Connections that keep a tenant's role, and come back when the server does."""

import asyncio

import psycopg
import pytest

from allmende.database.failures import Refused, TimedOut
from allmende.database.pool import Database, writing
from allmende.errors import NonexistentTenant, Unavailable

pytestmark = [pytest.mark.server, pytest.mark.storage]


async def who(connection) -> str:
    return await connection.fetchval("SELECT current_user")


async def test_a_connection_has_the_role_of_the_tenant(serving):
    pool = Database(serving)

    roles = [await pool.read(schema, who) for schema in ("t_default", "none", "t_default")]

    assert roles == ["t_default", "allmende_test_serving", "t_default"]
    await pool.close()


async def test_one_connection_serves_tenants_in_turn(serving):
    with psycopg.connect(serving, autocommit=True) as connection:
        connection.execute("SELECT platform.create_tenant('x1')")
    pool = Database(serving, size=1)

    roles = await asyncio.gather(*[pool.read(schema, who) for schema in ("t_default", "t_x1") * 5])

    assert roles == ["t_default", "t_x1"] * 5
    await pool.close()


async def test_no_more_connections_are_opened_than_allowed(serving, database):
    pool = Database(serving, size=3)

    async def count(connection) -> int:
        # Other tests have connections to other databases of this server.
        return await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'allmende' AND datname = current_database()"
        )

    counts = await asyncio.gather(*[pool.read("none", count) for _ in range(30)])

    assert max(counts) <= 3
    await pool.close()


async def test_the_first_read_after_the_server_ended_every_connection_succeeds(serving, database):
    pool = Database(serving)
    await pool.read("t_default", who)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'allmende' AND datname = current_database()"
        )

    role = await pool.read("t_default", who)

    assert role == "t_default"
    await pool.close()


async def test_a_reader_that_goes_away_when_it_is_called_calls_the_next(serving):
    pool = Database(serving, size=1)
    async with pool.platform():
        leaving, staying = [asyncio.create_task(pool.read("none", who)) for _ in range(2)]
        await asyncio.sleep(0)

    leaving.cancel()

    assert await asyncio.wait_for(staying, 5) == "allmende_test_serving"
    await pool.close()


async def test_who_has_waited_longest_comes_first(serving):
    pool = Database(serving, size=1)
    served = []

    async def read(number) -> None:
        await pool.read("none", who)
        served.append(number)
        # Comes again at once, while others wait.
        await pool.read("none", who)
        served.append(number)

    await asyncio.gather(*[read(number) for number in range(5)])

    assert served == [*range(5), *range(5)]
    await pool.close()


async def test_a_query_that_is_given_up_leaves_its_connection_with_the_right_role(serving):
    pool = Database(serving, size=1)
    running = asyncio.Event()

    async def sleep(connection) -> None:
        running.set()
        await connection.execute("SELECT pg_sleep(60)")

    for schema in ("t_default", "none", "t_default"):
        running.clear()
        given_up = asyncio.create_task(pool.read(schema, sleep))
        await running.wait()
        given_up.cancel()

        # One who is told to give up before the query has begun hears nothing; then the statement's own limit ends it.
        assert await asyncio.wait_for(pool.read("none", who), 30) == "allmende_test_serving"
        assert await asyncio.wait_for(pool.read("t_default", who), 5) == "t_default"
    await pool.close()


async def test_who_waits_when_the_pool_closes_is_told(serving):
    pool = Database(serving, size=1)
    async with pool.platform():
        waiting = asyncio.create_task(pool.read("none", who))
        await asyncio.sleep(0)

        await pool.close()

    with pytest.raises(Unavailable):
        await asyncio.wait_for(waiting, 5)


async def test_a_server_that_is_away_is_unavailable():
    pool = Database("postgresql://x@127.0.0.1:1/x")

    with pytest.raises(Unavailable):
        await pool.read("none", who)


async def test_a_failed_transaction_leaves_the_connection_usable(serving):
    pool = Database(serving)
    connection = await pool.connect()

    with pytest.raises(Refused):
        async with writing(connection, "t_default"):
            await connection.execute("SELECT 1 / 0")

    async with writing(connection, "t_default"):
        assert await who(connection) == "t_default"
    assert await who(connection) == "allmende_test_serving"
    await connection.close()


async def test_a_role_that_is_gone_leaves_the_connection_usable(serving):
    pool = Database(serving)
    connection = await pool.connect()

    with pytest.raises(Refused):
        async with writing(connection, "t_nobody"):
            pass

    async with writing(connection, "t_default"):
        assert await who(connection) == "t_default"
    await connection.close()


async def test_a_statement_that_takes_too_long_is_ended(serving):
    from datetime import timedelta

    pool = Database(serving, statement_timeout=timedelta(milliseconds=50))

    with pytest.raises(TimedOut):
        await pool.read("none", lambda connection: connection.execute("SELECT pg_sleep(10)"))

    assert await pool.read("t_default", who) == "t_default"
    await pool.close()


async def test_a_tenant_whose_role_is_gone_does_not_exist(serving):
    pool = Database(serving, size=1)

    for _ in range(2):
        with pytest.raises(NonexistentTenant):
            await pool.read("t_gone", who)

    assert await pool.read("t_default", who) == "t_default"
    await pool.close()
