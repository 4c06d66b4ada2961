# SPDX-License-Identifier: EUPL-1.2
"""@contexts without an address of their own, which get one where a Link header has to name them."""

import pytest

from broker.engine.jsonldcontexts import address_context
from tests.web.jsonldcontexts.asking import CITY, CORE, JSON_LD, ROOM, create_room, details_of, link

pytestmark = [pytest.mark.server, pytest.mark.storage]


async def test_an_inline_context_that_a_link_header_has_to_name_gets_an_address(client, elsewhere):
    inline = [CITY, {"Hall": "https://example.org/hall"}]
    await create_room(client, CITY)
    query = {"type": "Query", "entities": [{"type": "Room"}], "@context": inline}

    answers = [await client.post("entityOperations/query", json=query, headers=JSON_LD) for _ in range(2)]
    url = answers[0].headers["link"].partition(">")[0].strip("<")
    document = await client.get(url)
    (details,) = (await client.get("jsonldContexts?kind=ImplicitlyCreated&details=true")).json()

    assert answers[0].json() == [ROOM]
    assert answers[1].headers["link"] == answers[0].headers["link"]
    assert document.json() == {"@context": inline}
    assert (details["URL"], details["kind"]) == (url, "ImplicitlyCreated")
    assert details["expiresAt"] > details["createdAt"]
    assert (await client.get("entities/urn:a:1", headers=link(url))).json() == ROOM
    assert (await client.delete(url)).status_code == 204


async def test_histories_that_are_found_by_a_body_name_the_address_of_its_context(client, elsewhere):
    await create_room(client, CITY)
    window = {"timerel": "before", "timeAt": "2100-01-01T00:00:00Z", "timeproperty": "modifiedAt"}
    inline = [CITY, {"Hall": "https://example.org/hall"}]
    query = {"type": "Query", "entities": [{"type": "Room"}], "temporalQ": window, "@context": inline}

    answer = await client.post("temporal/entityOperations/query", json=query, headers=JSON_LD)
    url = answer.headers["link"].partition(">")[0].strip("<")

    assert [entity["type"] for entity in answer.json()] == ["Room"]
    assert (await client.get(url)).json() == {"@context": inline}


@pytest.mark.parametrize("context", [CITY, [CITY], [CITY, CORE], CORE])
async def test_a_context_with_a_url_of_its_own_gets_no_other(client, context):
    query = {"type": "Query", "entities": [{"type": "Room"}], "@context": context}

    await client.post("entityOperations/query", json=query, headers=JSON_LD)

    assert (await client.get("jsonldContexts?kind=ImplicitlyCreated")).json() == []


async def test_addresses_that_are_over_are_gone_and_those_that_last_stay(client, resources):
    contexts = [resources.library.resolve({"a": f"http://a.org/{number}"}, "default") for number in range(2)]

    lasting = await address_context(resources, "default", contexts[0], lasting=True)
    passing = await address_context(resources, "default", contexts[1])
    async with resources.database.reading("t_default") as connection:
        await connection.execute("UPDATE t_default.context SET expires_at = now() WHERE id = $1", passing)

    assert (await client.get(f"jsonldContexts/{passing}")).status_code == 404
    assert (await client.get(f"jsonldContexts/{lasting}")).status_code == 200
    assert "expiresAt" not in await details_of(client, lasting)


@pytest.mark.parametrize("order", [(True, False), (False, True)])
async def test_an_address_that_is_to_last_does_so_whoever_else_asks_for_it(client, resources, order):
    context = resources.library.resolve({"b": "http://b.org/"}, "default")

    ids = [await address_context(resources, "default", context, lasting=lasting) for lasting in order]

    assert ids[0] == ids[1]
    assert "expiresAt" not in await details_of(client, ids[0])


async def test_an_implicitly_created_context_is_of_its_tenant(client, resources):
    async with resources.database.platform() as connection:
        await connection.fetchval("SELECT platform.create_tenant('neighbour')")
    neighbour = {"NGSILD-Tenant": "neighbour"}
    context = resources.library.resolve({"c": "http://c.org/"}, "default")

    local_id = await address_context(resources, "default", context)

    assert (await client.get(f"jsonldContexts/{local_id}", headers=neighbour)).status_code == 404
    assert (await client.delete(f"jsonldContexts/{local_id}", headers=neighbour)).status_code == 404
    assert (await client.get("jsonldContexts?kind=ImplicitlyCreated", headers=neighbour)).json() == []
    assert (await client.get(f"jsonldContexts/{local_id}")).json() == {"@context": {"c": "http://c.org/"}}
