# SPDX-License-Identifier: EUPL-1.2
"""LoRaWAN uplinks: one record for both network servers, device tables, codecs, and what is left out."""

import json
from pathlib import Path
from typing import Any

import pytest

from allmende.errors import SettingsError
from allmende.hooks import hook_socket
from connectors.declarative.connector import Declared, check_expressions, open_connector
from connectors.declarative.engines import PythonEngine, RustEngine
from connectors.declarative.fixtures import open_tested
from connectors.declarative.loading import load_connector
from connectors.declarative.lorawan.devices import read_devices
from connectors.declarative.lorawan.uplinks import UnusableUplink, to_eui, uplink_of
from connectors.intake import Intake, Totals
from connectors.spool import Spool
from tests.connectors.test_webhook import received
from tests.connectors.uplinks import EUI, chirpstack, ttn
from tests.connectors.writing import HEAD, declare, map_one, read_all, write_file

CODEC = """
function decodeUplink(input) {
  if (input.bytes.length < 2) return {errors: ["too short"]};
  return {data: {temperature: input.bytes[0] / 2, open: input.bytes[1] === 1}, warnings: ["calibrate"]};
}
"""
ENTITY = """
entity:
  type: Device
  id: devEui
  observedAt: time
  attributes:
    temperature: object.temperature
    open: object.open
    place: $device.place
    kind: device.type
    port: fPort
    warned: warnings[0]
"""


def lorawan(folder: Path, kind: str, more: str = "", *, devices: str | None = None, engine: Any = None) -> Declared:
    write_file(folder, CODEC, "codec.js")
    if devices is not None:
        write_file(folder, devices, "devices.csv")
        more = f"devices: devices.csv, {more}"
    return declare(folder, f"source: {{type: {kind}, url: 'mqtt://localhost', {more}}}\n{ENTITY}", engine)


def by_webhook(folder: Path, kind: str, more: str = "", *, devices: str | None = None, auth: str = "none") -> Declared:
    """The same, by webhook."""
    path = lorawan(folder, kind, more, devices=devices).path
    path.write_text(path.read_text().replace("url: 'mqtt://localhost'", f"webhook: {{auth: {auth}}}"))
    return open_connector(path, environment={})


def values(connector: Declared, content: Any) -> dict[str, Any]:
    """The values of the one entity; of none, its problems."""
    mapped = map_one(connector, content)
    assert len(mapped.entities) == 1, mapped
    return {name: attribute["value"] for name, attribute in mapped.entities[0].items() if name not in {"id", "type"}}


def test_uplinks_of_both_network_servers_are_one_record() -> None:
    common = {
        "devEui": EUI,
        "name": "school-1",
        "application": "climate",
        "fPort": 2,
        "fCnt": 4,
        "time": "2026-10-24T21:00:00.123Z",
        "object": {"x": 1},
        "bytes": "AQ==",
        "rssi": -57,
        "snr": 10,
    }
    one, other = chirpstack(object={"x": 1}), ttn(decoded_payload={"x": 1}, attributes={"floor": "2"})
    place = {"latitude": 51.5, "longitude": 9.9}

    assert uplink_of("chirpstack", one) == {
        **common, "gateway": {"id": "0016c001f153a14d", **place}, "tags": {"floor": "2"}, "raw": one,
    }  # fmt: skip
    assert uplink_of("ttn", other) == {
        **common, "gateway": {"id": "roof", **place}, "tags": {"floor": "2"}, "raw": other,
    }  # fmt: skip


