# SPDX-License-Identifier: EUPL-1.2
"""@contexts that are given to the platform over HTTP, and what they mean from then on."""

import pytest

from tests.web.jsonldcontexts.asking import JSON_LD, ROOM, TERMS, create_room, details_of, host_context, link
from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]


async def test_adding_a_context_gives_a_relative_location_and_no_body(client):
    response = await client.post("jsonldContexts", json=TERMS)

    assert (response.status_code, response.content) == (201, b"")
    assert response.headers["location"].startswith("/ngsi-ld/v1/jsonldContexts/")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{", "InvalidRequest"), (b"", "InvalidRequest"), (b"[]", "InvalidRequest"), (b'{"Room": "x"}', "InvalidRequest"),
        (b'{"@context": 42}', "BadRequestData"), (b'{"@context": true}', "BadRequestData"),
        (b'{"@context": ["https://example.org/city.jsonld", 42]}', "BadRequestData"),
        (b'{"@context": {"Room": 42}}', "BadRequestData"),
    ],
)  # fmt: skip
async def test_what_is_no_context_is_not_added(client, content, kind):
    response = await client.post("jsonldContexts", content=content, headers={"content-type": "application/json"})

    assert (response.status_code, problem_type(response)) == (400, kind)
    assert "location" not in response.headers
    assert (await client.get("jsonldContexts?kind=Hosted")).json() == []


async def test_a_context_that_is_too_large_is_not_added(client):
    response = await client.post("jsonldContexts", json={"@context": {"a": "http://a.org/" + "x" * 1_100_000}})

    assert response.status_code == 413


async def test_a_hosted_context_is_served_as_it_was_given(client):
    path = await host_context(client)

    by_path = await client.get(f"http://localhost{path}")
    by_id = await client.get(f"jsonldContexts/{path.rpartition('/')[2]}?details=false")
    as_json_ld = await client.get(f"http://localhost{path}", headers={"accept": "application/ld+json"})

    assert by_path.json() == by_id.json() == as_json_ld.json() == TERMS
    assert by_path.headers["content-type"] == "application/json"
    assert as_json_ld.headers["content-type"] == "application/ld+json"


async def test_the_details_of_a_hosted_context_count_its_uses_from_none(client):
    path = await host_context(client)
    url = f"http://localhost{path}"

    first = await details_of(client, url)
    await create_room(client, url)
    await client.get("entities?type=Room", headers=link(url))
    used = await details_of(client, url)

    assert first.keys() == {"URL", "localId", "kind", "createdAt", "numberOfHits", "extraInfo"}
    assert (first["URL"], first["localId"], first["kind"]) == (url, path.rpartition("/")[2], "Hosted")
    assert (first["numberOfHits"], used["numberOfHits"]) == (0, 2)
    assert used["lastUsage"] > first["createdAt"]


@pytest.mark.parametrize("prefix", ["", "http://localhost", "https://another-name-of-this-platform.example"])
async def test_a_hosted_context_is_used_by_its_path_and_by_whatever_host(client, prefix):
    url = prefix + await host_context(client)

    by_body = await create_room(client, url)
    by_link = await client.get("entities/urn:a:1", headers=link(url))

    assert by_body.status_code == 201
    assert by_link.json()["type"] == "Room"
    assert url in by_link.headers["link"]
    assert (await client.get("entities/urn:a:1")).json()["type"] == "https://example.org/hosted#Room"


async def test_a_hosted_context_that_does_not_exist_is_a_gateway_timeout(client):
    response = await create_room(client, "/ngsi-ld/v1/jsonldContexts/00000000-0000-0000-0000-000000000000")

    assert (response.status_code, problem_type(response)) == (504, "LdContextNotAvailable")


async def test_a_context_is_deleted_and_means_nothing_from_then_on(client):
    url = f"http://localhost{await host_context(client)}"
    await create_room(client, url)

    deleted = await client.delete(url)

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (await client.get(url)).status_code == 404
    assert (await client.get("entities/urn:a:1", headers=link(url))).status_code == 504


async def test_hosted_contexts_are_of_their_tenant_and_cached_ones_of_all(client, resources, elsewhere):
    async with resources.database.platform() as connection:
        await connection.fetchval("SELECT platform.create_tenant('neighbour')")
    neighbour = {"NGSILD-Tenant": "neighbour"}
    path = await host_context(client)
    fetched = f"{elsewhere.url}/c.jsonld"
    await create_room(client, fetched)

    for query in ("", "?details=true"):
        assert (await client.get(f"http://localhost{path}{query}", headers=neighbour)).status_code == 404
        assert path not in (await client.get(f"jsonldContexts{query}", headers=neighbour)).text
        assert fetched in (await client.get(f"jsonldContexts{query}", headers=neighbour)).text
    used = await client.post("entities", json={**ROOM, "@context": path}, headers={**JSON_LD, **neighbour})
    deleted = await client.delete(f"http://localhost{path}", headers=neighbour)

    assert (used.status_code, deleted.status_code) == (504, 404)
    assert (await client.get(f"http://localhost{path}")).json() == TERMS


async def test_an_added_context_makes_its_tenant(client):
    headers = {"ngsild-tenant": "founded-by-a-context"}

    added = await client.post("jsonldContexts", json=TERMS, headers=headers)

    assert added.status_code == 201
    assert (await client.get("jsonldContexts?kind=Hosted", headers=headers)).json() != []
    assert (await client.get("entities?local=true", headers=headers)).status_code == 200
