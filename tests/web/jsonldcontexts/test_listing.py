# SPDX-License-Identifier: EUPL-1.2
"""Which @contexts there are, what is told of them, and what of it cannot be asked."""

from urllib.parse import quote

import pytest

from broker.engine.jsonldcontexts import address_context
from tests.web.jsonldcontexts.asking import CITY, CORE, TERMS, create_room, details_of, host_context, named
from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]


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


async def test_the_figures_of_one_are_exact_whoever_used_it(client):
    for number in range(3):
        await create_room(client, [CITY], f"urn:a:{number}")
        await client.get(named(CITY))
    await create_room(client, CITY, "urn:a:9")

    assert (await details_of(client, CITY))["numberOfHits"] == 7


async def test_the_contexts_that_all_share_are_listed_to_a_tenant_that_is_about_to_come(client):
    response = await client.get("jsonldContexts", headers={"NGSILD-Tenant": "about_to_come"})

    assert (response.status_code, response.json()) == (200, [CORE])
