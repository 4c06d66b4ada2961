# SPDX-License-Identifier: EUPL-1.2
"""Requests to addresses that others name: what is asked, what is never asked, and what an answer may cost."""

import asyncio
import gzip
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field

import httpcore
import pytest
import trustme

from allmende.outbound.addresses import parse_address
from allmende.outbound.client import Limits, Outbound
from allmende.outbound.egress import Egress, Rule
from allmende.outbound.failures import NotAllowed, TooMuch, Unreachable, Unreceivable
from allmende.outbound.resolving import Resolver
from tests.connectors.hosts import Reply, host

ACCEPT = "application/ld+json"
PUBLIC = "93.184.215.14"


@dataclass
class Internet(httpcore.AsyncNetworkBackend):
    """Public addresses that are ports of this machine; notes whom somebody connects to."""

    ports: dict[str, int] = field(default_factory=dict)
    connected: list[str] = field(default_factory=list)

    async def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        self.connected.append(host)
        if host not in self.ports:
            raise httpcore.ConnectError("nobody there")
        return await httpcore.AnyIOBackend().connect_tcp("127.0.0.1", self.ports[host], timeout)


def names(**known):
    """A resolver that knows some names; a list of lists is one answer after the other."""
    asked = []

    async def resolve(host, _port):
        asked.append(host)
        try:
            return [parse_address(host)]
        except ValueError:
            pass
        answers = known[host.split(".")[0]]
        texts = answers[min(asked.count(host), len(answers)) - 1] if isinstance(answers[0], list) else answers
        return [parse_address(text) for text in texts]

    return resolve


@pytest.fixture
def city():
    with host() as opened:
        yield opened


@pytest.fixture
def outbound():
    return Outbound(egress=Egress(open=True))


async def test_a_document_is_fetched(city, outbound):
    city.serve("/c.jsonld", {"@context": {}})

    response = await outbound.fetch(f"{city.url}/c.jsonld?v=1#part", accept=ACCEPT)

    assert response.content == b'{"@context": {}}'
    assert response.url == f"{city.url}/c.jsonld?v=1"
    assert city.asked[0].headers["accept"] == ACCEPT
    assert city.asked[0].headers["host"] == city.url.removeprefix("http://")
    assert city.asked[0].params == {"v": "1"}


async def test_a_request_with_a_body_is_sent_and_any_status_is_an_answer(city, outbound):
    city.serve("/notify", b"no", status=503)

    response = await outbound.send("POST", f"{city.url}/notify", headers={"Content-Type": "text/plain"}, content=b"hi")

    assert (response.status, response.content) == (503, b"no")
    assert (city.asked[0].method, city.asked[0].body) == ("POST", b"hi")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Host", "inner.example"), ("transfer-encoding", "chunked"), ("Content-Length", "5"), ("X-A", "1\r\nX-B: 2"),
        ("X-A\r\nX-B", "1"), ("X-A", "ж"), ("X-Ä", "1"),
    ],
)  # fmt: skip
async def test_no_header_says_where_a_request_goes_or_ends(city, outbound, name, value):
    with pytest.raises((NotAllowed, Unreachable)):
        await outbound.send("POST", f"{city.url}/notify", headers={name: value}, content=b"hi")

    assert city.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://127.1:{port}/", "http://2130706433:{port}/",
        "http://0x7f000001:{port}/", "http://0177.0.0.1:{port}/", "http://[::ffff:127.0.0.1]:{port}/",
        "http://[::ffff:7f00:1]:{port}/", "http://0.0.0.0:{port}/", "http://①②⑦.0.0.1:{port}/", "https://127.0.0.1:{port}/",
    ],
)  # fmt: skip
async def test_this_machine_is_not_asked_however_it_is_written_and_sees_no_packet(city, url):
    with pytest.raises((NotAllowed, Unreachable)):
        await Outbound().fetch(url.format(port=city.url.rpartition(":")[2]), accept=ACCEPT)

    assert city.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://example.org/", "gopher://example.org/", "/etc/passwd", "example.org", "", "https://",
        "https://user:secret@example.org/", "https://user@example.org/", "http://[::1", "https://a\r\nb/", "unix:/run/x",
        "https://example.org:99999/", "javascript:alert(1)", "https://example.org/" + "a" * 2_000, "https://example.org/" + "ж" * 1_000,
    ],
)  # fmt: skip
async def test_what_is_no_address_of_the_web_is_not_asked(url):
    internet = Internet()

    with pytest.raises(NotAllowed):
        await Outbound(resolve=names(example=[PUBLIC]), network=internet).fetch(url, accept=ACCEPT)

    assert internet.connected == []


