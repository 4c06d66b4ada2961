# SPDX-License-Identifier: EUPL-1.2
"""@contexts that are fetched when they are named: once, kept, and reloaded."""

import asyncio

import pytest

from allmende.outbound.client import Outbound
from allmende.outbound.egress import Egress
from broker.engine.contextsources import MOST_CACHED
from broker.engine.resources import open_resources
from tests.connectors.hosts import Reply
from tests.web.jsonldcontexts.asking import CITY, CORE, create_room, details_of, host_context, named
from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]


async def test_a_remote_context_is_fetched_once_and_kept(client, elsewhere, resources):
    url = f"{elsewhere.url}/c.jsonld"

    created = await asyncio.gather(*(create_room(client, url, f"urn:a:{number}") for number in range(5)))
    elsewhere.serve("/c.jsonld", {"@context": {"Room": "https://changed.example/#Room"}})
    details = await details_of(client, url)
    again = await details_of(client, details["localId"])
    text = await client.get(named(url))

    assert [response.status_code for response in created] == [201] * 5
    assert len(elsewhere.asked) == 1
    assert (details["URL"], details["kind"]) == (url, "Cached")
    assert (details["numberOfHits"], again["numberOfHits"]) == (5, 6)
    assert text.json() == {"@context": {"Room": "https://elsewhere.example/#Room"}}


async def test_a_kept_context_outlives_a_restart_and_the_host_that_it_came_from(client, elsewhere, serving):
    url = f"{elsewhere.url}/c.jsonld"
    await create_room(client, url)

    async with open_resources(serving) as restarted:
        await restarted.library.obtain([url], "default", until=asyncio.get_running_loop().time() + 5)
        context = restarted.library.resolve(url, "default")

    assert context.expand("Room") == "https://elsewhere.example/#Room"
    assert len(elsewhere.asked) == 1


async def test_what_a_hosted_context_names_is_cached_once_it_is_used(client, elsewhere):
    url = f"{elsewhere.url}/c.jsonld"
    path = await host_context(client, {"@context": [url, CITY]})
    before = (await client.get("jsonldContexts?kind=Cached")).json()

    created = await create_room(client, path)

    assert created.status_code == 201
    assert before == [CORE]
    assert set((await client.get("jsonldContexts?kind=Cached")).json()) == {CORE, CITY, url}


async def test_relative_references_belong_to_where_a_document_was_found(client, elsewhere):
    elsewhere.serve("/moved.jsonld", status=302, location="/v2/moved.jsonld")
    elsewhere.serve("/v2/moved.jsonld", {"@context": ["rooms.jsonld"]})
    elsewhere.serve("/v2/rooms.jsonld", {"@context": {"Room": "https://elsewhere.example/v2#Room"}})

    created = await create_room(client, f"{elsewhere.url}/moved.jsonld")

    assert created.status_code == 201
    assert (await client.get("entities/urn:a:1")).json()["type"] == "https://elsewhere.example/v2#Room"
    assert elsewhere.paths() == ["/moved.jsonld", "/v2/moved.jsonld", "/v2/rooms.jsonld"]


async def test_a_cached_context_is_reloaded(client, elsewhere):
    url = f"{elsewhere.url}/c.jsonld"
    await create_room(client, url)
    before = await details_of(client, url)
    elsewhere.serve("/c.jsonld", {"@context": {"Room": "https://changed.example/#Room"}})

    reloaded = await client.delete(named(url), params={"reload": "true"})
    await create_room(client, url, "urn:a:2")

    after = await details_of(client, url)
    assert (reloaded.status_code, reloaded.content) == (204, b"")
    assert after["extraInfo"] != before["extraInfo"]
    assert after["createdAt"] > before["createdAt"]
    assert (await client.get("entities/urn:a:2")).json()["type"] == "https://changed.example/#Room"


@pytest.mark.parametrize("content", [None, b"no JSON", b"{}"])
async def test_a_reload_that_fails_leaves_what_is_known(client, elsewhere, content):
    url = f"{elsewhere.url}/c.jsonld"
    await create_room(client, url)
    elsewhere.answers["/c.jsonld"] = lambda _: None if content is None else Reply(content=content)

    response = await client.delete(named(url), params={"reload": "true"})

    assert (response.status_code, problem_type(response)) == (504, "LdContextNotAvailable")
    assert (await create_room(client, url, "urn:a:2")).status_code == 201
    assert (await details_of(client, url))["kind"] == "Cached"
    assert (await client.delete(named(url))).status_code == 204
    assert (await client.get(named(url), params={"details": "true"})).status_code == 404


async def test_a_context_of_the_local_folder_is_cached_once_it_is_used_and_reloaded_from_there(client):
    unused = await client.get(named(CITY))
    await create_room(client, CITY)

    text = await client.get(named(CITY))
    reloaded = await client.delete(named(CITY), params={"reload": "true"})

    assert unused.status_code == 404
    assert text.json()["@context"]["Room"] == "city:Room"
    assert reloaded.status_code == 204


async def test_of_too_many_cached_contexts_those_go_that_were_not_used_for_longest(client, resources, elsewhere):
    async with resources.database.platform() as connection:
        await connection.execute(
            """INSERT INTO platform.context (id, kind, url, location, body, sha256, created_at)
               SELECT 'old' || n, 'Cached', 'https://old.example/' || n, '', '{"@context": {}}', '', now() - n * interval '1 h'
                 FROM generate_series(1, $1) n""",
            MOST_CACHED,
        )

    await create_room(client, f"{elsewhere.url}/c.jsonld")

    async with resources.database.platform() as connection:
        kept = {row[0] for row in await connection.fetch("SELECT id FROM platform.context WHERE kind = 'Cached'")}
        await connection.execute("DELETE FROM platform.context WHERE id LIKE 'old%'")
    assert len(kept) == MOST_CACHED
    assert f"old{MOST_CACHED}" not in kept


async def test_a_context_that_another_process_deleted_or_reloaded_is_noticed_once_it_is_used(
    client, elsewhere, serving
):
    fetched, hosted = f"{elsewhere.url}/c.jsonld", await host_context(client)
    await create_room(client, fetched)
    async with open_resources(serving, outbound=Outbound(egress=Egress(open=True))) as other:
        library = other.library
        until = asyncio.get_running_loop().time() + 20
        await library.obtain([fetched, hosted], "default", until=until)
        library.resolve(hosted, "default")
        elsewhere.serve("/c.jsonld", {"@context": {"Room": "https://changed.example/#Room"}})
        await client.delete(f"{named(fetched)}?reload=true")
        await client.delete(f"http://localhost{hosted}")

        before = library.resolve(fetched, "default").expand("Room")
        await library.uses.tell()

        assert before == "https://elsewhere.example/#Room"
        assert not library.is_at_hand(hosted, "default")
        await library.obtain([fetched], "default", until=until)
        assert library.resolve(fetched, "default").expand("Room") == "https://changed.example/#Room"
