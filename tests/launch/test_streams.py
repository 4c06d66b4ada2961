# SPDX-License-Identifier: EUPL-1.2
"""Streams of events of whole processes: they end with the process, and two that share a database tell each other."""

import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.api.streaming import Stream, streaming
from tests.launch.running import Running, up
from tests.system.city import City
from tests.system.publishing import publisher, room

pytestmark = [pytest.mark.server, pytest.mark.storage]


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, Running]]:
    """One of the processes that serve a database."""
    variables = {"ALLMENDE_DATABASE_FILE": str(folder / "serving.url")}
    with Running("serve", "all", "--port", 0, "--mqtt-port", 0, log=folder / "log", **variables) as process:
        yield process.ready()[0], process


def migrate(folder: Path, url: str) -> str:
    """Bring a database to this version; the administrator's key."""
    migrated = Running("migrate", "--data", folder, ALLMENDE_DATABASE=url)
    _, errors = migrated.process.communicate(timeout=60)
    assert migrated.process.returncode == 0, errors
    return (folder / "admin.key").read_text().strip()


async def write(http: str, key: str, *numbers: int) -> None:
    entities = [room(number, 1, "2026-06-01T12:00:00Z") for number in numbers]
    async with httpx.AsyncClient(base_url=http, headers={"X-API-Key": key}, timeout=60, trust_env=False) as client:
        answer = await client.post("/ngsi-ld/v1/entityOperations/upsert", json=entities)
        assert answer.status_code < 300, answer.text


async def meet(key: str, *met: tuple[str, Stream]) -> None:
    """Wait until processes hear each other: those that have just met have their clients begin anew."""
    for http, _ in met:
        for _, stream in met:
            await write(http, key, 0)
            while (await stream.next())[0] == "reset":
                await write(http, key, 0)


async def newest(stream: Stream, number: int) -> Any:
    """What is told of a room; nothing but what was written before comes first."""
    while (event := await stream.next())[1]["id"] != f"urn:ngsi-ld:Room:{number}":
        assert event[1]["id"] == "urn:ngsi-ld:Room:0"
    return event


async def fastest(stream: Stream, change: Callable[[int], Awaitable[None]]) -> float:
    """Seconds from a change to what is told of it; of three, since a machine may be busy."""
    seconds = []
    for number in (11, 12, 13):
        begun = time.monotonic()
        await change(number)
        await newest(stream, number)
        seconds.append(time.monotonic() - begun)
    return min(seconds)


async def test_two_processes_tell_each_other_what_they_change(tmp_path: Path, empty: str) -> None:
    key = migrate(tmp_path, empty)
    with serving(tmp_path) as (one, _), serving(tmp_path) as (other, _):
        async with streaming(one) as here, streaming(other, "?type=Room") as there:
            await meet(key, (one, here), (other, there))
            await write(one, key, 1)
            first = [await newest(here, 1), await newest(there, 1)]
            await write(other, key, 2)
            second = [await newest(here, 2), await newest(there, 2)]
        async with streaming(other) as there:
            seconds = await fastest(there, lambda number: write(one, key, number))

    assert seconds < 1
    assert first[0] == first[1]
    assert second[0] == second[1]


async def test_a_process_whose_connection_is_cut_has_its_clients_begin_anew(tmp_path: Path, empty: str) -> None:
    key = migrate(tmp_path, empty)
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'allmende allmende_feed_1'"
    with serving(tmp_path) as (one, _), serving(tmp_path) as (other, _):
        async with streaming(one) as here, streaming(other) as there:
            await meet(key, (one, here), (other, there))
            with psycopg.connect(empty, autocommit=True) as connection:
                cuts = len(connection.execute(cut).fetchall())
            await write(other, key, 1)
            while (await here.next())[0] != "reset":
                pass
            await meet(key, (one, here), (other, there))
            await write(other, key, 2)
            last = await newest(here, 2)

    assert cuts == 2
    assert last[0] == "entity"


async def test_a_message_is_told_within_a_second_and_a_restart_begins_anew(tmp_path: Path) -> None:
    city = City(tmp_path / "data")
    with city.up(), publisher(city, "sensors") as sensors:

        async def publish(number: int) -> None:
            sensors.publish(f"m{number}", room(number, 20, "2026-06-01T12:00:00Z"))

        async with streaming(city.http, "?type=Room") as stream:
            seconds = await fastest(stream, publish)
            os.kill(city.serving, signal.SIGKILL)
            with pytest.raises(httpx.TransportError):
                await stream.ended()
        async with streaming(city.http, after=stream.place) as again:
            anew, _ = await again.next()

    assert seconds < 1
    assert anew == "reset"


async def test_a_platform_with_open_streams_stops_at_once_and_ends_them(tmp_path: Path) -> None:
    platform = up(tmp_path)
    http, _ = platform.ready()
    async with streaming(http) as one, streaming(http, "?type=Room") as other:
        begun = time.monotonic()
        platform.process.send_signal(signal.SIGTERM)
        await one.ended()
        await other.ended()
        status, _ = platform.end()
        seconds = time.monotonic() - begun

    assert status == 0
    assert seconds < 5, "uvicorn waits so long for streams that nobody ends"
