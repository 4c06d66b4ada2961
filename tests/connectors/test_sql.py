# SPDX-License-Identifier: EUPL-1.2
"""The source `sql`: what a query gives, where the next pass goes on, and what is said where it cannot."""

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import pytest

from allmende.connector import Record
from allmende.errors import Retry
from connectors.declarative.connector import Declared
from connectors.declarative.loading import FileProblems, load_connector
from connectors.declarative.sources.columns import keep_value, kept_value, to_json
from connectors.declarative.sources.postgres import PostgresServer
from connectors.declarative.sources.progress import Answered, Reached
from connectors.preview import preview, record_fixture
from connectors.testing import run_tests
from tests.connectors.writing import declare, read_all, write_file

MAPPING = "entity: {type: T, id: id, attributes: {x: x}}\n"
ON = "SELECT id, x FROM reading WHERE id > %(cursor)s ORDER BY id"


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of each kind."""
    if request.param == "sqlite":
        sqlite3.connect(tmp_path / "readings.db").close()
        return "sqlite:///readings.db"
    return str(request.getfixturevalue("database"))


both = pytest.mark.parametrize("url", ["sqlite", pytest.param("postgres", marks=pytest.mark.server)], indirect=True)


def write(url: str, folder: Path, *statements: str) -> None:
    """Do what the database's owner does."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(folder / "readings.db", isolation_level=None)) as database:
            for statement in statements:
                database.execute(statement)
        return
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def source(url: str, query: str, more: str = "") -> str:
    return f"source: {{type: sql, url: {json.dumps(url)}, query: {json.dumps(query)}{more}}}\n{MAPPING}"


def contents(records: list[Record]) -> list[Any]:
    return [record.content for record in records]


def reached(records: list[Record]) -> dict[str, Any]:
    """The cursor after these records, through JSON as in the spool."""
    positions = [record.position for record in records if record.position is not None]
    return json.loads(json.dumps({"": positions[-1]})) if positions else {}


def reader(url: str, folder: Path, query: str = ON, more: str = ", cursor: id, start: 0") -> Declared:
    return declare(folder, source(url, query, more))


@both
def test_each_pass_gives_what_is_new(url: str, tmp_path: Path) -> None:
    write(url, tmp_path, "CREATE TABLE reading (id int, x text)", "INSERT INTO reading VALUES (2, 'b'), (1, 'a')")
    connector = reader(url, tmp_path)

    first = read_all(connector)
    nothing = read_all(connector, reached(first))
    write(url, tmp_path, "INSERT INTO reading VALUES (3, 'c')")
    second = read_all(connector, reached(first))

    assert contents(first) == [{"id": 1, "x": "a"}, {"id": 2, "x": "b"}]
    assert nothing == []
    assert contents(second) == [{"id": 3, "x": "c"}]


@both
@pytest.mark.parametrize("operator", [">", ">="])
def test_a_run_may_stop_between_rows_of_one_value(url: str, tmp_path: Path, operator: str) -> None:
    rows = [(1, "a"), (2, "b"), (2, "c"), (2, "d"), (3, "e")]
    values = ", ".join(f"({number}, '{text}')" for number, text in rows)
    write(url, tmp_path, "CREATE TABLE reading (id int, x text)", f"INSERT INTO reading VALUES {values}")
    connector = reader(url, tmp_path, ON.replace(">", operator).replace("ORDER BY id", "ORDER BY id, x"))

    for stop in range(1, len(rows)):
        before = read_all(connector)[:stop]
        after = read_all(connector, reached(before))

        assert contents(before) + contents(after) == [{"id": number, "x": text} for number, text in rows]
        assert read_all(connector, reached(after)) == []


@both
@pytest.mark.parametrize("operator", [">", ">="])
def test_a_row_of_the_last_value_that_comes_later_is_found(url: str, tmp_path: Path, operator: str) -> None:
    write(url, tmp_path, "CREATE TABLE reading (id int, x text)", "INSERT INTO reading VALUES (1, 'a'), (2, 'b')")
    connector = reader(url, tmp_path, ON.replace(">", operator))
    cursor = reached(read_all(connector))

    write(url, tmp_path, "INSERT INTO reading VALUES (2, 'late')")
    second = read_all(connector, cursor)

    assert contents(second) == [{"id": 2, "x": "late"}]
    assert read_all(connector, reached(second)) == []