async def test_signs_that_would_end_a_header_are_not_sent_as_they_are(city, outbound):
    city.serve("/a%0D%0AX-Injected:%201", b"{}")

    with pytest.raises((NotAllowed, Unreachable)):
        await outbound.fetch(f"{city.url}/a\r\nX-Injected: 1", accept=ACCEPT)

    assert all("x-injected" not in asked.headers for asked in city.asked)


async def test_the_address_that_was_checked_is_the_one_that_is_connected_to():
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("contexts.example").configure_cert(tls)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    with host(tls) as city:
        city.serve("/c", {"@context": {}})
        internet = Internet({PUBLIC: int(city.url.rpartition(":")[2])})
        rebinding = names(contexts=[[PUBLIC], ["127.0.0.1"]])
        outbound = Outbound(trust=trust, resolve=rebinding, network=internet)

        response = await outbound.fetch("https://contexts.example/c", accept=ACCEPT)
        with pytest.raises(NotAllowed, match="private network"):
            await outbound.fetch("https://contexts.example/c", accept=ACCEPT)

    assert response.status == 200
    assert internet.connected == [PUBLIC]
    assert [asked.headers["host"] for asked in city.asked] == ["contexts.example"]


async def test_a_certificate_of_another_host_is_not_accepted():
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("other.example").configure_cert(tls)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    with host(tls) as city:
        internet = Internet({PUBLIC: int(city.url.rpartition(":")[2])})

        with pytest.raises(Unreachable, match="certificate"):
            await Outbound(trust=trust, resolve=names(contexts=[PUBLIC]), network=internet).fetch(
                "https://contexts.example/c", accept=ACCEPT
            )


async def test_one_that_does_not_answer_is_followed_by_the_next_address(city):
    city.serve("/", b"{}")
    internet = Internet({"1.1.1.1": int(city.url.rpartition(":")[2])})
    outbound = Outbound(
        egress=Egress(open=True), resolve=names(contexts=["2606:4700::1", PUBLIC, "1.1.1.1"]), network=internet
    )

    await outbound.fetch("http://contexts.example/", accept=ACCEPT)

    assert internet.connected == ["2606:4700::1", PUBLIC, "1.1.1.1"]


async def test_redirects_are_followed_three_times(city, outbound):
    for number in range(5):
        city.serve(f"/{number}", status=(301, 302, 303, 307, 308)[number], location=f"/{number + 1}")
    city.serve("/3", b"{}")
    city.serve("/9", status=302, location="/0")

    followed = await outbound.fetch(f"{city.url}/0", accept=ACCEPT)
    with pytest.raises(Unreachable, match="leads on more than 3 times"):
        await outbound.fetch(f"{city.url}/9", accept=ACCEPT)

    assert followed.url == f"{city.url}/3"
    assert city.paths() == ["/0", "/1", "/2", "/3", "/9", "/0", "/1", "/2"]


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/", "http://[::ffff:169.254.169.254]/", "http://10.0.0.1/", "//10.0.0.1/",
        "http://2852039166/", "http://metadata.example/", "file:///etc/passwd", "https://user:secret@example.org/",
    ],
)  # fmt: skip
async def test_a_redirect_is_checked_as_any_address(city, location):
    port = int(city.url.rpartition(":")[2])
    city.serve("/", status=302, location=location)
    internet = Internet({PUBLIC: port})
    resolve = names(contexts=[PUBLIC], metadata=["169.254.169.254"], **{"2852039166": ["169.254.169.254"]})

    with pytest.raises(NotAllowed):
        await Outbound(egress=Egress(open=True), resolve=resolve, network=internet).fetch(
            "http://contexts.example/", accept=ACCEPT
        )

    assert internet.connected == [PUBLIC]


async def test_a_redirect_does_not_leave_tls(city):
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    with host(tls, "localhost") as safe:
        safe.serve("/", status=302, location=f"{city.url}/")

        with pytest.raises(NotAllowed, match="without TLS"):
            await Outbound(egress=Egress(open=True), trust=trust).fetch(f"{safe.url}/", accept=ACCEPT)

    assert city.asked == []


@pytest.mark.parametrize("status", [204, 304, 400, 401, 404, 500, 503])
async def test_a_refusal_is_no_document(city, outbound, status):
    city.serve("/", status=status)

    with pytest.raises(Unreachable, match=f"answers {status}"):
        await outbound.fetch(f"{city.url}/", accept=ACCEPT)