def test_what_the_things_stack_leaves_out_is_put_back() -> None:
    content = ttn()
    del content["uplink_message"]["f_cnt"], content["uplink_message"]["f_port"]
    del content["uplink_message"]["rx_metadata"][0]["snr"], content["uplink_message"]["rx_metadata"][0]["location"]

    uplink = uplink_of("ttn", content)

    assert uplink is not None
    assert (uplink["fCnt"], uplink["fPort"], uplink["snr"], uplink["gateway"]) == (0, 0, 0, {"id": "roof"})


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("chirpstack", {"deduplicationId": "a", "time": "2026", "deviceInfo": {"devEui": EUI}, "devAddr": "00189440"}),
        ("chirpstack", {"deviceInfo": {"devEui": EUI}, "margin": 15, "batteryLevel": 99.2}),
        ("chirpstack", {"deviceInfo": {"devEui": EUI}, "downlinkId": 1, "fCntDown": 2, "gatewayId": "a", "txInfo": {}}),
        ("chirpstack", {"deviceInfo": {"devEui": EUI}, "level": "ERROR", "code": "OTAA", "description": "x"}),
        ("chirpstack", {"deviceInfo": {"devEui": EUI}, "integrationName": "l", "eventType": "p", "object": {"x": 1}}),
        ("ttn", {"end_device_ids": {"dev_eui": EUI}, "join_accept": {"session_key_id": "a"}}),
        ("ttn", {"end_device_ids": {"dev_eui": EUI}, "downlink_queued": {"f_port": 15}}),
        ("ttn", {"end_device_ids": {"dev_eui": EUI}, "location_solved": {"location": {"latitude": 1}}}),
    ],
)
def test_joins_downlinks_and_states_are_left_out(tmp_path: Path, kind: Any, content: Any) -> None:
    mapped = map_one(lorawan(tmp_path, kind), content)

    assert uplink_of(kind, content) is None
    assert (mapped.entities, mapped.problems) == ([], [])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (["no object"], "not an object"),
        ({**chirpstack(), "deviceInfo": {}}, "'deviceInfo.devEui' must be the 16 hexadecimal digits"),
        ({**chirpstack(), "deviceInfo": {"devEui": "70b3"}}, "not '70b3'"),
        ({**chirpstack(), "data": "not base64!"}, f"payload of device {EUI} is not base64"),
        ({**chirpstack(), "data": 5}, f"payload of device {EUI} is not base64"),
    ],
)
def test_an_uplink_that_cannot_be_read_is_a_dead_letter(tmp_path: Path, content: Any, words: str) -> None:
    mapped = map_one(lorawan(tmp_path, "chirpstack", "codec: codec.js"), content)

    assert mapped.entities == []
    assert [words in problem.reason for problem in mapped.problems] == [True]


def test_a_record_that_is_no_uplink_is_refused() -> None:
    with pytest.raises(UnusableUplink, match="not an object"):
        uplink_of("ttn", "text")


@pytest.mark.parametrize(
    "given", ["70B3D5E75E0A0001", "70:b3:d5:e7:5e:0a:00:01", " 70-B3-D5-E7-5E-0A-00-01 ", "70b3.d5e7.5e0a.0001"]
)
def test_a_deveui_is_read_however_it_is_written(given: str) -> None:
    assert to_eui(given) == EUI


@pytest.mark.parametrize("given", [None, "", 5, "70b3d5e75e0a000", "70b3d5e75e0a000g", "70b3d5e75e0a00011"])
def test_what_is_no_deveui_is_none(given: Any) -> None:
    assert to_eui(given) is None


@pytest.mark.parametrize("kind", ["chirpstack", "ttn"])
def test_a_codec_of_our_own_comes_before_what_the_server_decoded(tmp_path: Path, kind: str) -> None:
    make = chirpstack if kind == "chirpstack" else ttn
    member = "object" if kind == "chirpstack" else "decoded_payload"
    content = make(b"\x00\x00", **{member: {"temperature": 99}})

    # What is 0 or false is there, which The Things Stack would leave out.
    assert values(lorawan(tmp_path, kind, "codec: codec.js"), content) == {
        "temperature": 0, "open": False, "port": 2, "warned": "calibrate",
    }  # fmt: skip
    assert values(lorawan(tmp_path, kind), content) == {"temperature": 99, "port": 2}


def test_a_payload_that_the_codec_refuses_is_a_dead_letter_and_the_next_one_is_not(tmp_path: Path) -> None:
    connector = lorawan(tmp_path, "chirpstack", "codec: codec.js")

    assert [problem.reason for problem in map_one(connector, chirpstack(b"\x01")).problems] == [
        "Codec codec.js: too short"
    ]
    assert values(connector, chirpstack(b"\x02\x01"))["temperature"] == 1


