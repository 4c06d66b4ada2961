# SPDX-License-Identifier: EUPL-1.2
"""Who asks is told to the origin that is meant and to no other, and stands in no word of ours."""

import base64
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from allmende.errors import Retry, SourceError, Stop
from tests.connectors.asking import ENTITY, asking, ids, read_on, rows
from tests.connectors.hosts import Asked, Host, Reply, host
from tests.connectors.test_testing import run
from tests.connectors.writing import HEAD, read_all, write_file

SECRET = "s3cr3t/ä+1"


@pytest.fixture
def city() -> Iterator[Host]:
    with host() as opened:
        yield opened


@pytest.fixture
def other() -> Iterator[Host]:
    with host() as opened:
        yield opened


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


KINDS = [
    ("auth: {basic: {user: u, password: '${KEY}'}}", "authorization", basic("u:key-7431")),
    ("auth: {bearer: '${KEY}'}", "authorization", "Bearer key-7431"),
    ("auth: {api_key: {header: X-Key, value: '${KEY}'}}", "x-key", "key-7431"),
    ("auth: {api_key: {query: key, value: '${KEY}'}}", "key", "key-7431"),
    ("headers: {X-Own: 'a ${KEY}'}", "x-own", "a key-7431"),
]


@pytest.mark.parametrize(("block", "name", "value"), KINDS)
def test_who_asks_is_told(tmp_path: Path, city: Host, block: str, name: str, value: str) -> None:
    city.serve("/a", rows(1))

    records = read_all(asking(tmp_path, f"{city.url}/a?b=1", block, KEY="key-7431"))

    (asked,) = city.asked
    assert (asked.headers | asked.params)[name] == value
    assert asked.params["b"] == "1"
    assert "7431" not in json.dumps([[record.part, record.position] for record in records])


@pytest.mark.parametrize(("block", "name", "value"), KINDS)
def test_a_redirect_to_another_origin_does_not_take_it_along(
    tmp_path: Path, city: Host, other: Host, block: str, name: str, value: str
) -> None:
    city.serve("/a", status=302, Location="/b")
    city.serve("/b", status=307, Location=f"{other.url}/c")
    other.serve("/c", status=301, Location=f"{city.url}/d")
    city.serve("/d", rows(1))

    read = ids(read_all(asking(tmp_path, f"{city.url}/a", block, KEY="key-7431")))

    assert read == [1]
    assert city.paths() == ["/a", "/b", "/d"]
    assert [(asked.headers | asked.params).get(name) for asked in city.asked] == [value] * 3
    (asked,) = other.asked
    assert "7431" not in f"{asked.headers} {asked.params}"


@pytest.mark.parametrize(
    ("url", "more"),
    [
        ("/a?k=${KEY}", ""),
        ("/a", "params: {k: '${KEY}'}"),
        ("/a", "params: {api_key: key-7431}"),
        ("/a?token=key-7431", ""),
        ("/a", "auth: {api_key: {query: k, value: key-7431}}"),
    ],
)
def test_a_redirect_that_repeats_the_query_does_not_take_the_key_along(
    tmp_path: Path, city: Host, other: Host, url: str, more: str
) -> None:
    def repeat(asked: Asked) -> Reply:
        query = urlencode(asked.params | {"signature": "theirs", "b": "1"})
        return Reply(status=302, headers={"Location": f"{other.url}/b?{query}"})

    city.answers["/a"] = repeat
    other.serve("/b", rows(1))

    read_all(asking(tmp_path, city.url + url, more, KEY="key-7431"))

    assert "key-7431" in city.asked[0].params.values()
    assert other.asked[0].params == {"signature": "theirs", "b": "1"}


@pytest.mark.parametrize("status", [401, 403, 404, 405, 429, 500])
@pytest.mark.parametrize(("block", "name", "value"), KINDS)
def test_what_is_refused_is_told_without_the_key(
    tmp_path: Path, city: Host, caplog: pytest.LogCaptureFixture, block: str, name: str, value: str, status: int
) -> None:
    caplog.set_level(logging.WARNING)
    city.serve("/p-key-7431", status=status)

    with pytest.raises(SourceError) as caught:
        read_all(asking(tmp_path, f"{city.url}/p-${{KEY}}?k=${{KEY}}", block, KEY="key-7431"))

    assert str(caught.value).startswith(f"{city.url}/p-*** answers {status}: ")
    assert "7431" not in f"{caught.value} {caplog.text}"
    if "auth" in block and status in {401, 403}:
        kind = re.findall(r"\w+", block)[1]
        assert f"source.auth.{kind} (${{KEY}})" in str(caught.value)