@pytest.mark.parametrize(
    ("size", "times"), [(2_000, 0), (50_000_000, 1), (50_000_000, 2)], ids=["plain", "packed", "packed twice"]
)
async def test_what_is_larger_than_allowed_is_not_taken_packed_or_not(city, outbound, size, times):
    content = b"x" * size
    for _ in range(times):
        content = gzip.compress(content)
    city.serve("/", content, **({"Content_Encoding": "gzip"} if times else {}))

    with pytest.raises(TooMuch, match="more than 1000 bytes"):
        await outbound.fetch(f"{city.url}/", accept=ACCEPT, limits=Limits(max_bytes=1_000))


@pytest.mark.parametrize(
    ("coding", "content"),
    [("br", b"x"), ("gzip, gzip", b"x"), ("gzip", b"x"), pytest.param("gzip", gzip.compress(b"xx")[:-4], id="cut off")],
)
async def test_what_cannot_be_unpacked_is_not_taken(city, outbound, coding, content):
    city.serve("/", content, Content_Encoding=coding)

    with pytest.raises(Unreceivable):
        await outbound.fetch(f"{city.url}/", accept=ACCEPT)


async def test_what_is_packed_is_unpacked(city, outbound):
    city.serve("/", gzip.compress(b"{}"), Content_Encoding="gzip")

    assert (await outbound.fetch(f"{city.url}/", accept=ACCEPT)).content == b"{}"


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
async def test_who_answers_drop_by_drop_is_given_up_in_time(outbound, first):
    async def drip(_reader, writer):
        writer.write(first)
        try:
            while True:
                writer.write(b" " if first.endswith(b"\r\n\r\n") else b"")
                await asyncio.sleep(0.02)
        finally:
            writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    begun = time.monotonic()
    with pytest.raises(Unreachable, match="did not answer"):
        await outbound.fetch(f"http://127.0.0.1:{port}/", accept=ACCEPT, limits=Limits(seconds=0.3))
    taken = time.monotonic() - begun
    server.close()

    assert taken < 2


async def test_redirects_share_the_time_of_one_request(city, outbound):
    def slow(_asked):
        time.sleep(0.15)
        return Reply(status=302, headers={"location": "/"})

    city.answers["/"] = slow

    with pytest.raises(Unreachable, match=r"did not answer within 0\.2 s"):
        await outbound.fetch(f"{city.url}/", accept=ACCEPT, limits=Limits(seconds=0.2))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 300_000,
    ],
)
async def test_who_speaks_no_http_or_breaks_off_is_unreachable(outbound, answer):
    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]

        with pytest.raises(Unreachable):
            await outbound.fetch(f"http://127.0.0.1:{port}/", accept=ACCEPT)


async def test_where_nobody_listens_is_unreachable(outbound):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]

    with pytest.raises(Unreachable, match="cannot be connected to"):
        await outbound.fetch(f"http://127.0.0.1:{port}/", accept=ACCEPT)


async def test_a_rule_opens_one_port_of_this_machine(city):
    outbound = Outbound(egress=Egress(rules=(Rule.parse(city.url.removeprefix("http://")),)))
    city.serve("/", b"{}")

    assert (await outbound.fetch(f"{city.url}/", accept=ACCEPT)).status == 200
    with pytest.raises(NotAllowed):
        await outbound.fetch("http://127.0.0.1:1/", accept=ACCEPT)


async def test_a_resolver_that_hangs_holds_up_no_other_and_no_end():
    hanging = threading.Event()

    def ask(host, _port):
        if host == "slow.example":
            hanging.wait(10)
        return ["127.0.0.1", "127.0.0.1"]

    resolver = Resolver(ask)
    async with asyncio.timeout(5):
        slow = [asyncio.create_task(resolver.resolve("slow.example", 443)) for _ in range(3)]
        found = await resolver.resolve("quick.example", 443)
        for task in slow:
            task.cancel()
        await asyncio.wait(slow)
    hanging.set()

    assert [str(address) for address in found] == ["127.0.0.1"]


async def test_a_name_that_nobody_knows_is_unreachable():
    def ask(_host, _port):
        raise socket.gaierror("unknown")

    with pytest.raises(Unreachable, match="no name server knows"):
        await Outbound(resolve=Resolver(ask).resolve).fetch("https://nowhere.example/", accept=ACCEPT)