def test_a_codec_that_never_ends_is_stopped_and_the_connector_goes_on(tmp_path: Path) -> None:
    loop = "function decodeUplink(i) { while (i.bytes[0] === 1) {} return {data: {temperature: 7}}; }"
    write_file(tmp_path, loop, "loop.js")
    connector = lorawan(tmp_path, "chirpstack", "codec: loop.js")

    (problem,) = map_one(connector, chirpstack(b"\x01")).problems

    assert problem.reason == "Codec loop.js: it took more than 0.1 s and was stopped"
    assert values(connector, chirpstack(b"\x02"))["temperature"] == 7


def test_an_uplink_without_a_payload_is_not_decoded(tmp_path: Path) -> None:
    content = chirpstack(b"", fPort=0)

    assert values(lorawan(tmp_path, "chirpstack", "codec: codec.js"), content) == {"port": 0}


@pytest.mark.parametrize("engine", [RustEngine, PythonEngine])
def test_the_row_of_the_device_table_is_known(tmp_path: Path, engine: Any) -> None:
    table = f"DevEUI;place;type\n{EUI.upper()};Hall;climate\n"

    found = values(lorawan(tmp_path, "ttn", devices=table, engine=engine()), ttn(decoded_payload={"open": True}))

    assert found == {"open": True, "place": "Hall", "kind": "climate", "port": 2}


@pytest.mark.parametrize(
    ("unknown", "entities", "problems"),
    [
        ("reject", 0, [f"Device {EUI} is not in devices.csv: add it, or set unknown_devices to keep or skip"]),
        ("keep", 1, []),
        ("skip", 0, []),
    ],
)
def test_an_unknown_device_is_handled_as_the_file_says(
    tmp_path: Path, unknown: str, entities: int, problems: list[str]
) -> None:
    table = "devEui,place\n70b3d5e75e0a9999,Hall\n"
    connector = lorawan(tmp_path, "ttn", f"unknown_devices: {unknown}", devices=table)

    mapped = map_one(connector, ttn(decoded_payload={"open": True}))

    assert len(mapped.entities) == entities
    assert [problem.reason for problem in mapped.problems] == problems
    assert unknown != "reject" or map_one(lorawan(tmp_path, "ttn", devices=table), ttn()).problems


def test_each_type_of_device_has_its_codec(tmp_path: Path) -> None:
    write_file(tmp_path, "function Decode(fPort, bytes) { return {temperature: -bytes[0]}; }", "other.js")
    table = f"devEui,type\n{EUI},{{}}\n"
    codecs = "codec: {climate: codec.js, frost: other.js}"

    def of(kind: str) -> Any:
        connector = lorawan(tmp_path, "chirpstack", codecs, devices=table.format(kind))
        return values(connector, chirpstack(b"\x04\x00", object={"temperature": 99}))["temperature"]

    assert (of("climate"), of("frost"), of("level")) == (2, -4, 99)


def test_a_device_that_was_added_to_the_table_has_its_dead_letters_mapped_again(tmp_path: Path) -> None:
    content = chirpstack(b"\x04\x01")
    before = lorawan(tmp_path, "chirpstack", "codec: codec.js", devices="devEui,place\n70b3d5e75e0a9999,Hall\n")
    spool = Spool(tmp_path / "spool.sqlite")
    intake = Intake(spool, before.mapping, Totals(), lambda: None)
    intake.begin()
    intake.take(next(iter(_records(content))))
    intake.commit()
    (letter,) = spool.next_messages(0, 10)
    spool.settle([(letter.id, [{"index": 0, "reason": "unknown", "deadletter": "1"}])])

    after = lorawan(tmp_path, "chirpstack", "codec: codec.js", devices=f"devEui,place\n{EUI},Hall\n")
    Intake(spool, after.mapping, Totals(), lambda: None).answer("replay", letter.id, 0)
    (again,) = spool.next_messages(letter.seq, 10)
    spool.close()

    assert letter.kind == "deadletters"
    (entity,) = json.loads(again.payload)
    assert (entity["place"]["value"], entity["temperature"]["value"]) == ("Hall", 2)


def _records(content: Any) -> Any:
    from allmende.connector import Record

    yield Record(content=content, part="application/a/device/b/event/up")


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
