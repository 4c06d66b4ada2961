# SPDX-License-Identifier: EUPL-1.2
"""What an address refuses or breaks is told in words that say what to do, and the host is left alone."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from allmende.errors import Retry, SourceError, Stop
from connectors.declarative.sources.web.breakers import FAILURES, FIRST_PAUSE_S, LONGEST_HOLD_S, Breakers
from connectors.declarative.sources.web.failures import explain, parse_retry_after
from connectors.declarative.sources.web.masking import Shown
from tests.connectors.asking import asking, ids, rows
from tests.connectors.hosts import Host, host
from tests.connectors.writing import read_all

NOW = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)


@pytest.fixture
def city() -> Iterator[Host]:
    with host() as opened:
        yield opened


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (400, Retry, "check 'params', 'headers' and 'body' of source"),
        (404, Retry, "there is nothing at this address, check 'source.url'"),
        (405, Stop, "does not take GET: change 'method'"),
        (415, Stop, "set the header Content-Type"),
        (302, Retry, "does not say where to go on"),
        (429, Retry, "wants to be left alone, raise 'source.every'"),
        (503, Retry, "a fault of its own"),
    ],
)
def test_a_refusal_says_what_to_do(
    tmp_path: Path, city: Host, status: int, kind: type[SourceError], words: str
) -> None:
    city.serve("/a", status=status)

    with pytest.raises(kind, match=words):
        read_all(asking(tmp_path, f"{city.url}/a"))


@pytest.mark.parametrize("status", [403, 429, 503])
def test_the_other_side_may_say_how_long_to_wait(tmp_path: Path, city: Host, status: int) -> None:
    city.serve("/a", status=status, Retry_After="17")

    with pytest.raises(Retry) as caught:
        read_all(asking(tmp_path, f"{city.url}/a"))

    assert caught.value.after_s == 17


def test_a_host_that_asks_for_a_pause_is_not_asked_before_it_ends(tmp_path: Path, city: Host) -> None:
    city.serve("/a", status=429, Retry_After="600")
    connector = asking(tmp_path, f"{city.url}/a")

    with pytest.raises(Retry):
        read_all(connector)
    with pytest.raises(Retry, match=r"is left alone for (600|5..) s: it failed: .*/a answers 429") as caught:
        read_all(connector)

    assert len(city.asked) == 1
    assert 500 < (caught.value.after_s or 0) <= 600


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        (format_datetime(NOW + timedelta(minutes=5), usegmt=True), 300),
        ("Sun, 25 Oct 2026 01:00:30 -0000", 30),
        (format_datetime(NOW - timedelta(minutes=5), usegmt=True), 0),
        ("soon", None),
        ("-5", None),
        ("9" * 40, 9_999_999_999),
        (None, None),
    ],
)
def test_how_long_to_wait_is_a_number_or_a_date(text: str | None, seconds: float | None) -> None:
    assert parse_retry_after(text, NOW) == seconds


def test_where_nobody_listens_the_words_say_so(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

        with pytest.raises(Retry, match=f"127.0.0.1:{port} takes no connections: check host and port"):
            read_all(asking(tmp_path, f"http://127.0.0.1:{port}/a"))


def test_a_host_without_a_name_is_told() -> None:
    error = httpx.ConnectError("…")
    error.__cause__ = socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    assert explain(error, httpx.URL("https://none.example/"), 30) == (
        "Host none.example is not known: check the address, and the name server of this machine"
    )


def test_a_silent_host_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/a"

        with pytest.raises(Retry, match=r"did not answer within 0\.2 s: raise 'timeout'"):
            read_all(asking(tmp_path, url, "timeout: 200ms"))


def test_an_answer_that_drips_has_an_end(tmp_path: Path) -> None:
    with dripping() as (url, sent), pytest.raises(Retry, match=r"did not end its answer within 1 s: raise 'timeout'"):
        read_all(asking(tmp_path, url, "timeout: 100ms"))

    assert len(sent) > 10


@contextmanager
def dripping() -> Iterator[tuple[str, list[bytes]]]:
    """A server that sends a byte again and again, and never comes to an end."""
    sent: list[bytes] = []

    def drip(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while True:
                connection.sendall(b" ")
                sent.append(b" ")
                time.sleep(0.02)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=(server,))
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/a", sent
        thread.join()


def test_a_connection_that_breaks_is_told(tmp_path: Path, city: Host) -> None:
    city.answers["/a"] = lambda _: None

    with pytest.raises(Retry, match="broke off the answer"):
        read_all(asking(tmp_path, f"{city.url}/a"))


def test_an_answer_that_is_cut_off_gives_nothing(tmp_path: Path, city: Host) -> None:
    city.serve("/a", b"id,x\n1,1\n", Content_Type="text/csv", Content_Length="500", Connection="close")

    with pytest.raises(Retry, match="broke off the answer"):
        read_all(asking(tmp_path, f"{city.url}/a", "timeout: 2s"))


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def fail(breakers: Breakers, times: int, after_s: float | None = None) -> None:
    for _ in range(times):
        breakers.enter("a")
        breakers.fail("a", "it is away", after_s)


def test_a_host_that_fails_again_and_again_is_left_alone_then_tried_once() -> None:
    clock = Clock()
    breakers = Breakers(clock)
    fail(breakers, FAILURES)

    with pytest.raises(Retry, match="a is left alone for 60 s: it failed 5 times, at last: it is away") as refused:
        breakers.enter("a")
    breakers.enter("b")
    clock.now += FIRST_PAUSE_S
    breakers.enter("a")
    with pytest.raises(Retry):
        breakers.enter("a")
    breakers.succeed("a")
    breakers.enter("a")
    breakers.enter("a")

    assert refused.value.after_s == FIRST_PAUSE_S


def test_a_trial_that_fails_doubles_the_pause_up_to_a_bound() -> None:
    clock = Clock()
    breakers = Breakers(clock)
    fail(breakers, FAILURES)
    pauses = []

    for _ in range(6):
        with pytest.raises(Retry) as refused:
            breakers.enter("a")
        pauses.append(refused.value.after_s)
        clock.now += refused.value.after_s or 0
        fail(breakers, 1)

    assert pauses == [60, 120, 240, 480, 600, 600]


def test_a_trial_of_which_nobody_hears_is_followed_by_another() -> None:
    clock = Clock()
    breakers = Breakers(clock)
    fail(breakers, FAILURES)

    clock.now += FIRST_PAUSE_S
    breakers.enter("a")
    clock.now += FIRST_PAUSE_S
    breakers.enter("a")

    with pytest.raises(Retry):
        breakers.enter("a")


def test_a_host_cannot_ask_for_ever() -> None:
    clock = Clock()
    breakers = Breakers(clock)
    fail(breakers, 1, after_s=1e9)

    clock.now += LONGEST_HOLD_S
    breakers.enter("a")


def test_few_failures_do_not_count_after_a_success() -> None:
    breakers = Breakers(Clock())
    for _ in range(3):
        fail(breakers, FAILURES - 1)
        breakers.succeed("a")

    breakers.enter("a")


def test_a_host_that_is_back_is_read(tmp_path: Path, city: Host) -> None:
    city.serve("/a", status=500)
    connector = asking(tmp_path, f"{city.url}/a")
    for _ in range(FAILURES):
        with pytest.raises(Retry, match="answers 500"):
            read_all(connector)

    with pytest.raises(Retry, match="is left alone"):
        read_all(connector)
    city.serve("/a", rows(1))

    assert len(city.asked) == FAILURES
    assert ids(read_all(asking(tmp_path, f"{city.url}/a"))) == [1]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("https://u:p@h.example:8443/a/key-7431?k=key-7431#x", "https://h.example:8443/a/***"),
        ("https://h.example/a/s%20%C3%A4", "https://h.example/a/***"),
        ("https://h.example/ab", "https://h.example/ab"),
    ],
)
def test_addresses_are_shown_without_query_and_secrets(said: str, shown: str) -> None:
    assert Shown.without(["key-7431", "key", "s ä", "ab"]).url(said) == shown