@both
def test_without_a_cursor_only_rows_that_are_new_or_changed_are_given(url: str, tmp_path: Path) -> None:
    write(url, tmp_path, "CREATE TABLE reading (id int, x text)", "INSERT INTO reading VALUES (1, 'a'), (2, '5%')")
    connector = reader(url, tmp_path, "SELECT id, x FROM reading WHERE x LIKE '%' ORDER BY id", "")

    first = read_all(connector)
    same = read_all(connector, reached(first))
    write(url, tmp_path, "UPDATE reading SET x = 'c' WHERE id = 1")
    changed = read_all(connector, reached(first))

    assert contents(first) == [{"id": 1, "x": "a"}, {"id": 2, "x": "5%"}]
    assert [record.position is None for record in first] == [True, False]
    assert same == []
    assert contents(changed) == [{"id": 1, "x": "c"}]
    assert read_all(connector, reached(changed)) == []


@pytest.mark.parametrize("more", ["", ", cursor: x, start: ''"])
def test_where_the_cursor_is_another_one_reading_begins_anew(tmp_path: Path, more: str) -> None:
    every = "SELECT id, x FROM reading"
    by_x = f"{every} WHERE x > %(cursor)s ORDER BY x"
    write("sqlite", tmp_path, "CREATE TABLE reading (id int, x text)", "INSERT INTO reading VALUES (1, 'a'), (2, 'b')")
    url = "sqlite:///readings.db"
    query = by_x if more else every
    before, after = reader(url, tmp_path), reader(url, tmp_path, query, more)

    there = read_all(after, reached(read_all(before)))
    back = read_all(before, reached(there))

    assert [contents(there), contents(back)] == [[{"id": 1, "x": "a"}, {"id": 2, "x": "b"}]] * 2


def test_a_cursor_in_a_query_with_a_percent_sign(tmp_path: Path) -> None:
    write("sqlite", tmp_path, "CREATE TABLE reading (id int, x text)", "INSERT INTO reading VALUES (1, 'a%'), (2, 'b')")
    query = "SELECT id, x FROM reading WHERE id > %(cursor)s AND x LIKE 'a%%' ORDER BY id"

    assert contents(read_all(reader("sqlite:///readings.db", tmp_path, query))) == [{"id": 1, "x": "a%"}]


CURSORS = ["timestamptz", "timestamp", "date", "numeric", "uuid", "text", "bigint", "double precision"]
VALUES = {
    "timestamptz": ("2026-03-01T10:00:00+01:00", "2026-03-01T10:00:00.5+01:00"),
    "timestamp": ("2026-03-01 10:00:00", "2026-03-01 10:00:01"),
    "date": ("2026-03-01", "2026-03-02"),
    "numeric": ("12345678901234567890.1", "12345678901234567890.2"),
    "uuid": ("00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"),
    "text": ("a", "b"),
    "bigint": ("9007199254740993", "9007199254740994"),
    "double precision": ("0.1", "0.2"),
}
START = {"timestamptz": "'2026-01-01'", "timestamp": "'2026-01-01'", "date": "'2026-01-01'", "text": "''"}


@pytest.mark.server
@pytest.mark.parametrize("kind", CURSORS)
def test_a_cursor_keeps_its_type_and_all_its_digits(database: str, tmp_path: Path, kind: str) -> None:
    low, high = VALUES[kind]
    write(database, tmp_path, f"CREATE TABLE reading (id {kind}, x int)", f"INSERT INTO reading VALUES ('{low}', 1)")
    start = "'00000000-0000-0000-0000-000000000000'" if kind == "uuid" else START.get(kind, "0")
    connector = reader(database, tmp_path, more=f", cursor: id, start: {start}")

    first = read_all(connector)
    write(database, tmp_path, f"INSERT INTO reading VALUES ('{high}', 2)")
    second = read_all(connector, reached(first))

    assert [record.content["x"] for record in [*first, *second]] == [1, 2]
    assert read_all(connector, reached(second)) == []


