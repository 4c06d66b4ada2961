# SPDX-License-Identifier: EUPL-1.2
"""What tests of stored @contexts ask for, and how."""

from urllib.parse import quote

CITY = "https://example.org/city.jsonld"


CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"


REL = 'rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'


JSON_LD = {"content-type": "application/ld+json"}


ROOM = {"id": "urn:a:1", "type": "Room", "temperature": {"type": "Property", "value": 21}}


TERMS = {"@context": {"Room": "https://example.org/hosted#Room"}}


def link(url):
    return {"link": f"<{url}>; {REL}"}


def named(url):
    return f"jsonldContexts/{quote(url, safe='')}"


async def host_context(client, document=TERMS):
    response = await client.post("jsonldContexts", json=document)
    assert response.status_code == 201
    return response.headers["location"]


async def create_room(client, context, room_id="urn:a:1"):
    return await client.post("entities", json={**ROOM, "id": room_id, "@context": context}, headers=JSON_LD)


async def details_of(client, url):
    response = await client.get(url if url.startswith("http://localhost") else named(url), params={"details": "true"})
    assert response.status_code == 200, response.text
    return response.json()
