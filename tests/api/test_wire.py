# SPDX-License-Identifier: EUPL-1.2
"""What really goes over the wire, where a client library would hide it."""

import asyncio
from urllib.parse import urlsplit

import orjson
import pytest

pytestmark = [pytest.mark.server, pytest.mark.storage]

CAR = orjson.dumps({"id": "urn:a:1", "type": "Car", "speed": 1})


@pytest.fixture
async def talk(url, admin):
    """Send bytes on one connection; return the header and body of each answer that comes."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)

    async def send(method, path, *fields, body=b"", length=True):
        lines = [f"{method} {path} HTTP/1.1", f"Host: {address.netloc}", f"X-API-Key: {admin['x-api-key']}", *fields]
        if body and length:
            lines += [f"Content-Length: {len(body)}", "Content-Type: application/json"]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).decode().lower()
        size = int(head.partition("content-length: ")[2].partition("\r")[0] or 0)
        return head, b"" if method == "HEAD" else await reader.readexactly(size)

    yield send
    writer.close()


async def test_answers_without_a_body_have_none_on_the_wire_and_the_connection_goes_on(talk):
    created, _ = await talk("POST", "/ngsi-ld/v1/entities", body=CAR)
    head, _ = await talk("HEAD", "/ngsi-ld/v1/entities/urn:a:1")
    got, body = await talk("GET", "/ngsi-ld/v1/entities/urn:a:1")
    deleted, _ = await talk("DELETE", "/ngsi-ld/v1/entities/urn:a:1")
    gone, _ = await talk("GET", "/ngsi-ld/v1/entities/urn:a:1")

    assert created.startswith("http/1.1 201 created")
    assert head.startswith("http/1.1 200")
    assert f"content-length: {len(body)}" in head
    assert got.startswith("http/1.1 200")
    assert deleted.startswith("http/1.1 204 no content")
    assert "content-length" not in deleted
    assert "transfer-encoding" not in deleted
    assert gone.startswith("http/1.1 404")


async def test_the_reason_of_a_status_is_that_of_http(talk):
    wrong = orjson.dumps({"id": "no uri", "type": "Car"})
    link = 'Link: <https://elsewhere.example/c>; rel="http://www.w3.org/ns/json-ld#context"'
    answers = [
        await talk("POST", "/ngsi-ld/v1/entities", body=wrong),
        await talk("GET", "/ngsi-ld/v1/entities/urn:a:9"),
        await talk("GET", "/ngsi-ld/v1/types", link),
        await talk("GET", "/ngsi-ld/v1/types", "Accept: application/xml"),
    ]

    reasons = [head.partition("\r\n")[0].removeprefix("http/1.1 ") for head, _ in answers]
    assert reasons == ["400 bad request", "404 not found", "504 gateway timeout", "406 not acceptable"]


async def test_a_chunked_body_is_refused_for_lack_of_a_length(talk):
    head, body = await talk(
        "POST",
        "/ngsi-ld/v1/entities",
        "Transfer-Encoding: chunked",
        "Content-Type: application/json",
        body=b"2\r\n{}\r\n0\r\n\r\n",
        length=False,
    )

    assert head.startswith("http/1.1 411 length required")
    assert body == b""


async def test_a_body_that_is_announced_too_large_is_refused_before_it_is_sent(talk):
    head, _ = await talk("POST", "/ngsi-ld/v1/entities", "Content-Length: 99999999", "Expect: 100-continue")

    assert head.startswith("http/1.1 413")


async def test_an_id_keeps_its_slashes_on_the_way(talk):
    entity = orjson.dumps({"id": "https://town.example/parking/1", "type": "Car"})
    created, _ = await talk("POST", "/ngsi-ld/v1/entities", body=entity)

    _, body = await talk("GET", "/ngsi-ld/v1/entities/https:%2f%2ftown.example%2Fparking%2F1")

    assert "location: /ngsi-ld/v1/entities/https:%2f%2ftown.example%2fparking%2f1\r\n" in created
    assert orjson.loads(body)["id"] == "https://town.example/parking/1"


async def test_a_temporal_path_of_a_url_without_escapes_is_not_guessed(talk):
    head, _ = await talk("GET", "/ngsi-ld/v1/entities/https://town.example/parking/1")

    assert head.startswith(("http/1.1 400", "http/1.1 404"))
