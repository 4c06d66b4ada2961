# SPDX-License-Identifier: EUPL-1.2
"""Topics: filters with named levels, `$topic` in expressions, and messages of a fixture."""

import json
from pathlib import Path
from typing import Any

import pytest

from allmende.connector import Record
from allmende.errors import SettingsError, Stop
from connectors.declarative.connector import Declared
from connectors.declarative.engines import PythonEngine, RustEngine
from connectors.declarative.sources.layouts import Layout
from connectors.declarative.sources.messages import Message, read_messages, records_of, write_messages
from connectors.declarative.topics import parse_filter, read_topic
from connectors.intake import Intake, Totals
from connectors.spool import Spool
from tests.connectors.test_testing import run
from tests.connectors.writing import HEAD, declare, map_one, write_file

SOURCE = 'source: {type: mqtt, url: "mqtt://localhost", topics: "taf10/{serial}/{kind}"}\n'
JSON = Layout(format="json", called="payload")


@pytest.mark.parametrize(
    ("text", "topic", "given"),
    [
        ("a/b", "a/b", {"name": "a/b"}),
        ("a/b", "a/c", None),
        ("a/+", "a/c", {"name": "a/c"}),
        ("a/+", "a/c/d", None),
        ("a/{x}/{y}", "a/1/2", {"x": "1", "y": "2", "name": "a/1/2"}),
        ("a/{x}/#", "a/1/2/3", {"x": "1", "name": "a/1/2/3"}),
        ("a/#", "a", {"name": "a"}),
        ("#", "a/b", {"name": "a/b"}),
        ("{x}", "", {"x": "", "name": ""}),
        ("$share/g/a/{x}", "a/1", {"x": "1", "name": "a/1"}),
        ("a/${NOT_SET}/{x}", "a/1/2", {"x": "2", "name": "a/1/2"}),
    ],
)
def test_a_topic_is_read_by_its_filter(text: str, topic: str, given: dict[str, str] | None) -> None:
    assert read_topic(topic, [parse_filter(text)]) == given


def test_named_levels_are_subscribed_as_wildcards() -> None:
    assert parse_filter("taf10/sensors/{serial}/{kind}").subscribed == "taf10/sensors/+/+"
    assert parse_filter("$share/g/a/{x}/#").subscribed == "$share/g/a/+/#"


def test_the_first_filter_that_matches_names_the_levels() -> None:
    filters = [parse_filter("a/b/{x}"), parse_filter("a/{y}/#")]

    assert read_topic("a/b/1", filters) == {"x": "1", "name": "a/b/1"}
    assert read_topic("a/c/1", filters) == {"y": "c", "name": "a/c/1"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "1 to 65535 bytes"),
        ("a/#/b", "# for the last ones"),
        ("a/b+", "stand for whole levels"),
        ("a/s-{serial}", "stands for a whole level"),
        ("a/{x}/{x}", "each name stands there once"),
        ("a/{name}", "none is 'name'"),
        ("$share/g", "$share/group/topic"),
    ],
)
def test_a_topic_that_no_broker_takes_is_an_error_of_the_file(tmp_path: Path, text: str, words: str) -> None:
    source = f'source: {{type: mqtt, url: "mqtt://localhost", topics: ["ok", "{text}"]}}\n'

    with pytest.raises(SettingsError, match=r"line \d+") as error:
        declare(tmp_path, f"{source}entity: {{type: T, id: id, attributes: {{x: x}}}}\n")

    assert words in str(error.value)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("url: localhost", "must be mqtt://host:port or mqtts://host:port"),
        ("url: 'mqtt://a:b@localhost'", "stand in 'username' and 'password'"),
        ("url: 'mqtt://localhost', ca: ca.pem", "need a url with mqtts://"),
        ("url: 'mqtts://localhost', certificate: a.pem", "need each other"),
        ("url: 'mqtt://localhost', format: xlsx", "not xlsx"),
        ("url: 'mqtt://localhost', version: 4", "'5' or '3.1.1'"),
        ("url: 'mqtt://localhost', quiet: 1ms", "must be at least 0.2 s"),
    ],
)
def test_a_source_that_cannot_be_is_an_error_of_the_file(tmp_path: Path, source: str, words: str) -> None:
    text = f"source: {{type: mqtt, topics: a, {source}}}\nentity: {{type: T, id: id, attributes: {{x: x}}}}\n"

    with pytest.raises(SettingsError) as error:
        declare(tmp_path, text)

    assert words in str(error.value)


@pytest.mark.parametrize("engine", [RustEngine, PythonEngine])
def test_the_topic_is_an_object_in_every_expression(tmp_path: Path, engine: Any) -> None:
    text = """
entity:
  type: T
  each: rows
  id: $topic.serial
  attributes:
    plain: $topic.kind
    whole: $topic.name
    computed: $uppercase($topic.kind) & n
    none: $topic.other
    there: "$exists($topic) ? 'yes' : 'no'"
"""
    connector = declare(tmp_path, SOURCE + text, engine())

    first, second = map_one(connector, {"rows": [{"n": 1}, {"n": 2}]}, part="taf10/s1/heat").entities

    assert first["id"] == "urn:ngsi-ld:T:test:s1"
    values = {name: first[name]["value"] for name in first if name not in {"id", "type"}}
    assert values == {"plain": "heat", "whole": "taf10/s1/heat", "computed": "HEAT1", "there": "yes"}
    assert second["computed"]["value"] == "HEAT2"


