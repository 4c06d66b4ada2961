# SPDX-License-Identifier: EUPL-1.2
"""Stored @contexts over HTTP: hosted ones, cached ones, and those that the platform makes an address for."""

import asyncio
import time
from pathlib import Path
from urllib.parse import quote

import pytest

from allmende.outbound.client import Outbound
from allmende.outbound.egress import Egress
from broker.engine.contextsources import MOST_CACHED
from broker.engine.jsonldcontexts import address_context
from broker.engine.resources import open_resources
from tests.connectors.hosts import Reply, host
from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

CITY = "https://example.org/city.jsonld"
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
REL = 'rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
JSON_LD = {"content-type": "application/ld+json"}
ROOM = {"id": "urn:a:1", "type": "Room", "temperature": {"type": "Property", "value": 21}}
TERMS = {"@context": {"Room": "https://example.org/hosted#Room"}}


@pytest.fixture
async def resources(serving):
    folder = Path(__file__).parents[1] / "contexts"
    async with open_resources(serving, contexts_folder=folder, outbound=Outbound(egress=Egress(open=True))) as opened:
        yield opened


@pytest.fixture
async def client(client):
    yield client
    for each in (await client.get("jsonldContexts?details=true")).json():
        await client.delete(f"jsonldContexts/{each['localId']}")


@pytest.fixture
def elsewhere():
    with host() as opened:
        opened.serve("/c.jsonld", {"@context": {"Room": "https://elsewhere.example/#Room"}})
        yield opened


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


async def test_lists_name_urls_or_details_by_kind(client, elsewhere):
    path = await host_context(client)
    fetched = f"{elsewhere.url}/c.jsonld"
    await create_room(client, [CITY, fetched])

    everything = (await client.get("jsonldContexts")).json()
    cached = (await client.get("jsonldContexts?kind=Cached&details=false")).json()
    hosted = (await client.get("jsonldContexts?kind=Hosted&details=true")).json()
    implicit = await client.get("jsonldContexts?kind=ImplicitlyCreated")

    assert everything == [*cached, f"http://localhost{path}"]
    assert cached[0] == CORE
    assert set(cached[1:]) == {CITY, fetched}
    assert [(each["kind"], each["URL"]) for each in hosted] == [("Hosted", f"http://localhost{path}")]
    assert implicit.json() == []


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("kind=other", "BadRequestData"), ("details=other", "BadRequestData"), ("kind=hosted", "BadRequestData"),
        ("details=true&kind=other", "BadRequestData"), ("kind=Hosted&details=other", "BadRequestData"),
        ("limit=5", "InvalidRequest"), ("local=true", "InvalidRequest"),
    ],
)  # fmt: skip
async def test_wrong_parameters_of_a_list_are_refused(client, query, kind):
    response = await client.get(f"jsonldContexts?{query}")

    assert (response.status_code, problem_type(response)) == (400, kind)


async def test_a_context_that_is_unknown_is_not_found(client):
    for name in ("wrong_id", quote("https://unknown.example/c.jsonld", safe=""), "%00", "a" * 9_000, "%F0%9F%8F%99"):
        for query in ("", "?details=true", "?details=false"):
            response = await client.get(f"jsonldContexts/{name}{query}")
            assert (response.status_code, problem_type(response)) == (404, "ResourceNotFound")
        response = await client.delete(f"jsonldContexts/{name}")
        assert (response.status_code, problem_type(response)) == (404, "ResourceNotFound")
    assert (await client.get("jsonldContexts/wrong_id?details=other")).status_code == 400


async def test_a_context_is_deleted_and_means_nothing_from_then_on(client):
    url = f"http://localhost{await host_context(client)}"
    await create_room(client, url)

    deleted = await client.delete(url)

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (await client.get(url)).status_code == 404
    assert (await client.get("entities/urn:a:1", headers=link(url))).status_code == 504


@pytest.mark.parametrize(
    ("name", "reload", "status", "kind"),
    [
        ("wrong_id", "true", 400, "BadRequestData"),
        ("wrong_id", "false", 404, "ResourceNotFound"),
        ("wrong_id", "xxx", 400, "BadRequestData"),
        ("hosted", "true", 400, "BadRequestData"),
        ("implicit", "true", 400, "BadRequestData"),
        (CORE, "false", 400, "BadRequestData"),
        (CORE.replace("v1.8", "v1.6"), None, 400, "BadRequestData"),
    ],
)
async def test_what_cannot_be_deleted_or_reloaded_says_why(client, resources, name, reload, status, kind):
    if name == "hosted":
        name = (await host_context(client)).rpartition("/")[2]
    elif name == "implicit":
        name = await address_context(resources, "default", resources.library.resolve(TERMS["@context"], "default"))

    response = await client.delete(named(name), params={} if reload is None else {"reload": reload})

    assert (response.status_code, problem_type(response)) == (status, kind)