@pytest.mark.server
def test_every_kind_of_column_becomes_json(database: str, tmp_path: Path) -> None:
    query = (
        "SELECT 1::numeric AS whole, 1.25::numeric AS part, 'NaN'::float8 AS nothing, true AS yes, null AS empty,"
        " '2026-03-01 10:00+01'::timestamptz AS time, '2026-03-01'::date AS day, '10:00'::time AS hour,"
        " '90 minutes'::interval AS length, '\\xdeadbeef'::bytea AS raw, array[1.5, 2]::numeric[] AS list,"
        """ '{"a": [1, null]}'::jsonb AS json, '00000000-0000-0000-0000-000000000001'::uuid AS uuid,"""
        " '10.0.0.0/8'::inet AS net, int4range(1, 3) AS range, 9223372036854775808 AS large"
    )

    (record,) = read_all(reader(database, tmp_path, query, ""))

    assert record.content == {
        "whole": 1,
        "part": 1.25,
        "nothing": None,
        "yes": True,
        "empty": None,
        "time": "2026-03-01T09:00:00+00:00",
        "day": "2026-03-01",
        "hour": "10:00:00",
        "length": "PT5400S",
        "raw": "deadbeef",
        "list": [1.5, 2],
        "json": {"a": [1, None]},
        "uuid": "00000000-0000-0000-0000-000000000001",
        "net": "10.0.0.0/8",
        "range": "[1, 3)",
        "large": 9.223372036854775808e18,
    }


TYPED = [
    7,
    0.5,
    Decimal("1.50"),
    "a",
    datetime(2026, 3, 1, tzinfo=UTC),
    datetime(2026, 3, 1),  # noqa: DTZ001 - a column without zone
    date(2026, 3, 1),
    UUID(int=1),
]


@pytest.mark.parametrize("value", TYPED)
def test_a_cursors_value_comes_back_as_it_was(value: Any) -> None:
    back = kept_value(json.loads(json.dumps(keep_value(value))))

    assert (back, type(back)) == (value, type(value))


def test_what_cannot_be_a_cursor_is_said() -> None:
    with pytest.raises(Retry, match="no number, text"):
        keep_value([1])


@both
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT nothing FROM reading WHERE id > %(cursor)s", "nothing"),
        ("SELECT x FROM reading WHERE id > %(cursor)s ORDER BY id", "no column 'id', which is its cursor"),
        ("SELECT id, x FROM reading WHERE id > %(cursor)s ORDER BY id DESC", "not in the order of 'id'"),
        ("SELECT id, x AS id FROM reading WHERE id > %(cursor)s ORDER BY 1", "two columns 'id'"),
        ("SELECT null AS id, x FROM reading WHERE id > %(cursor)s", "IS NOT NULL"),
        ("DELETE FROM reading WHERE id > %(cursor)s", "DELETE|readonly"),
        ("DELETE FROM reading WHERE id > %(cursor)s RETURNING id, x", "DELETE|readonly"),
    ],
)
def test_a_query_that_cannot_be_read_is_said_and_nothing_is_written(
    url: str, tmp_path: Path, query: str, words: str
) -> None:
    write(url, tmp_path, "CREATE TABLE reading (id int, x text)", "INSERT INTO reading VALUES (1, 'a'), (2, 'b')")

    with pytest.raises(Retry, match=words):
        read_all(reader(url, tmp_path, query))

    assert len(read_all(reader(url, tmp_path))) == 2


@both
def test_a_statement_has_a_time(url: str, tmp_path: Path) -> None:
    endless = "WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT max(id) AS id FROM n"

    with pytest.raises(Retry, match=r"timeout|takes longer"):
        read_all(reader(url, tmp_path, endless, ", timeout: 200ms"))


@pytest.mark.server
async def test_who_waits_for_room_keeps_no_transaction_open(database: str) -> None:
    server = PostgresServer(database, timedelta(seconds=30), most_idle=timedelta(milliseconds=100))
    rows = server.rows("SELECT generate_series(1, 5000) AS id", None, has_cursor=False)
    first = await anext(rows)
    open_ones = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state ~ 'transaction'"
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as other:
        while (await (await other.execute(open_ones)).fetchone()) != (0,):
            await asyncio.sleep(0.02)

    with pytest.raises(Retry, match="idle-in-transaction timeout"):
        async for _ in rows:
            pass

    assert first == {"id": 1}