@pytest.mark.parametrize("engine", [RustEngine, PythonEngine])
def test_a_file_has_no_topic(tmp_path: Path, engine: Any) -> None:
    there = "\"$exists($topic) ? 'yes' : 'no'\""
    connector = declare(
        tmp_path, f"entity: {{type: T, id: id, attributes: {{x: $topic.name, there: {there}}}}}\n", engine()
    )

    (entity,) = map_one(connector, {"id": "a"}).entities

    assert set(entity) == {"id", "type", "there"}
    assert entity["there"]["value"] == "no"


def records(payload: bytes, layout: Layout = JSON) -> tuple[list[Record], list[str]]:
    told: list[str] = []
    message = Message(topic="t", payload=payload)
    given = []
    for record in records_of(message, layout, None, lambda: told.append("kept")):
        assert told == []
        given.append(record)
    return given, told


def test_the_sender_is_told_by_the_last_record_of_a_message() -> None:
    given, told = records(b'[{"x": 1}, {"x": 2}, {"x": 3}]')

    assert [record.content["x"] for record in given] == [1, 2, 3]
    assert [record.when_kept is None for record in given] == [True, True, False]
    assert told == []


@pytest.mark.parametrize("payload", [b"", b"[]"])
def test_a_message_without_records_is_acknowledged_at_once(payload: bytes) -> None:
    assert records(payload) == ([], ["kept"])


@pytest.mark.parametrize(
    ("payload", "layout", "content"),
    [
        (b"a;b\n1;2\n", Layout(format="csv"), {"a": "1", "b": "2"}),
        (b"<r><x>1</x></r>", Layout(format="xml"), {"r": {"x": "1"}}),
        (b'{"type": "FeatureCollection", "features": [{"id": 1}]}', Layout(format="geojson"), {"id": 1}),
    ],
)
def test_payloads_are_of_other_formats_too(payload: bytes, layout: Layout, content: Any) -> None:
    given, _ = records(payload, layout)

    assert [record.content for record in given] == [content]


def test_a_payload_that_cannot_be_read_is_a_record_with_its_text() -> None:
    (record,), _ = records(b'{"x": ')

    assert record.content == '{"x": '
    assert str(record.problem).startswith("The payload is not JSON")
    assert record.when_kept is not None


@pytest.mark.parametrize("payload", [b'{"x":[1,2.5]}', b"21.5", b'"text"', b"null", b"broken {", "Köln".encode(), b""])
def test_messages_of_a_fixture_are_what_was_recorded(payload: bytes) -> None:
    messages = [Message(topic="a/b", payload=payload)]

    assert read_messages(write_messages(messages, JSON), JSON, "f.json") == messages


@pytest.mark.parametrize("raw", [b"{", b"{}x", b'[{"topic": "a"}]', b"[1]", b"1"])
def test_a_file_that_holds_no_messages_is_told(raw: bytes) -> None:
    with pytest.raises(Stop, match=r"f.json must be a JSON list of messages"):
        read_messages(raw, JSON, "f.json")


def test_a_fixture_stands_for_the_broker(tmp_path: Path) -> None:
    messages = [
        {"topic": "taf10/s1/heat", "payload": {"x": 1}},
        {"topic": "other/s1/heat", "payload": {"x": 2}},
        {"topic": "taf10/s2/heat", "payload": "{broken"},
        {"topic": "taf10/s3/heat", "payload": [{"x": 3}, {"x": 4}]},
    ]
    write_file(tmp_path, "", "fixture/m.json").write_text(json.dumps(messages))
    tests = (
        "tests: [{fixture: fixture/m.json, expect: {count: 3, errors: 1, last: {id: 'urn:ngsi-ld:T:test:s3', x: 4}}}]\n"
    )
    entity = "entity: {type: T, id: $topic.serial, attributes: {x: x}}\n"
    path = write_file(tmp_path, HEAD + SOURCE.replace("mqtt://localhost", "${URL}") + entity + tests)

    done = run("test", path)
    shown = run("preview", path, "--replay", tmp_path / "fixture" / "m.json", "--json")

    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(shown.stdout)["records"] == 4
    assert [error["file"] for error in json.loads(shown.stdout)["errors"]] == ["taf10/s2/heat"]


def test_a_dead_letter_that_is_mapped_again_knows_its_topic(tmp_path: Path) -> None:
    def entity(value: str) -> Declared:
        text = f"entity: {{type: T, id: $topic.serial, attributes: {{kind: $topic.kind, x: {value}}}}}\n"
        return declare(tmp_path, SOURCE + text)

    spool = Spool(tmp_path / "spool.sqlite")
    intake = Intake(spool, entity("$number(x)").mapping, Totals(), lambda: None)
    intake.begin()
    intake.take(Record(content={"x": "many"}, part="taf10/s1/heat"))
    intake.commit()
    *_, letter = spool.next_messages(0, 10)
    spool.settle([(letter.id, [{"index": 0, "reason": "many", "deadletter": "1"}])])

    Intake(spool, entity("x").mapping, Totals(), lambda: None).answer("replay", letter.id, 0)
    *_, again = spool.next_messages(letter.seq, 10)
    spool.close()

    assert letter.kind == "deadletters"
    (mapped,) = json.loads(again.payload)
    assert mapped["id"] == "urn:ngsi-ld:T:test:s1"
    assert (mapped["kind"]["value"], mapped["x"]["value"]) == ("heat", "many")