async def test_the_core_context_is_always_there_and_reloaded_without_asking_anybody(client):
    for url in (CORE, CORE.replace("v1.8", "v1.6"), CORE.replace("-v1.8", "")):
        details = await details_of(client, url)
        reloaded = await client.delete(named(url), params={"reload": "true"})
        text = await client.get(named(url))

        assert (details["URL"], details["kind"], details["extraInfo"]) == (url, "Cached", "built in")
        assert "numberOfHits" not in details
        assert reloaded.status_code == 204
        assert (text.status_code, problem_type(text)) == (422, "OperationNotSupported")


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


async def test_what_is_fetched_and_is_no_context_is_bad_request_data_and_nothing_is_stored(client, elsewhere):
    elsewhere.serve("/c.jsonld", {"Room": "https://example.org/Room"})

    response = await create_room(client, f"{elsewhere.url}/c.jsonld")

    assert (response.status_code, problem_type(response)) == (400, "BadRequestData")
    assert "member '@context'" in response.json()["detail"]
    assert (await client.get("entities/urn:a:1")).status_code == 404
    assert (await client.get("jsonldContexts?kind=Cached")).json() == [CORE]


@pytest.mark.parametrize(
    ("context", "words"),
    [
        ("{host}/gone.jsonld", "answers 404"),
        ("{host}/large.jsonld", "more than 1048576 bytes"),
        ("http://169.254.169.254/c.jsonld", "private network"),
        ("http://10.0.0.1/c.jsonld", "private network"),
        ("file:///etc/passwd", "absolute URL"),
        ("no-address", "absolute URL"),
    ],
)
async def test_what_cannot_be_fetched_is_a_gateway_timeout_and_nothing_is_stored(client, elsewhere, context, words):
    elsewhere.serve("/large.jsonld", b" " * 2_000_000)
    url = context.format(host=elsewhere.url)

    by_body = await create_room(client, [url])
    by_link = await client.get("entities?type=Room", headers=link(url))

    for response in (by_body, by_link):
        assert (response.status_code, problem_type(response)) == (504, "LdContextNotAvailable")
        assert words in response.json()["detail"]
    assert (await client.get("entities/urn:a:1")).status_code == 404
    assert (await client.get("jsonldContexts?kind=Cached")).json() == [CORE]
    assert elsewhere.paths() in ([], ["/gone.jsonld"], ["/large.jsonld"])


async def test_a_context_that_takes_too_long_is_a_gateway_timeout_within_two_seconds(client, elsewhere):
    def slow(_asked):
        time.sleep(3)
        return Reply(content={"@context": {}})

    elsewhere.answers["/slow.jsonld"] = slow
    begun = time.monotonic()

    response = await create_room(client, f"{elsewhere.url}/slow.jsonld")
    taken = time.monotonic() - begun

    assert (response.status_code, problem_type(response)) == (504, "LdContextNotAvailable")
    assert taken < 2


async def test_in_a_batch_each_context_is_the_matter_of_its_item(client, elsewhere):
    good, gone = f"{elsewhere.url}/c.jsonld", [f"{elsewhere.url}/gone{number}.jsonld" for number in range(3)]
    items = [{**ROOM, "id": f"urn:a:{number}", "@context": url} for number, url in enumerate([good, *gone, good])]

    response = await client.post("entityOperations/create", json=items, headers=JSON_LD)

    assert response.status_code == 207
    assert response.json()["success"] == ["urn:a:0", "urn:a:4"]
    assert {error["error"]["status"] for error in response.json()["errors"]} == {504}
    assert sorted(elsewhere.paths()) == ["/c.jsonld", *(f"/gone{number}.jsonld" for number in range(3))]


async def test_a_batch_of_more_new_contexts_than_one_request_may_bring_fails_by_item(client, elsewhere):
    for number in range(140):
        elsewhere.serve(f"/{number}", {"@context": {}})
    items = [{**ROOM, "id": f"urn:a:{n}", "@context": f"{elsewhere.url}/{n}"} for n in range(140)]

    response = await client.post("entityOperations/create", json=items, headers=JSON_LD)
    await client.post("entityOperations/delete", json=response.json()["success"])

    assert response.status_code == 207
    assert 0 < len(response.json()["success"]) <= len(elsewhere.asked) < 140


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


async def test_the_figures_of_one_are_exact_whoever_used_it(client):
    for number in range(3):
        await create_room(client, [CITY], f"urn:a:{number}")
        await client.get(named(CITY))
    await create_room(client, CITY, "urn:a:9")

    assert (await details_of(client, CITY))["numberOfHits"] == 7


async def test_the_contexts_that_all_share_are_listed_to_a_tenant_that_is_about_to_come(client):
    response = await client.get("jsonldContexts", headers={"NGSILD-Tenant": "about_to_come"})

    assert (response.status_code, response.json()) == (200, [CORE])


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


async def test_an_added_context_makes_its_tenant(client):
    headers = {"ngsild-tenant": "founded-by-a-context"}

    added = await client.post("jsonldContexts", json=TERMS, headers=headers)

    assert added.status_code == 201
    assert (await client.get("jsonldContexts?kind=Hosted", headers=headers)).json() != []
    assert (await client.get("entities?local=true", headers=headers)).status_code == 200


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
