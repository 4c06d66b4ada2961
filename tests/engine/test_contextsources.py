# SPDX-License-Identifier: EUPL-1.2
"""What is taken for an @context of elsewhere, and what is not."""

import asyncio
from datetime import UTC, datetime

import pytest

from allmende.errors import BadRequestData, LdContextNotAvailable
from allmende.outbound.client import Response
from broker.engine.contextsources import Sources, read_document

URL = "https://example.org/c.jsonld"


def response(content, media_type):
    headers = {} if media_type is None else {"content-type": media_type}
    return Response(url=URL, status=200, headers=headers, content=content)


@pytest.mark.parametrize(
    "media_type",
    [
        "application/ld+json",
        "application/json; charset=utf-8",
        "text/plain; charset=utf-8",
        "application/octet-stream",
        "",
        None,
    ],
)
def test_many_a_server_says_something_else_of_json(media_type):
    assert read_document(URL, response(b'{"@context": {}}', media_type)) == '{"@context": {}}'


@pytest.mark.parametrize(
    ("content", "media_type", "words"),
    [
        (b'{"@context": {}}', "text/html; charset=utf-8", "is text/html; an @context is JSON"),
        (b"no JSON", "application/json", "not JSON"),
        (b"", "application/json", "must be JSON"),
        (b"[]", None, "member '@context'"),
        (b'"https://example.org"', None, "member '@context'"),
        (b'{"Room": "x"}', None, "member '@context'"),
        (b'{"@context": {"a": 1, "a": 2}}', None, "twice"),
        (b'{"@context": ' + b"[" * 200 + b"]" * 200 + b"}", None, "deeper than"),
        (b'{"@context": {"a": "\\u0000"}}', None, "U\\+0000"),
        (b"\xff\xfe{}", None, "UTF-8"),
    ],
)
def test_what_is_no_context_document_says_what_it_is(content, media_type, words):
    with pytest.raises(BadRequestData, match=words) as caught:
        read_document(URL, response(content, media_type))

    assert URL in str(caught.value)


class Slow:
    """An outside with a host that answers when a test says; notes how many ask it at once."""

    def __init__(self):
        self.gate = asyncio.Event()
        self.asking = 0
        self.most = 0

    async def fetch(self, url, **_):
        if "slow" in url:
            self.asking += 1
            self.most = max(self.most, self.asking)
            await self.gate.wait()
            self.asking -= 1
        return Response(url=url, status=200, headers={}, content=b'{"@context": {}}')


async def test_a_slow_host_holds_up_no_other():
    outbound = Slow()
    sources = Sources(database=None, tenants=None, clock=lambda: datetime.now(UTC), outbound=outbound)

    slow = [asyncio.create_task(sources.fetch(f"https://slow.example/{number}")) for number in range(20)]
    async with asyncio.timeout(5):
        quick = await sources.fetch("https://quick.example/")
        outbound.gate.set()
        found = await asyncio.gather(*slow)

    assert quick.url == "https://quick.example/"
    assert len(found) == 20
    assert 0 < outbound.most <= 3


@pytest.mark.parametrize("url", ["no-address", "file:///etc/passwd", "https://user:secret@example.org/"])
async def test_what_is_no_address_of_the_web_is_not_available(url):
    sources = Sources(database=None, tenants=None, clock=lambda: datetime.now(UTC), outbound=Slow())

    with pytest.raises(LdContextNotAvailable, match="must"):
        await sources.fetch(url)
