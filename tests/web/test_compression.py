# SPDX-License-Identifier: EUPL-1.2
"""Answers compressed for clients that take it."""

import asyncio
import gzip

import orjson
import pytest

from broker.web.calls import Answer
from broker.web.compression import LARGE, LEAST, Compressor, takes_gzip


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        (b"gzip", True),
        (b"GZIP", True),
        (b"deflate, gzip;q=0.5, br", True),
        (b"*", True),
        (b"x-gzip", True),
        (b"gzip;q=1.000", True),
        (b"", False),
        (b"identity", False),
        (b"br, deflate", False),
        (b"gzip;q=0", False),
        (b"gzip; q=0.000", False),
        (b"*, gzip;q=0", False),
        (b"*;q=0", False),
    ],
)
def test_gzip_is_for_those_who_take_it(header, taken):
    assert takes_gzip(header) is taken


@pytest.mark.parametrize("size", [LEAST, LARGE - 1, LARGE, 10 * LARGE])
async def test_what_is_compressed_is_the_same_answer(size):
    body = orjson.dumps("x" * (size - 2))
    answer = Answer(200, body, headers=[(b"etag", b'"1"'), (b"link", b"<a>")])

    packed = await Compressor().compress(answer, b"gzip")

    assert gzip.decompress(packed.body) == body
    assert dict(packed.headers) == {b"etag": b'W/"1"', b"link": b"<a>", b"content-encoding": b"gzip"}
    assert dict(packed.head())[b"content-length"] == b"%d" % len(packed.body)
    assert answer.body == body


@pytest.mark.parametrize(("size", "accepted"), [(LEAST - 1, b"gzip"), (LARGE, b"identity"), (0, b"gzip")])
async def test_what_gains_nothing_stays_as_it_is(size, accepted):
    answer = Answer(200, b"x" * size)

    assert await Compressor().compress(answer, accepted) is answer
    assert await Compressor().compress(Answer(204), b"gzip") == Answer(204)


async def test_a_large_answer_holds_up_nobody():
    answer = Answer(200, orjson.dumps(list(range(1_000_000))))
    packing = asyncio.ensure_future(Compressor().compress(answer, b"gzip"))

    turns = 0
    while not packing.done():
        await asyncio.sleep(0)
        turns += 1

    assert turns > 10


@pytest.mark.server
@pytest.mark.storage
async def test_a_page_is_compressed_and_told_to_be_the_same(client):
    cars = [{"id": f"urn:a:{number:03}", "type": "Car", "note": "long " * 20} for number in range(50)]
    await client.post("entityOperations/create", json=cars)
    plain = await client.get("entities?type=Car&limit=50", headers={"accept-encoding": "identity"})

    packed = await client.get("entities?type=Car&limit=50", headers={"accept-encoding": "gzip"})
    head = await client.head("entities?type=Car&limit=50", headers={"accept-encoding": "gzip"})

    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json() == plain.json()
    assert packed.headers["etag"] == f"W/{plain.headers['etag']}"
    assert "accept-encoding" in plain.headers["vary"]
    assert head.headers["content-length"] == packed.headers["content-length"]
    for tag in (plain.headers["etag"], packed.headers["etag"]):
        known = await client.get("entities?type=Car&limit=50", headers={"if-none-match": tag})
        assert known.status_code == 304
        assert "content-encoding" not in known.headers
