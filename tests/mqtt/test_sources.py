# SPDX-License-Identifier: EUPL-1.2
"""A connector that reads from the own endpoint: what it says when it may not."""

import asyncio
from pathlib import Path

import pytest

from allmende.errors import Retry, Stop
from connectors.declarative.connector import Declared
from tests.connectors.writing import declare

pytestmark = pytest.mark.server
OWN = "allmende/v1/default/sensors/down/#"
FOREIGN = "allmende/v1/default/others/down/#"


def listen(folder: Path, port: int, topic: str, version: str = "5", key: str = "key of sensors") -> Declared:
    settings = f"topics: '{topic}', version: {version}, username: sensors, password: {key}, quiet: 300ms"
    source = f"source: {{type: mqtt, url: 'mqtt://127.0.0.1:{port}', {settings}}}\n"
    return declare(folder, f"{source}entity: {{type: T, id: id, attributes: {{x: x}}}}\n")


async def read(connector: Declared) -> int:
    return len([record async for record in connector.source.read({})])


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_topics_that_may_not_be_read_stop_with_words(keyed_port: int, tmp_path: Path, version: str) -> None:
    assert await read(listen(tmp_path, keyed_port, OWN, version)) == 0

    with pytest.raises(Stop, match="does not let us read allmende/v1/default/others/down/#"):
        await read(listen(tmp_path, keyed_port, FOREIGN, version))


async def test_a_wrong_key_stops_with_words(keyed_port: int, tmp_path: Path) -> None:
    with pytest.raises(Stop, match="refuses the username or the password"):
        await read(listen(tmp_path, keyed_port, OWN, key="wrong"))


async def test_another_client_of_the_same_name_is_named_as_the_reason(keyed_port: int, tmp_path: Path) -> None:
    connector = listen(tmp_path, keyed_port, OWN)
    ready = asyncio.Event()

    async def follow() -> None:
        async for _ in connector.source.follow({}, ready.set):
            pass

    following = asyncio.ensure_future(follow())
    await ready.wait()
    await read(connector)

    with pytest.raises(Retry, match="another client has the same client_id"):
        await following
