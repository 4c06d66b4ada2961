# SPDX-License-Identifier: EUPL-1.2
"""LoRaWAN: device tables, topics, webhooks, and mistakes of the file."""

import json
from pathlib import Path
from typing import Any

import pytest

from allmende.errors import SettingsError
from allmende.hooks import hook_socket
from connectors.declarative.connector import check_expressions
from connectors.declarative.engines import PythonEngine, RustEngine
from connectors.declarative.fixtures import open_tested
from connectors.declarative.loading import load_connector
from connectors.declarative.lorawan.devices import read_devices
from tests.connectors.hooks import received
from tests.connectors.lorawans import ENTITY, by_webhook, lorawan, values
from tests.connectors.uplinks import EUI, chirpstack, ttn
from tests.connectors.writing import HEAD, declare, map_one, read_all, write_file


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("d.csv", f'devEui;name;latitude;note\n"{EUI}";School;"51,5";x\n'),
        ("d.yaml", f"- devEui: {EUI}\n  name: School\n  latitude: '51,5'\n  note: x\n"),
        ("d.json", json.dumps([{"dev_eui": EUI.upper(), "name": "School", "latitude": "51,5", "note": "x"}])),
    ],
)
def test_a_device_table_is_a_csv_or_yaml_or_json(tmp_path: Path, name: str, text: str) -> None:
    assert read_devices(write_file(tmp_path, text, name)) == {
        EUI: {"devEui": EUI, "name": "School", "latitude": "51,5", "note": "x"}
    }


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("d.csv", "name\nx\n", "row 1: there is no column devEui"),
        ("d.csv", f"devEui\n{EUI}\n12\n", "row 2: '12' must be 16 hexadecimal digits"),
        ("d.csv", f"devEui\n{EUI}\n{EUI.upper()}\n", f"row 2: {EUI} stands there twice"),
        ("d.csv", f"devEui,name\n{EUI}\n", "row 1: "),
        ("d.yaml", "- 5\n", "row 1: it must be an object"),
        ("d.yaml", "a: [", "cannot be read"),
        ("none.csv", None, "cannot be read"),
    ],
)
def test_a_device_table_that_is_wrong_names_the_row(tmp_path: Path, name: str, text: str | None, words: str) -> None:
    path = tmp_path / name if text is None else write_file(tmp_path, text, name)

    with pytest.raises(SettingsError) as error:
        read_devices(path)

    assert words in str(error.value)


@pytest.mark.parametrize(
    ("kind", "settings", "subscribed"),
    [
        ("chirpstack", "", "application/+/device/+/event/up"),
        ("chirpstack", "application: 17c8", "application/17c8/device/+/event/up"),
        (
            "chirpstack",
            "topics: 'eu868/application/{application}/device/+/event/up'",
            "eu868/application/+/device/+/event/up",
        ),
        ("ttn", "", "v3/+/devices/+/up"),
        ("ttn", "application: climate@ttn", "v3/climate@ttn/devices/+/up"),
        ("ttn", "application: climate, tenant: ttn", "v3/climate@ttn/devices/+/up"),
    ],
)
def test_each_network_server_has_its_topics(tmp_path: Path, kind: str, settings: str, subscribed: str) -> None:
    connector = lorawan(tmp_path, kind, settings)

    assert connector.source._subscriber(watching=False).topics == [subscribed]


def test_the_things_stack_is_spoken_to_by_mqtt_3(tmp_path: Path) -> None:
    assert lorawan(tmp_path, "ttn").source._subscriber(watching=False).version == "3.1.1"
    assert lorawan(tmp_path, "chirpstack").source._subscriber(watching=False).version == "5"


@pytest.mark.parametrize(
    ("tenant", "count"), [("Musterstadt", 1), ("52f14cd4-c6f1-4fbd-8f87-4025e1d49242", 1), ("x", 0)]
)
def test_only_uplinks_of_the_tenant_are_taken(tmp_path: Path, tenant: str, count: int) -> None:
    connector = lorawan(tmp_path, "chirpstack", f"tenant: {tenant}")

    assert len(map_one(connector, chirpstack(object={"open": True})).entities) == count


@pytest.mark.parametrize(
    ("kind", "application", "count"),
    [
        ("chirpstack", "17c82e96-be03-4f38-aef3-f83d48582d97", 1),
        ("chirpstack", "17c8", 0),
        ("ttn", "climate", 1),
        ("ttn", "climate@ttn", 1),
        ("ttn", "noise", 0),
    ],
)
def test_only_uplinks_of_the_application_are_taken(tmp_path: Path, kind: str, application: str, count: int) -> None:
    content = chirpstack(object={"open": True}) if kind == "chirpstack" else ttn(decoded_payload={"open": True})

    for connector in (by_webhook(tmp_path, kind, f"application: {application}"),
                      lorawan(tmp_path, kind, f"topics: '#', application: {application}")):  # fmt: skip
        assert len(map_one(connector, content, part="").entities) == count


def test_a_tenant_that_is_no_text_is_another_one(tmp_path: Path) -> None:
    content = chirpstack(object={"open": True})
    content["deviceInfo"] |= {"tenantId": ["52f1"], "tenantName": {}}

    mapped = map_one(by_webhook(tmp_path, "chirpstack", "tenant: Musterstadt"), content, part="")

    assert (mapped.entities, mapped.problems) == ([], [])


