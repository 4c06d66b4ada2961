# SPDX-License-Identifier: EUPL-1.2
"""Entity tags of reads, over HTTP."""

from time import process_time

import pytest

from broker.web.etags import names_tag

pytestmark = [pytest.mark.server, pytest.mark.storage]

READS = ["entities/urn:a:1", "entities?type=Car", "types", "attributes", "temporal/entities/urn:a:1"]


@pytest.fixture
async def car(client):
    await client.post("entities", json={"id": "urn:a:1", "type": "Car", "speed": 1})


@pytest.mark.parametrize("path", READS)
async def test_what_has_not_changed_is_not_sent_again(client, car, path):
    tag = (await client.get(path)).headers["etag"]

    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        response = await client.get(path, headers={"if-none-match": known})

        assert response.status_code == 304
        assert response.content == b""
        assert "content-type" not in response.headers
        assert response.headers["etag"] == tag


async def test_what_has_changed_is_sent_with_another_tag(client, car):
    tag = (await client.get("entities/urn:a:1")).headers["etag"]
    await client.patch("entities/urn:a:1/attrs", json={"speed": 2})

    response = await client.get("entities/urn:a:1", headers={"if-none-match": tag})

    assert response.status_code == 200
    assert response.headers["etag"] != tag


async def test_a_tag_is_that_of_the_body_whatever_was_asked_for(client, car):
    plain = await client.get("entities/urn:a:1")
    simplified = await client.get(
        "entities/urn:a:1?options=keyValues", headers={"if-none-match": plain.headers["etag"]}
    )

    assert simplified.status_code == 200
    assert "accept" in plain.headers["vary"]


async def test_head_has_the_tag_of_get(client, car):
    tag = (await client.get("entities/urn:a:1")).headers["etag"]

    assert (await client.head("entities/urn:a:1")).headers["etag"] == tag
    assert (await client.head("entities/urn:a:1", headers={"if-none-match": tag})).status_code == 304


async def test_errors_and_writes_have_no_tag(client, car):
    assert "etag" not in (await client.get("entities/urn:a:9", headers={"if-none-match": "*"})).headers
    assert "etag" not in (await client.post("entities", json={"id": "urn:a:2", "type": "Car"})).headers


def test_a_long_header_of_blanks_is_read_at_once():
    begun = process_time()

    assert not names_tag(b'"other"' + b" " * 60_000 + b"x", b'"tag"')

    assert process_time() - begun < 0.5
