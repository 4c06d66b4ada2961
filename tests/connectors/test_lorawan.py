# SPDX-License-Identifier: EUPL-1.2
"""Uplinks of ChirpStack and The Things Stack become one record; codecs and device tables belong to them."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.declarative.engines import PythonEngine, RustEngine
from connectors.declarative.lorawan.uplinks import UnusableUplink, to_eui, uplink_of
from connectors.intake import Intake, Totals
from connectors.spool import Spool
from tests.connectors.lorawans import lorawan, values
from tests.connectors.uplinks import EUI, chirpstack, ttn
from tests.connectors.writing import map_one, write_file


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
