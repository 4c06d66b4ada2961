# SPDX-License-Identifier: EUPL-1.2
"""Lookups with an address: read before the first record, and anew when they have become too old."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
import structlog

from allmende.connector import Record
from allmende.errors import Retry, Stop
from allmende.hooks import hook_socket
from connectors.declarative.connector import Declared, open_connector
from connectors.declarative.fixtures import open_replayed
from connectors.declarative.sources.web.joining import AGAIN_S, JoinedSource
from tests.connectors.asking import ENTITY, asking, rows
from tests.connectors.hooks import received
from tests.connectors.hosts import Host, Reply, host
from tests.connectors.test_testing import run
from tests.connectors.writing import HEAD, read_all, write_file

INFO = [{"id": 1, "name": "North"}]
LOOKUP = "lookup:\n  info: {url: '%s/info', key: id, every: 10m%s}\n"


@pytest.fixture
def city() -> Iterator[Host]:
    with host() as opened:
        opened.serve("/a", rows(1))
        opened.serve("/info", INFO)
        yield opened


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def joined(folder: Path, city: Host, more: str = "", source: str = "") -> tuple[Declared, Clock]:
    """A connector whose lookup has an address, and the clock by which it ages."""
    entity = "entity: {type: T, id: id, attributes: {name: \"$lut('info', id).name\"}}\n"
    connector = asking(folder, f"{city.url}/a", source, LOOKUP % (city.url, more), KEY="key-7431")
    connector = open_connector(
        write_file(folder, connector.path.read_text().replace(ENTITY, entity)), environment={"KEY": "key-7431"}
    )
    clock = Clock()
    assert isinstance(connector.source, JoinedSource)
    connector.source._clock = clock
    return connector, clock


def name_of(connector: Declared) -> Any:
    """What the mapping gives for the record of a pass."""
    (record,) = read_all(connector)
    mapped = connector.mapping.map(record, None)
    assert not mapped.problems, mapped.problems
    return mapped.entities[0]["name"]["value"] if mapped.entities else None


def test_a_table_is_read_before_the_first_record_and_anew_when_it_is_too_old(tmp_path: Path, city: Host) -> None:
    connector, clock = joined(tmp_path, city)

    first = name_of(connector)
    city.serve("/info", [{"id": 1, "name": "South"}])
    clock.now += 599
    young = name_of(connector)
    clock.now += 1
    old = name_of(connector)

    assert (first, young, old) == ("North", "North", "South")
    assert city.paths() == ["/info", "/a", "/a", "/info", "/a"]


def test_where_a_refresh_fails_the_old_table_stays_and_is_told_once(tmp_path: Path, city: Host) -> None:
    connector, clock = joined(tmp_path, city)
    names = [name_of(connector)]

    with structlog.testing.capture_logs() as logs:
        city.serve("/info", status=404)
        for _ in range(2):
            clock.now += 600
            names.append(name_of(connector))
        city.serve("/info", [{"id": 1, "name": "South"}])
        clock.now += AGAIN_S - 1
        names.append(name_of(connector))
        clock.now += 1
        names.append(name_of(connector))

    assert names == ["North", "North", "North", "North", "South"]
    assert [(log["event"], log.get("rows_kept")) for log in logs] == [("lookup_failed", 1), ("lookup_recovered", None)]
    assert "/info answers 404" in logs[0]["reason"]


def test_without_a_table_no_record_is_given(tmp_path: Path, city: Host) -> None:
    connector, _ = joined(tmp_path, city)
    city.serve("/info", status=503, Retry_After="9")

    with pytest.raises(Retry, match=r"Lookup info: .*/info answers 503") as caught:
        read_all(connector)

    assert caught.value.after_s == 9
    assert city.paths() == ["/info"]


def test_a_record_that_comes_before_the_table_is_a_dead_letter(tmp_path: Path, city: Host) -> None:
    connector, _ = joined(tmp_path, city)

    mapped = connector.mapping.map(Record(content={"id": 1}), None)

    assert [problem.reason for problem in mapped.problems] == ["Attribute 'name': lookup 'info' has not been read yet"]


def test_an_optional_table_that_is_missing_is_empty_until_it_is_there(tmp_path: Path, city: Host) -> None:
    connector, clock = joined(tmp_path, city, ", optional: true")
    city.serve("/info", b"<html>Log in")

    with structlog.testing.capture_logs() as logs:
        before = name_of(connector)
        city.serve("/info", INFO)
        clock.now += AGAIN_S
        after = name_of(connector)

    assert (before, after) == (None, "North")
    assert [log["event"] for log in logs] == ["lookup_failed", "lookup_recovered"]


def test_a_replay_asks_for_its_tables_as_a_run_does(tmp_path: Path, city: Host) -> None:
    connector, _ = joined(tmp_path, city, source="auth: {bearer: '${KEY}'}")
    write_file(tmp_path, '[{"id": 1}]', "fixture.json")

    replayed = open_replayed(connector.path, tmp_path / "fixture.json")
    asyncio.run(replayed.source.check())

    (asked,) = city.asked
    assert asked.headers["authorization"].startswith("Bearer ")


def test_a_replay_needs_no_variable_of_its_source(tmp_path: Path, city: Host) -> None:
    text = f"source: {{type: http, url: 'https://${{HOST}}:${{PORT}}/a'}}\n{LOOKUP % (city.url, '')}{ENTITY}"
    path = write_file(tmp_path, HEAD + text)
    write_file(tmp_path, '[{"id": 1}]', "fixture.json")

    replayed = open_replayed(path, tmp_path / "fixture.json")

    assert [record.content for record in read_all(replayed)] == [{"id": 1}]


def test_a_wrong_table_is_told(tmp_path: Path, city: Host) -> None:
    connector, _ = joined(tmp_path, city)
    city.serve("/info", b"id,name\n1\n", Content_Type="text/csv")

    with pytest.raises(Retry, match="Line 2 has 1 columns and not 2"):
        read_all(connector)


def test_a_source_that_never_ends_is_given_new_tables(tmp_path: Path, city: Host) -> None:
    connector, clock = joined(tmp_path, city)
    assert isinstance(connector.source, JoinedSource)

    closed: list[bool] = []

    class Endless:
        """Gives a record whenever it is asked for one."""

        async def read(self, _: Any) -> Any:
            try:
                while True:
                    yield Record(content={"id": 1})
            finally:
                closed.append(True)

    connector.source._source = Endless()  # type: ignore[assignment]  # what it shows of itself is not asked for

    async def names() -> list[Any]:
        found = []
        async with aclosing(connector.source.read({})) as reading:
            async for record in reading:
                found.append(connector.mapping.map(record, None).entities[0]["name"]["value"])
                if len(found) == 2:
                    break
                city.serve("/info", [{"id": 1, "name": "South"}])
                clock.now += 600
        return found

    assert asyncio.run(names()) == ["North", "South"]
    assert closed == [True]


async def test_what_others_send_does_not_wait_for_a_new_table(tmp_path: Path, city: Host) -> None:
    asked, answering = threading.Event(), threading.Event()

    def answer(_: Any) -> Reply:
        if len(city.asked) > 1:
            asked.set()
            answering.wait(10)
        return Reply(content=[{"id": 1, "name": ("North", "South")[len(city.asked) > 1]}])

    city.answers["/info"] = answer
    connector, _ = joined(tmp_path, city, source="")
    path = connector.path
    source = path.read_text().replace(f"type: http\n  url: {city.url}/a", "type: webhook\n  auth: none")
    path.write_text(source.replace("every: 10m", "every: 1s"))
    declared = open_connector(path, environment={})

    async with received(declared, hook_socket(tmp_path, "default", "test")) as opened:
        await asyncio.to_thread(asked.wait, 10)
        meanwhile = await opened.send()
        before = declared.mapping.map(opened.records[0], None).entities[0]["name"]["value"]
        answering.set()
        while (after := declared.mapping.map(opened.records[0], None).entities[0]["name"]["value"]) == before:
            await asyncio.sleep(0.01)

    assert meanwhile.status_code == 202
    assert (before, after) == ("North", "South")


@pytest.mark.parametrize(
    ("own", "sent"), [("", "Bearer key-7431"), (", auth: {bearer: own}", "Bearer own"), (", auth: null", None)]
)
def test_a_lookup_asks_its_own_origin_as_the_source_does(
    tmp_path: Path, city: Host, own: str, sent: str | None
) -> None:
    connector, _ = joined(tmp_path, city, own, "auth: {bearer: '${KEY}'}\nheaders: {X-Client: city}\nparams: {a: 1}")

    assert name_of(connector) == "North"

    asked = city.asked[0]
    assert asked.path == "/info"
    assert (asked.headers.get("authorization"), asked.headers["x-client"], asked.params) == (sent, "city", {})


def test_a_lookup_at_another_origin_is_not_told_who_asks(tmp_path: Path, city: Host) -> None:
    with host() as other:
        other.serve("/info", INFO)
        text = LOOKUP % (other.url, "")
        connector = asking(tmp_path, f"{city.url}/a", "auth: {bearer: key-7431}\nheaders: {X-Key: key-7431}", text)
        read_all(connector)

    assert "key-7431" in str(city.asked[0].headers)
    assert "key-7431" not in str(other.asked[0].headers)


def test_who_is_refused_is_named(tmp_path: Path, city: Host) -> None:
    connector, _ = joined(tmp_path, city, "", "auth: {bearer: '${KEY}'}")
    city.serve("/info", status=401)

    with pytest.raises(Retry, match=r"does not accept source\.auth\.bearer \(\$\{KEY\}\)"):
        read_all(connector)


def test_a_lookup_that_only_another_file_can_mend_stops_the_source(tmp_path: Path, city: Host) -> None:
    connector, _ = joined(tmp_path, city)
    city.serve("/info", status=405)

    with pytest.raises(Stop, match="Lookup info: "):
        read_all(connector)


def test_a_source_of_files_may_have_one(tmp_path: Path, city: Host) -> None:
    write_file(tmp_path, '[{"id": 1}]', "source.json")
    text = f"{HEAD}source: {{type: file, path: source.json}}\n{LOOKUP % (city.url, '')}"
    path = write_file(tmp_path, text + "entity: {type: T, id: id, attributes: {n: \"$lut('info', id).name\"}}\n")

    shown = run("preview", path, "--json")
    recorded = run("preview", path, "--record", tmp_path / "fixture.json")

    assert json.loads(shown.stdout)["entities"][0]["n"]["value"] == "North"
    assert recorded.exit_code == 0
    assert (tmp_path / "fixture.json").read_text().split() == ["[", "{", '"id":', "1", "}", "]"]


def test_a_fixture_with_a_lookup_whose_address_is_not_set_is_told(tmp_path: Path) -> None:
    fixture = write_file(tmp_path, '[{"id": 1}]', "a.json")
    lookup = "lookup: {info: {url: 'https://${HOST}:${PORT}/', key: id}}\n"
    path = write_file(tmp_path, f"{HEAD}source: {{type: file, path: a.json}}\n{lookup}{ENTITY}")

    done = run("preview", path, "--replay", fixture)

    assert "Lookup info: its url is no address" in str(done.exception)


def test_a_preview_warns_of_an_optional_table_that_is_missing(tmp_path: Path, city: Host) -> None:
    connector, _ = joined(tmp_path, city, ", optional: true")
    city.serve("/info", status=404)

    answer = json.loads(run("preview", connector.path, "--json").stdout)

    assert answer["records"] == 1
    assert answer["warnings"][0].startswith(f"Lookup info: {city.url}/info answers 404: ")
    assert city.paths() == ["/info", "/a"]
