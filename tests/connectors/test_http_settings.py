# SPDX-License-Identifier: EUPL-1.2
"""What a file may say of an address; fixtures in the place of addresses."""

import json
from pathlib import Path

import pytest

from connectors.declarative.loading import FileProblems, load_connector
from connectors.declarative.schema import json_schema
from tests.connectors.test_testing import run
from tests.connectors.writing import HEAD, write_file

GOOD = (
    HEAD
    + """\
source:
  type: http
  url: https://data.example.org/a
  method: POST
  headers: {X-Client: city, X-Version: 2}
  params: {station: [1, 2]}
  body: {wanted: all}
  auth:
    basic: {user: a, password: "${PASSWORD}"}
  certificate: client.pem
  timeout: 5s
  max_size: 500kB
  paging: {next: links.next}
lookup:
  info: {url: https://data.example.org/info, key: id, every: 6h}
entity: {type: T, id: id, attributes: {x: x, name: "$lut('info', id).name"}}
"""
)


def test_a_right_file_is_loaded(tmp_path: Path) -> None:
    source = load_connector(write_file(tmp_path, GOOD), environment={"PASSWORD": "p"}).connector.source

    assert source.headers == {"X-Client": "city", "X-Version": "2"}
    assert source.params == {"station": ["1", "2"]}
    assert source.max_size == 500_000
    assert "'p'" not in repr(source)


@pytest.mark.parametrize(
    ("right", "wrong", "line", "words"),
    [
        ("https://data.example.org/a", "data.example.org/a", 5, "must be an address that starts with https://"),
        ("https://data.example.org/a", "ftp://data.example.org/a", 5, "must be an address that starts with https://"),
        ("https://data.example.org/a", "https://data.example.org:x/a", 5, "must be an address"),
        ("https://data.example.org/a", "https://u:hidden@data.example.org/a", 5, "they belong into 'auth: {basic"),
        ("method: POST", "method: PUT", 6, "'GET' or 'POST'"),
        ("method: POST", "method: GET", 3, "a body is sent with 'method: POST' only"),
        ("X-Client: city", "'X Client': city", 7, "'X Client' cannot be a header"),
        ("X-Client: city", '"X-Client": "a\\nb"', 7, "'X-Client' cannot be a header"),
        ("basic: {user: a", "basic: {usr: a", 11, "the nearest right key is 'user'"),
        ("basic: {", "bearer: t\n    basic: {", 10, "exactly one of basic, bearer, api_key and oauth2"),
        ('basic: {user: a, password: "${PASSWORD}"}', "api_key: {value: hidden}", 11, "exactly one of header and query"),
        ("certificate: client.pem", "certificate_key: client.pem", 3, "which is not given"),
        ("timeout: 5s", "proxy: proxy.example.org:3128", 13, "'source.proxy': must be http://host:port or https://"),
        ("timeout: 5s", "proxy: socks5://u:hidden@proxy.example.org", 13, "must be http://host:port or https://"),
        ('basic: {user: a, password: "${PASSWORD}"}', "oauth2: {token_url: token, client: c, secret: s}", 11,
         "'source.auth.oauth2.token_url': must be an address that starts with https://"),
        ("max_size: 500kB", "max_size: 500 sheep", 14, "such as 500kB, 64MiB or 2GiB"),
        ("{station: [1, 2]}", "{station: {a: 1}}", 8, "'source.params.station': must be a text or a list"),
        ("{station: [1, 2]}", "{station: [[1]]}", 8, "'source.params.station.0': must be a text"),
        ("body: {wanted: all}", "body: 5", 9, "'source.body': must be a text, an object or a list"),
        ("{next: links.next}", "{}", 15, "exactly one of link, next, offset, page and cursor"),
        ("{next: links.next}", "{offset: from}", 15, "needs size"),
        ("{next: links.next}", "{cursor: a.b}", 15, "needs both cursor and param"),
        ("{next: links.next}", "{nxt: links.next}", 15, "the nearest right key is 'next'"),
        ("url: https://data.example.org/info, ", "", 17, "exactly one of path and url"),
        ("url: https://data.example.org/info", "path: info.json", 17, "'every' is for a lookup with url"),
    ],
)  # fmt: skip
def test_an_error_names_its_line_and_no_secret(tmp_path: Path, right: str, wrong: str, line: int, words: str) -> None:
    path = write_file(tmp_path, GOOD.replace(right, wrong, 1))

    with pytest.raises(FileProblems) as caught:
        load_connector(path, environment={"PASSWORD": "hidden"})

    assert any(f"line {line}:" in problem and words in problem for problem in caught.value.problems), caught.value
    assert "hidden" not in str(caught.value)


def test_the_schema_takes_what_a_file_may_say() -> None:
    source = json_schema()["$defs"]["HttpSource"]["properties"]

    assert source["max_size"]["type"] == ["integer", "string"]
    assert source["headers"]["additionalProperties"]["type"] == ["string", "number"]


def test_an_expression_of_pages_is_checked(tmp_path: Path) -> None:
    done = run("validate", write_file(tmp_path, GOOD.replace("links.next", "links.")))

    assert done.exit_code == 1
    assert "line 15: 'source.paging.next'" in done.stderr


def write_tested(folder: Path, lookup: str) -> Path:
    write_file(folder, '{"id": 1, "x": 5}', "fixture/a.json")
    write_file(folder, '[{"id": 1, "name": "North"}]', "fixture/info.json")
    expect = "expect: {count: 1, first: {x: 5, name: North}}"
    return write_file(folder, f"{GOOD}tests: [{{fixture: fixture/a.json, {lookup} {expect}}}]\n")


def test_a_test_finds_source_and_lookup_in_its_fixtures(tmp_path: Path) -> None:
    done = run("test", write_tested(tmp_path, "lookup: {info: fixture/info.json},"))

    assert (done.stdout, done.stderr) == ("1 tests, 0 failures\n", "")


def test_a_fixture_stands_for_a_lookup_with_a_path_too(tmp_path: Path) -> None:
    path = write_tested(tmp_path, "lookup: {info: fixture/info.json},")
    with_path = path.read_text().replace("url: https://data.example.org/info", "path: '${PLACES}'")
    path.write_text(with_path.replace(", every: 6h", ""))

    assert run("test", path).stdout == "1 tests, 0 failures\n"


@pytest.mark.parametrize(
    ("lookup", "words"),
    [
        ("", "lookup info has an address: the test must name a file for it, as lookup: {info: FILE}"),
        ("lookup: {info: fixture/other.json},", "fixture/other.json does not exist"),
        ("lookup: {inof: fixture/info.json},", "a test names lookup 'inof', which does not exist"),
    ],
)
def test_a_test_without_the_fixture_of_a_lookup_fails(tmp_path: Path, lookup: str, words: str) -> None:
    done = run("test", write_tested(tmp_path, lookup), "--json")

    assert words in json.loads(done.stdout)["failures"][0]["reason"]
