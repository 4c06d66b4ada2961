# SPDX-License-Identifier: EUPL-1.2
"""Messages of a real broker: taken once they are on disk, kept while nobody is there, and told in words what is wrong."""

import asyncio
import gc
import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import trustme
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from allmende.errors import Retry, SettingsError, Stop
from connectors.declarative.connector import Declared
from connectors.declarative.sources.listening import MOST_WAITING, Listener
from connectors.link import Link, parse_platform
from connectors.preview import preview, record_fixture
from connectors.runner import Pace, Runner
from connectors.spool import Spool
from tests.connectors.platforms import FakePlatform
from tests.connectors.test_testing import run
from tests.connectors.writing import declare, read_all
from tests.mqtt.mosquitto import Mosquitto, find_program, running

pytestmark = [pytest.mark.server, pytest.mark.needs("mosquitto")]
VERSIONS = ["5", "3.1.1"]


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    with running(folder) as broker:
        yield broker


@contextmanager
def publisher(port: int) -> Iterator[Callable[..., None]]:
    """Publishes; returns when the broker has every message."""
    client = Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(1000)
    client.connect("127.0.0.1", port)
    client.loop_start()

    def send(messages: dict[str, Any], **options: Any) -> None:
        sent = [client.publish(topic, content, **{"qos": 1, **options}) for topic, content in messages.items()]
        for info in sent:
            info.wait_for_publish(20)

    yield send
    client.disconnect()
    client.loop_stop()


def send(port: int, messages: dict[str, Any], **options: Any) -> None:
    with publisher(port) as publish:
        publish(messages, **options)


def numbered(count: int, first: int = 0) -> dict[str, str]:
    return {f"m/s{number}": json.dumps({"x": number}) for number in range(first, first + count)}


def listen(folder: Path, port: int, more: str = "", *, scheme: str = "mqtt") -> Declared:
    source = f'{{type: mqtt, url: "{scheme}://localhost:{port}", topics: "m/{{id}}", quiet: 300ms, {more}}}'
    return declare(folder, f"source: {source}\nentity: {{type: T, id: $topic.id, attributes: {{x: x}}}}\n")


async def take(connector: Declared, *, kept: bool = True) -> list[Any]:
    """Read until it is quiet, and have what was read on disk, or not."""
    contents = []
    async for record in connector.source.read({}):
        contents.append(record.content["x"])
        if kept and record.when_kept is not None:
            record.when_kept()
    return sorted(contents)


@asynccontextmanager
async def at_work(connector: Declared, platform: FakePlatform, spool: Spool):
    link = Link(parse_platform(f"mqtt://127.0.0.1:{platform.port}"), tenant="default", connector="test", key=None)
    await link.open(patience_s=10)
    runner = Runner(connector.source, connector.mapping, spool, link, version="1", pace=Pace(first_repeat_s=0.3))
    task = asyncio.ensure_future(runner.run())
    yield runner
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def until(condition: Callable[[], Any]) -> Any:
    async with asyncio.timeout(30):
        while not (answer := condition()):
            await asyncio.sleep(0.01)
    return answer


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool" / "default-test.sqlite")
    yield opened
    opened.close()


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_broker_keeps_messages_while_nobody_is_there(
    mosquitto: Mosquitto, tmp_path: Path, version: str
) -> None:
    connector = listen(tmp_path, mosquitto.port, f"version: {version}")
    before = await take(connector)
    await asyncio.to_thread(send, mosquitto.port, numbered(20))

    assert before == []
    assert await take(connector) == list(range(20))
    assert await take(connector) == []


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_is_not_on_disk_comes_again(mosquitto: Mosquitto, tmp_path: Path, version: str) -> None:
    connector = listen(tmp_path, mosquitto.port, f"version: {version}")
    await take(connector)
    await asyncio.to_thread(send, mosquitto.port, numbered(5))

    assert await take(connector, kept=False) == list(range(5))
    assert await take(connector) == list(range(5))
    assert await take(connector) == []


