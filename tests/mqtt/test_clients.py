# SPDX-License-Identifier: EUPL-1.2
"""Independent clients with the own endpoint: paho-mqtt, mosquitto_pub and mosquitto_sub, plain and by TLS."""

import asyncio
import ssl
import subprocess
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import orjson
import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.mqtt.doubles import Intake, WaitingRequests
from tests.mqtt.mosquitto import find_program
from tests.mqtt.wire import ACK, DOWN, UP

pytestmark = pytest.mark.server

VERSIONS = {"3.1.1": MQTTProtocolVersion.MQTTv311, "5": MQTTProtocolVersion.MQTTv5}


@pytest.fixture(params=list(VERSIONS))
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A context with a certificate of its own for localhost, and the certificate."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", cert]
    subprocess.run([*command, *names], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context, cert


class PahoRun:
    """paho-mqtt in threads of its own: publishes, waits for PUBACKs, gathers receipts."""

    def __init__(self, version: str, *, password: str | None = None) -> None:
        self.client = Client(CallbackAPIVersion.VERSION2, client_id="paho", protocol=VERSIONS[version])
        self.client.username_pw_set("sensors", password)
        self.is_five = version == "5"
        self.receipts: list[bytes] = []
        self.reasons: list[int] = []
        self.subscribed = threading.Event()
        self.failed = threading.Event()
        self.complete = threading.Event()
        self.wanted = 0
        self.client.on_connect = self._on_connect
        self.client.on_subscribe = lambda *_: self.subscribed.set()
        self.client.on_message = self._on_message

    def _on_connect(self, client: Client, _userdata: object, _flags: object, reason: object, _more: object) -> None:
        self.reasons.append(reason.value)  # type: ignore[attr-defined]
        if reason.is_failure:  # type: ignore[attr-defined]
            self.failed.set()
        else:
            client.subscribe(DOWN, qos=1)

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        assert message.topic == ACK
        self.receipts.append(message.payload)
        if len(self.receipts) == self.wanted:
            self.complete.set()

    def run(self, port: int, count: int, *, host: str = "127.0.0.1") -> list[bytes]:
        """Publish so many messages; return their receipts when all PUBACKs and receipts have come."""
        self.wanted = count
        self.client.connect(host, port)
        self.client.loop_start()
        assert self.subscribed.wait(10)
        sent = []
        for number in range(count):
            properties = None
            if self.is_five:
                properties = Properties(PacketTypes.PUBLISH)
                properties.UserProperty = ("id", f"m-{number}")
            topic = UP if self.is_five else f"{UP}/m-{number}"
            sent.append(self.client.publish(topic, b"x" * 1000, qos=1, properties=properties))
        for message in sent:
            message.wait_for_publish(10)
        assert self.complete.wait(10)
        self.client.disconnect()
        self.client.loop_stop()
        return self.receipts

    def refused(self, port: int) -> int:
        """Connect; return the code of the refusal."""
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert self.failed.wait(10)
        self.client.disconnect()
        self.client.loop_stop()
        return self.reasons[0]


async def test_paho_publishes_and_gets_every_receipt(open_port: int, intake: Intake, version: str) -> None:
    count = 2000

    receipts = await asyncio.to_thread(PahoRun(version).run, open_port, count)

    assert [message.id for message in intake.messages] == [f"m-{number}" for number in range(count)]
    assert [orjson.loads(receipt)["id"] for receipt in receipts] == [f"m-{number}" for number in range(count)]


async def test_paho_with_a_wrong_key_is_told_so(keyed_port: int, version: str) -> None:
    reason = await asyncio.to_thread(PahoRun(version, password="wrong").refused, keyed_port)

    assert reason == 0x86


async def test_paho_speaks_tls(
    start: Callable[..., Awaitable[int]], intake: Intake, version: str, tmp_path: Path
) -> None:
    context, cert = certificate(tmp_path)
    port = await start(tls=context)
    run = PahoRun(version, password="key of sensors")
    run.client.tls_set(ca_certs=str(cert))

    receipts = await asyncio.to_thread(lambda: run.run(port, 200, host="localhost"))

    assert len(receipts) == len(intake.messages) == 200


async def output_of(*command: str, stdin: bytes | None = None) -> tuple[int, bytes]:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE if stdin is not None else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(stdin), 20)
    assert process.returncode is not None
    return process.returncode, output


@pytest.mark.server
async def test_mosquitto_pub_publishes_lines_and_mosquitto_sub_hears_the_receipts(
    open_port: int, intake: Intake, requests: WaitingRequests, version: str
) -> None:
    place = ["-h", "127.0.0.1", "-p", str(open_port), "-u", "sensors"]
    version_of = ["-V", "mqttv5" if version == "5" else "mqttv311"]
    listener = await asyncio.create_subprocess_exec(
        find_program("mosquitto_sub"), *place, *version_of, "-q", "1", "-t", DOWN, "-C", "1",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    # Whoever subscribes is asked for: what waits for the connector would be sent now.
    await asyncio.wait_for(requests.asked.wait(), 10)

    topic = f"{UP}/m-1"
    status, output = await output_of(
        find_program("mosquitto_pub"), *place, *version_of, "-q", "1", "-t", topic, "-l", stdin=b'{"a": 1}\n{"a": 2}\n'
    )
    receipt, _ = await asyncio.wait_for(listener.communicate(), 10)

    assert (status, output) == (0, b"")
    assert [message.payload for message in intake.messages] == [b'{"a": 1}', b'{"a": 2}']
    assert b'{"id":"m-1","stored":1,"rejected":[]}' in receipt


@pytest.mark.server
async def test_mosquitto_pub_is_told_of_a_wrong_key_and_of_a_foreign_topic(keyed_port: int) -> None:
    command = [find_program("mosquitto_pub"), "-h", "127.0.0.1", "-p", str(keyed_port), "-V", "mqttv5", "-q", "1"]
    command += ["-u", "sensors", "-m", "{}"]

    wrong_key = await output_of(*command, "-P", "wrong", "-t", UP)
    foreign = await output_of(*command, "-P", "key of sensors", "-t", "allmende/v1/default/others/up/entities", "-d")

    assert wrong_key[0] != 0
    assert b"Bad User Name or Password" in wrong_key[1]
    assert b"PUBACK" in foreign[1]
    assert b"RC:135" in foreign[1]


@pytest.mark.server
async def test_mosquitto_pub_speaks_tls(start: Callable[..., Awaitable[int]], intake: Intake, tmp_path: Path) -> None:
    context, cert = certificate(tmp_path)
    port = await start(open=True, tls=context)

    status, output = await output_of(
        find_program("mosquitto_pub"), "-h", "localhost", "-p", str(port), "--cafile", str(cert), "-u", "sensors",
        "-q", "1", "-t", UP, "-m", "{}",
    )  # fmt: skip

    assert (status, output) == (0, b"")
    assert len(intake.messages) == 1