@pytest.mark.server
def test_a_server_that_refuses_or_is_away_is_said_without_the_password(
    database: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    away = "postgresql://someone:se%20cret@127.0.0.1:1/x"
    unknown = urlsplit(database)._replace(netloc="someone:se%20cret@").geturl()
    said = []
    for url in (away, unknown, away + "?nonsense=se cret"):
        with pytest.raises(Retry) as caught:
            read_all(reader(url, tmp_path))
        said.append(repr(caught.value) + repr(caught.value.__cause__) + repr(reader(url, tmp_path).file))

    assert "127.0.0.1" in said[0]
    assert "password authentication failed" in said[1]
    assert "unexpected spaces" in said[2]
    assert not any("se%20cret" in words or "se cret" in words for words in [*said, caplog.text])


def test_a_file_that_is_not_there_or_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database, but long enough to be taken for one" * 10)

    with pytest.raises(Retry, match=r"nowhere.db does not exist"):
        read_all(reader("sqlite:///nowhere.db", tmp_path))
    with pytest.raises(Retry, match="not a database"):
        asyncio.run(reader("sqlite:///text.db", tmp_path).source.check())
    assert not (tmp_path / "nowhere.db").exists()


def test_more_rows_than_are_read_at_once_are_all_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(
        "sqlite",
        tmp_path,
        "CREATE TABLE reading (id int, x text)",
        "INSERT INTO reading WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 100001)"
        " SELECT id, 'x' FROM n",
    )

    records = read_all(reader("sqlite:///readings.db", tmp_path))

    assert len(records) == 100_001
    with pytest.raises(Retry, match="more than 100000 rows: name a column as cursor"):
        read_all(reader("sqlite:///readings.db", tmp_path, "SELECT id, x FROM reading", ""))


def test_rows_that_nothing_tells_apart_have_a_bound() -> None:
    progress = Reached("id", None, 0)

    assert all(progress.take({"id": 1}, number) for number in range(10_000))
    with pytest.raises(Retry, match="take a column that tells them apart"):
        progress.take({"id": 1}, "one more")


def test_equal_rows_are_one() -> None:
    progress = Answered(None)

    assert [progress.take({"a": 1}), progress.take({"a": 1})] == [True, False]


def test_a_preview_keeps_rows_as_a_fixture_that_a_test_reads(tmp_path: Path) -> None:
    write("sqlite", tmp_path, "CREATE TABLE reading (id int, x text)", "INSERT INTO reading VALUES (1, 'a'), (2, 'b')")
    connector = reader("sqlite:///readings.db", tmp_path)

    answer = asyncio.run(preview(connector, 1, one_part=True))
    record_fixture(connector, answer, tmp_path / "fixture/rows.json")
    tests = "tests: [{fixture: fixture/rows.json, expect: {count: 1, first: {x: a}}}]\n"
    path = write_file(
        tmp_path, "apiVersion: connectors/v1\nname: test\n" + source("sqlite:///gone.db", "SELECT 1") + tests
    )

    assert json.loads((tmp_path / "fixture/rows.json").read_text()) == [{"id": 1, "x": "a"}]
    assert run_tests(path).failures == []


MISTAKES = [
    ("cursor: id\n  start: 0", "SELECT 1", "must hold %(cursor)s"),
    ("cursor: id", "SELECT %(cursor)s", "key 'start' is required"),
    ("every: 1m", "SELECT %(cursor)s", "no 'cursor' names the column"),
    ("url: mysql://someone:secret@host/x", "SELECT 1", "must be a URL that begins with postgresql://"),
    ("url: postgresql://someone:secret@[half/x", "SELECT 1", "must be a URL that begins with postgresql://"),
]


@pytest.mark.parametrize(("more", "query", "words"), MISTAKES)
def test_a_mistake_is_named(tmp_path: Path, more: str, query: str, words: str) -> None:
    url = "" if more.startswith("url") else "  url: sqlite:///x.db\n"
    text = f"source:\n  type: sql\n{url}  query: {query!r}\n  {more}\n{MAPPING}"
    path = write_file(tmp_path, f"apiVersion: connectors/v1\nname: test\n{text}")

    with pytest.raises(FileProblems) as caught:
        load_connector(path, environment={})

    assert words in str(caught.value)
    assert "secret" not in str(caught.value)


def test_durations_and_bytes_are_texts() -> None:
    assert to_json([timedelta(minutes=1), b"\x00\xff", float("inf")]) == ["PT60S", "00ff", None]