async def test_retained_messages_come_once_and_no_session_is_kept_at_qos_0(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    await asyncio.to_thread(send, mosquitto.port, numbered(2), retain=True)
    careful, careless = listen(tmp_path, mosquitto.port), listen(tmp_path, mosquitto.port, "qos: 0, client_id: other")

    assert [await take(careful) for _ in range(2)] == [[0, 1], []]
    assert [await take(careless) for _ in range(2)] == [[0, 1], [0, 1]]


async def test_a_message_of_a_topic_that_was_given_up_is_taken_and_nothing_more(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    source = f'{{type: mqtt, url: "mqtt://localhost:{mosquitto.port}", topics: ["m/{{id}}", "old/#"], quiet: 300ms}}'
    entity = "entity: {type: T, id: $topic.id, attributes: {x: x}}\n"
    await take(declare(tmp_path, f"source: {source}\n{entity}"))
    await asyncio.to_thread(send, mosquitto.port, {"old/a": '{"x": 1}', "m/b": '{"x": 2}'})

    assert await take(declare(tmp_path, f"source: {source}\n{entity}".replace(', "old/#"', ""))) == [2]
    assert await take(declare(tmp_path, f"source: {source}\n{entity}")) == []


async def test_a_preview_takes_nothing_from_a_run_and_records_what_it_saw(mosquitto: Mosquitto, tmp_path: Path) -> None:
    connector, fixture = listen(tmp_path, mosquitto.port), tmp_path / "fixture.json"
    await take(connector)
    await asyncio.to_thread(send, mosquitto.port, numbered(3), retain=True)

    answer = await preview(connector, 100, one_part=True)
    record_fixture(connector, answer, fixture)
    again = await asyncio.to_thread(run, "preview", connector.path, "--replay", fixture, "--json")

    assert [entity["x"]["value"] for entity in answer.entities] == [0, 1, 2]
    assert json.loads(again.stdout)["entities"] == answer.entities
    assert await take(connector) == [0, 1, 2]


async def test_a_run_once_ends_when_it_is_quiet_and_leaves_nothing_with_the_broker(
    mosquitto: Mosquitto, platform: FakePlatform, spool: Spool, tmp_path: Path
) -> None:
    connector = listen(tmp_path, mosquitto.port)
    await take(connector)
    await asyncio.to_thread(send, mosquitto.port, {**numbered(3000), "m/wrong": "{"})
    link = Link(parse_platform(f"mqtt://127.0.0.1:{platform.port}"), tenant="default", connector="test", key=None)
    await link.open(patience_s=10)

    totals = await Runner(connector.source, connector.mapping, spool, link, version="1", pace=Pace()).run_once()

    letters = [content for kind, _, content in platform.messages if kind == "deadletters"]
    assert totals.as_json() == {"read": 3001, "stored": 3000, "rejected": 1}
    assert [(letter["record"], letter["reason"][:23]) for (letter,) in letters] == [("{", "The payload is not JSON")]
    assert await take(connector) == []


async def test_with_a_full_spool_the_rest_stays_with_the_broker(
    mosquitto: Mosquitto, platform: FakePlatform, tmp_path: Path
) -> None:
    platform.answers = False
    narrow = Spool(tmp_path / "narrow.sqlite", most_waiting_bytes=20_000)
    connector = listen(tmp_path, mosquitto.port)
    await take(connector)
    await asyncio.to_thread(send, mosquitto.port, numbered(12_000))

    async with at_work(connector, platform, narrow) as runner:
        await until(lambda: narrow.is_full)
        await asyncio.to_thread(send, mosquitto.port, numbered(1000, 12_000))
        read = runner.totals.read
        platform.answers = True
        await until(lambda: runner.totals.stored >= 13_000)
    narrow.close()

    assert read <= 5000
    assert sorted(entity["x"]["value"] for entity in platform.entities()) == list(range(13_000))


async def test_what_nobody_takes_stays_outside_at_qos_0_too(mosquitto: Mosquitto, tmp_path: Path) -> None:
    connector = listen(tmp_path, mosquitto.port, "qos: 0")
    listener = Listener(connector.source._subscriber(watching=False))
    await listener.open()
    await asyncio.to_thread(send, mosquitto.port, numbered(3 * MOST_WAITING))
    await until(lambda: listener._waiting == MOST_WAITING)
    waiting = [listener._arrived.qsize()]
    first = [await listener.next(5) for _ in range(MOST_WAITING)]
    await until(lambda: listener._waiting == MOST_WAITING)
    waiting.append(listener._arrived.qsize())
    second = [await listener.next(5) for _ in range(2 * MOST_WAITING)]
    await listener.close()

    assert max(waiting) <= MOST_WAITING
    topics = [message.topic for message in [*first, *second] if message]
    assert topics == list(numbered(3 * MOST_WAITING))


async def test_a_connection_is_closed_while_messages_wait(mosquitto: Mosquitto, tmp_path: Path) -> None:
    listener = Listener(listen(tmp_path, mosquitto.port, "qos: 0").source._subscriber(watching=False))
    await listener.open()
    await asyncio.to_thread(send, mosquitto.port, numbered(2 * MOST_WAITING))
    await until(lambda: listener._waiting == MOST_WAITING)

    async with asyncio.timeout(10):
        await listener.close()


def refused(spool: Spool) -> dict[str, Any] | None:
    """What the connector says of itself, once nobody answers it."""
    said = spool.kept_state()
    return said if said["last_error"] and "refused" in said["last_error"]["text"] else None


async def test_a_lost_broker_is_told_in_words_and_found_again(
    mosquitto: Mosquitto, platform: FakePlatform, spool: Spool, tmp_path: Path
) -> None:
    connector = listen(tmp_path, mosquitto.port)

    async with at_work(connector, platform, spool) as runner:
        await until(lambda: spool.kept_state().get("state") == "running")
        await asyncio.to_thread(send, mosquitto.port, numbered(1), retain=True)
        await until(lambda: runner.totals.stored == 1)
        await asyncio.to_thread(mosquitto.kill)
        away = await until(lambda: refused(spool))
        await asyncio.to_thread(mosquitto.start)
        await until(lambda: spool.kept_state()["last_error"] is None)
        await asyncio.to_thread(send, mosquitto.port, numbered(1, 1), retain=True)
        await until(lambda: runner.totals.stored >= 2)
        found = spool.kept_state()

    assert away["state"] == "failing"
    assert away["last_error"]["text"] == f"Broker localhost:{mosquitto.port} is away: Connection refused"
    assert (found["state"], found["last_error"]) == ("running", None)


async def test_attempts_at_a_broker_that_is_away_leave_nothing_open(tmp_path: Path) -> None:
    source = listen(tmp_path, 1).source

    async def attempt() -> int:
        with pytest.raises(Retry):
            await source.check()
        return len(list(Path("/proc/self/fd").iterdir()))

    gc.disable()
    try:
        first = await attempt()
        last = [await attempt() for _ in range(2)][-1]
    finally:
        gc.enable()

    assert last == first


async def test_a_topic_that_is_no_text_is_passed_over(tmp_path: Path) -> None:
    heard = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(b"\x20\x02\x00\x00")
        subscribe = await reader.read(1000)
        writer.write(b"\x90\x03" + subscribe[2:4] + b"\x01")
        for number, topic in enumerate((b"m/\xff", b"m/a"), 1):
            content = len(topic).to_bytes(2, "big") + topic + number.to_bytes(2, "big") + b'{"x": %d}' % number
            writer.write(bytes([0x32, len(content)]) + content)
        while data := await reader.read(1000):
            heard.extend(data)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        contents = await take(listen(tmp_path, port, "version: '3.1.1'"))

    assert contents == [2]
    assert bytes(heard).startswith(b"\x40\x02\x00\x01\x40\x02\x00\x02")


def test_a_wrong_password_stops_with_words(tmp_path: Path) -> None:
    passwords = tmp_path / "passwords"
    subprocess.run([find_program("mosquitto_passwd"), "-b", "-c", passwords, "reader", "right"], check=True)
    with running(tmp_path, settings=f"allow_anonymous false\npassword_file {passwords}") as broker:
        for version in VERSIONS:
            wrong = f"version: {version}, username: reader, password: wrong"
            with pytest.raises(Stop, match="refuses the username"):
                read_all(listen(tmp_path, broker.port, wrong))
        right = listen(tmp_path, broker.port, "username: reader, password: right")

        assert read_all(right) == []
    assert "right" not in repr(right.file)


def test_certificates_of_both_sides_are_checked(tmp_path: Path) -> None:
    ours, theirs = trustme.CA(), trustme.CA()
    server, client = ours.issue_cert("localhost"), ours.issue_cert("reader@example.org")
    ours.cert_pem.write_to_path(tmp_path / "ca.pem")
    theirs.cert_pem.write_to_path(tmp_path / "other.pem")
    server.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    client.private_key_pem.write_to_path(tmp_path / "client.key")
    client.cert_chain_pems[0].write_to_path(tmp_path / "client.pem")
    settings = (
        f"allow_anonymous true\ncafile {tmp_path}/ca.pem\ncertfile {tmp_path}/server.pem\n"
        f"keyfile {tmp_path}/server.pem\nrequire_certificate true"
    )
    own = "certificate: client.pem, certificate_key: client.key"
    with _tls(tmp_path, settings) as port:
        assert read_all(listen(tmp_path, port, f"ca: ca.pem, {own}", scheme="mqtts")) == []
        with pytest.raises(Retry, match="certificate that is not trusted"):
            read_all(listen(tmp_path, port, f"ca: other.pem, {own}", scheme="mqtts"))
        with pytest.raises(Retry, match=r"Broker localhost:\d+"):
            read_all(listen(tmp_path, port, "ca: ca.pem", scheme="mqtts"))
        with pytest.raises(Stop, match=r"none.pem of 'ca' does not exist"):
            read_all(listen(tmp_path, port, "ca: none.pem", scheme="mqtts"))


@contextmanager
def _tls(folder: Path, settings: str) -> Iterator[int]:
    with running(folder, settings=settings) as broker:
        yield broker.port


def test_a_url_that_is_not_set_is_an_error_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="environment variable BROKER is not set"):
        declare(
            tmp_path,
            'source: {type: mqtt, url: "${BROKER}", topics: a}\nentity: {type: T, id: id, attributes: {x: x}}\n',
        )