@pytest.mark.parametrize(
    ("kind", "auth", "sent", "right"),
    [
        ("chirpstack", "{api_key: {header: X-Key, value: s}}", {"headers": {"x-key": "s"}}, chirpstack(b"\x2b\x01")),
        ("ttn", "{basic: {user: ttn, password: s}}", {"auth": ("ttn", "s")}, ttn(b"\x2b\x01")),
    ],
)
async def test_uplinks_that_are_sent_are_the_same_as_those_of_a_broker(
    tmp_path: Path, kind: str, auth: str, sent: dict[str, Any], right: dict[str, Any]
) -> None:
    table = f"devEui,place\n{EUI},Hall\n"
    connector = by_webhook(tmp_path, kind, "codec: codec.js", devices=table, auth=auth)
    async with received(connector, hook_socket(tmp_path, "default", "test")) as opened:
        refused = await opened.send(right, params={"event": "up"})
        accepted = await opened.send(right, params={"event": "up"}, **sent)
        joined = await opened.send({"deviceInfo": {"devEui": EUI}, "devAddr": "0"}, params={"event": "join"}, **sent)

    uplink, join = opened.records
    assert [answer.status_code for answer in (refused, accepted, joined)] == [401, 202, 202]
    assert values(connector, uplink.content) == values(
        lorawan(tmp_path, kind, "codec: codec.js", devices=table), right
    )  # fmt: skip
    assert map_one(connector, join.content, part="").entities == []


def test_a_fixture_of_uplinks_that_are_sent_is_a_body(tmp_path: Path) -> None:
    connector = by_webhook(tmp_path, "ttn", "codec: codec.js")
    write_file(tmp_path, json.dumps(ttn(b"\x2b\x01")), "fixture/uplink.json")

    (record,) = read_all(open_tested(connector.path, "fixture/uplink.json"))

    assert values(connector, record.content)["temperature"] == 21.5


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("webhook: {auth: none}, url: 'mqtt://localhost'", "exactly one of 'url' (MQTT) and 'webhook'"),
        ("application: climate", "exactly one of 'url' (MQTT) and 'webhook'"),
        ("webhook: {auth: none}, qos: 0", "line 4: 'source': 'qos' is for MQTT, not for a webhook"),
        ("webhook: {auth: none}, topics: a/b", "'topics' is for MQTT, not for a webhook"),
        ("webhook: {auth: none}, application: a, tenant: b", "'tenant' is known by MQTT only"),
        ("webhook: {auth: no}", "'source.webhook.auth': must be 'none'"),
        ("webhok: {auth: none}", "the nearest right key is 'webhook'"),
    ],
)
def test_each_way_has_its_keys(tmp_path: Path, source: str, words: str) -> None:
    with pytest.raises(SettingsError) as error:
        declare(tmp_path, f"source:\n  {{type: ttn, {source}}}\n{ENTITY}")

    assert words in str(error.value)


@pytest.mark.parametrize(
    ("kind", "settings", "words"),
    [
        ("ttn", "tenant: ttn", "'tenant' needs 'application'"),
        ("ttn", "application: a/b", "must be a name without"),
        ("ttn", "format: csv", "uplinks are JSON"),
        ("ttn", "codec: {climate: codec.js}", "needs 'devices'"),
        ("chirpstack", "codec: none.js", "none.js cannot be read"),
        ("chirpstack", "unknown_devices: drop", "'skip', 'keep' or 'reject'"),
    ],
)
def test_a_source_that_cannot_be_is_an_error_of_the_file(tmp_path: Path, kind: str, settings: str, words: str) -> None:
    with pytest.raises(SettingsError) as error:
        lorawan(tmp_path, kind, settings)

    assert words in str(error.value)


@pytest.mark.parametrize("engine", [RustEngine(), PythonEngine()], ids=lambda engine: engine.name)
def test_the_row_of_any_device_is_given_by_a_function(tmp_path: Path, engine: Any) -> None:
    write_file(tmp_path, "devEui,place\n70-B3-D5-E7-5E-0A-00-01,school\n70B3D5E75E0A0002,hall\n", "devices.csv")
    expressions = {
        "own": "$device.place",
        "other": "$device(tags.neighbour).place",
        "both": "$device.place & ' ' & $device ( tags.neighbour ).place",
        "unknown": "$device('70b3d5e75e0a0009').place",
        "none": "$device(tags.nobody).place",
        "wrong": "$device('roof').place",
    }
    attributes = json.dumps(expressions)
    connector = declare(
        tmp_path,
        "source: {type: chirpstack, url: 'mqtt://localhost', devices: devices.csv}\n"
        f"entity: {{type: Device, id: devEui, attributes: {attributes}}}\n",
        engine,
    )
    content = chirpstack()
    content["deviceInfo"]["tags"] = {"neighbour": "70b3:d5e7:5e0a:0002"}

    assert values(connector, content) == {"own": "school", "other": "hall", "both": "school hall"}


def test_a_function_for_devices_without_a_table_is_an_error_of_the_file(tmp_path: Path) -> None:
    path = write_file(
        tmp_path,
        f"{HEAD}source: {{type: chirpstack, url: 'mqtt://localhost'}}\n"
        "entity: {type: Device, id: devEui, attributes: {place: $device(devEui).place}}\n",
    )

    (problem,) = check_expressions(load_connector(path), RustEngine())

    assert "line 4: 'entity.attributes.place.value': $device(…) needs a device table" in problem


@pytest.mark.parametrize(
    "content",
    [
        chirpstack(time="0001-01-01T00:00:00+05:00"),
        chirpstack(time="9999-12-31T23:59:59-05:00"),
        chirpstack(deviceInfo={"devEui": EUI, "tenantId": ["Musterstadt"], "tenantName": "Musterstadt"}),
    ],
)
def test_values_that_no_network_server_sends_break_nothing(tmp_path: Path, content: dict[str, Any]) -> None:
    connector = declare(
        tmp_path,
        "source: {type: chirpstack, url: 'mqtt://localhost', tenant: Musterstadt}\n"
        "entity: {type: Device, id: devEui, attributes: {port: fPort}}\n",
    )

    assert values(connector, content) == {"port": 2}
