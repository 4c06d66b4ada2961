# SPDX-License-Identifier: EUPL-1.2
"""Stored @contexts: hosted ones, cached ones, and those that the platform makes an address for."""

import pytest

pytestmark = [pytest.mark.server, pytest.mark.storage]

CITY = "https://example.org/city.jsonld"
REL = 'rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
ROOM = {"id": "urn:a:1", "type": "Room", "temperature": {"type": "Property", "value": 21}}


async def test_a_hosted_context_is_served_used_and_deleted(client):
    body = {"@context": {"Room": "https://example.org/hosted#Room"}}
    created = await client.post("jsonldContexts", json=body)
    assert created.status_code == 201
    assert created.content == b""
    path = created.headers["location"]
    assert path.startswith("/ngsi-ld/v1/jsonldContexts/")
    url = f"http://localhost{path}"
    served = await client.get(url)
    assert served.json() == body
    assert served.headers["content-type"] == "application/json"
    made = await client.post("entities", json={**ROOM, "@context": url}, headers={"content-type": "application/ld+json"})
    assert made.status_code == 201, made.text
    assert (await client.get("entities/urn:a:1")).json()["type"] == "https://example.org/hosted#Room"
    details = (await client.get(f"{url}?details=true")).json()
    assert details["numberOfHits"] == 2
    assert (await client.delete(url)).status_code == 204
    assert (await client.get(url)).status_code == 404