def test_neither_preview_nor_list_shows_a_key(tmp_path: Path, city: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEED_URL", f"{city.url}/a?key=key-7431")
    city.serve("/a", b"id,x\n1\n", Content_Type="text/csv")
    path = write_file(tmp_path, f"{HEAD}source: {{type: http, url: '${{FEED_URL}}'}}\n{ENTITY}")

    read = run("preview", path, "--json")
    shown = run("preview", path)
    city.serve("/a", status=500)
    failed = run("preview", path, "--json")

    assert city.asked[0].params == {"key": "key-7431"}
    assert json.loads(read.stdout)["errors"][0]["file"] == f"{city.url}/a"
    assert f"{city.url}/a answers 500" in failed.stderr
    said = "".join(done.stdout + done.stderr for done in (read, shown, failed))
    assert "7431" not in said


def test_without_auth_the_words_say_to_add_it(tmp_path: Path, city: Host) -> None:
    city.serve("/a", status=401)

    with pytest.raises(Retry, match="add 'auth' to source"):
        read_all(asking(tmp_path, f"{city.url}/a"))


def test_a_refusal_after_a_redirect_says_where_to_name_the_address(tmp_path: Path, city: Host, other: Host) -> None:
    city.serve("/a", status=302, Location=f"{other.url}/b")
    other.serve("/b", status=401)

    with pytest.raises(Retry, match=r"not sent to another host than that of 'source\.url'"):
        read_all(asking(tmp_path, f"{city.url}/a", "auth: {bearer: '${KEY}'}", KEY="key-7431"))


@pytest.mark.parametrize("key", ["key-ä-7431", "key-7431\n", "key\r\nX-Other: 7431"])
def test_a_key_that_cannot_be_sent_is_not_repeated(tmp_path: Path, city: Host, key: str) -> None:
    with pytest.raises(Stop, match="signs that cannot be sent") as caught:
        read_all(asking(tmp_path, f"{city.url}/a", "auth: {bearer: '${KEY}'}", KEY=key))

    assert "7431" not in str(caught.value)
    assert city.asked == []


def test_a_header_of_the_file_stands_for_the_usual_one(tmp_path: Path, city: Host) -> None:
    city.serve("/a", rows(1))

    read_all(asking(tmp_path, f"{city.url}/a", "headers: {accept: text/x, authorization: old}\nauth: {bearer: new}"))

    (asked,) = city.asked
    assert (asked.headers["accept"], asked.headers["authorization"]) == ("text/x", "Bearer new")


@pytest.mark.parametrize(
    ("url", "environment", "part"),
    [
        ("${BASE}/a", {"BASE": "%(url)s"}, "%(url)s/a"),
        ("http://${HOST}:%(port)s/a", {"HOST": "127.0.0.1"}, "%(url)s/a"),
        ("%(url)s/${KEY}/a", {"KEY": "key-7431"}, "%(url)s/***/a"),
        ("${WHOLE}", {"WHOLE": "%(url)s/a?key=key-7431"}, "%(url)s/a"),
    ],
)
def test_what_comes_from_a_variable_is_masked_in_a_path_and_not_in_a_host(
    tmp_path: Path, city: Host, url: str, environment: dict[str, str], part: str
) -> None:
    names = {"url": city.url, "port": city.url.rpartition(":")[2]}
    for path in ("/a", "/key-7431/a"):
        city.serve(path, rows(1))

    connector = asking(tmp_path, url % names, **{key: value % names for key, value in environment.items()})

    assert [record.part for record in read_all(connector)] == [part % names]


@pytest.mark.parametrize("status", [307, 308])
def test_a_body_goes_to_no_other_origin(tmp_path: Path, city: Host, other: Host, status: int) -> None:
    city.serve("/a", status=status, Location=f"{other.url}/b")

    with pytest.raises(Stop, match="if that is right, name it in 'url'"):
        read_all(asking(tmp_path, f"{city.url}/a", "method: POST\nbody: mine"))

    assert other.asked == []


@pytest.mark.parametrize(("status", "sent"), [(303, ("GET", b"")), (308, ("POST", b"mine"))])
def test_a_redirect_at_home_asks_as_it_says(tmp_path: Path, city: Host, status: int, sent: tuple[str, bytes]) -> None:
    city.serve("/a", status=status, Location="/b")
    city.serve("/b", rows(1))

    assert ids(read_all(asking(tmp_path, f"{city.url}/a", "method: POST\nbody: mine"))) == [1]
    assert (city.asked[1].method, city.asked[1].body) == sent


def test_redirects_have_an_end(tmp_path: Path, city: Host) -> None:
    city.answers = {f"/{n}": lambda asked: Reply(status=302, headers={"Location": f"/{int(asked.path[1:]) + 1}"})
                    for n in range(10)}  # fmt: skip
    city.serve("/5", rows(1))

    assert ids(read_all(asking(tmp_path, f"{city.url}/0"))) == [1]

    del city.answers["/5"]
    city.serve("/5", status=302, Location="/6")
    with pytest.raises(Retry, match="more than 5 redirects"):
        read_all(asking(tmp_path, f"{city.url}/0"))
    assert city.paths()[6:] == ["/0", "/1", "/2", "/3", "/4", "/5"]


@pytest.mark.parametrize("location", ["ftp://127.0.0.1/a", "http://[", "javascript:alert(1)"])
def test_a_redirect_to_what_is_no_address_is_told(tmp_path: Path, city: Host, location: str) -> None:
    city.serve("/a", status=302, Location=location)

    with pytest.raises(Retry, match="leads to what is no address"):
        read_all(asking(tmp_path, f"{city.url}/a"))


class Tokens:
    """A server of tokens, and data that wants the newest one."""

    def __init__(self, city: Host, **more: Any) -> None:
        self.given = 0
        self.good: set[str] = set()
        city.answers["/token"] = self.token
        city.answers["/a"] = self.data
        self.more = more

    def token(self, asked: Asked) -> Reply:
        self.given += 1
        self.good = {f"Bearer token-{self.given}"}
        return Reply(content={"access_token": f"token-{self.given}", "token_type": "Bearer", **self.more})

    def data(self, asked: Asked) -> Reply:
        return Reply(content=rows(self.given)) if asked.headers.get("authorization") in self.good else Reply(status=401)


OAUTH2 = "auth: {oauth2: {token_url: '%s/token', client: 'me:1', secret: '${KEY}', scope: read}}"


def test_a_token_is_fetched_once_and_anew_where_it_is_refused(tmp_path: Path, city: Host) -> None:
    tokens = Tokens(city, expires_in=3600)
    connector = asking(tmp_path, f"{city.url}/a", OAUTH2 % city.url, KEY=SECRET)

    first, cursor = read_on(connector, {})
    same, cursor = read_on(connector, cursor)
    tokens.good = set()
    anew, _ = read_on(connector, cursor)

    assert (first, same, anew) == ([1], [], [2])
    assert city.paths() == ["/token", "/a", "/a", "/a", "/token", "/a"]
    asked = city.asked[0]
    assert asked.body == b"grant_type=client_credentials&scope=read"
    assert asked.headers["authorization"] == basic("me%3A1:s3cr3t%2F%C3%A4%2B1")
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"


def test_a_token_that_is_refused_twice_is_told(tmp_path: Path, city: Host) -> None:
    Tokens(city)
    city.serve("/a", status=401)

    with pytest.raises(Retry, match=r"does not accept source\.auth\.oauth2 \(\$\{KEY\}\)"):
        read_all(asking(tmp_path, f"{city.url}/a", OAUTH2 % city.url, KEY=SECRET))

    assert city.paths() == ["/token", "/a", "/token", "/a"]


def test_a_token_that_has_expired_is_not_used(tmp_path: Path, city: Host) -> None:
    Tokens(city, expires_in=0)
    connector = asking(tmp_path, f"{city.url}/a", OAUTH2 % city.url, KEY=SECRET)

    read_on(connector, {})
    read_on(connector, {})

    assert city.paths() == ["/token", "/a", "/token", "/a"]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(status=401), "answers 401 and gives no token: check source.auth.oauth2 (${KEY})"),
        (Reply(status=302, headers={"Location": "/a"}), "answers 302 and gives no token"),
        (Reply(content={"error": SECRET}), "answers without a token: check 'token_url'"),
        (Reply(content=b"["), "answers without a token"),
        (Reply(content=[1]), "answers without a token"),
    ],
)
def test_where_no_token_is_given_the_data_is_not_asked(tmp_path: Path, city: Host, reply: Reply, words: str) -> None:
    city.answers["/token"] = lambda _: reply

    with pytest.raises(Retry) as caught:
        read_all(asking(tmp_path, f"{city.url}/a", OAUTH2 % city.url, KEY=SECRET))

    assert words in str(caught.value)
    assert SECRET not in str(caught.value)
    assert city.paths() == ["/token"]
