# SPDX-License-Identifier: EUPL-1.2
"""What holds for each operation of its kind is tried on every one of them: bodies, options, ids, @contexts, answers."""

from urllib.parse import quote

import pytest

from broker.web.negotiation import GEO_JSON, JSON, JSON_LD, MERGE_PATCH
from broker.web.openapi import examples
from broker.web.openapi.document import NAME
from broker.web.operations import OPERATIONS
from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

CITY = "https://example.org/city.jsonld"
LINK = {"link": f'<{CITY}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'}
READING = [operation for operation in OPERATIONS if operation.reads]
WITH_CONTEXT = [operation for operation in READING if JSON_LD in operation.reads and operation.path != "jsonldContexts"]
OF_AN_ENTITY = [operation for operation in OPERATIONS if "{entityId}" in operation.path]


@pytest.fixture
async def hall(client):
    assert (await client.post("entityOperations/create", json=list(examples.STORED))).status_code == 201
    return (await client.get(f"entities/{examples.HALL}")).json()


def path_of(operation, entity_id=None):
    ids = [*operation.example.ids]
    if entity_id is not None:
        ids[0] = entity_id
    given = iter(ids)
    return NAME.sub(lambda _: quote(next(given), safe=":"), operation.path)


async def send(client, operation, body, *, content_type=JSON, path=None, headers=None, query=""):
    """Send a body (None: no body) to an operation as its example does."""
    content = {} if body is None else {"json": body}
    return await client.request(
        operation.method,
        (path or path_of(operation)) + query,
        headers={"content-type": content_type, **(headers or {})},
        **content,
    )


async def test_a_body_that_is_not_json_is_an_invalid_request(client, hall):
    for operation in READING:
        for content in (b"", b"{", b"nul", b"\xff"):
            headers = {"content-type": JSON, "content-length": str(len(content))}
            response = await client.request(operation.method, path_of(operation), content=content, headers=headers)

            assert response.status_code == 400, (operation.name, content)
            assert problem_type(response) == "InvalidRequest", (operation.name, content)
    assert (await client.get(f"entities/{examples.HALL}")).json() == hall


async def test_an_empty_object_is_no_entity_and_an_empty_array_no_batch(client):
    for operation in OPERATIONS:
        if operation.takes in {"Entity", "EntityTemporalInput"}:
            response = await send(client, operation, {})
            assert (response.status_code, problem_type(response)) == (400, "InvalidRequest"), operation.name
        if operation.takes.endswith("List"):
            response = await send(client, operation, [])
            assert (response.status_code, problem_type(response)) == (400, "BadRequestData"), operation.name


async def test_an_unknown_option_or_form_is_refused_even_beside_known_ones(client, hall):
    for operation in OPERATIONS:
        known = min(operation.options, default="")
        queries = []
        if "options" in operation.parameters:
            queries += ["options=unheard", f"options={known},unheard", "options="]
        if "format" in operation.parameters:
            queries += ["format=unheard", f"format=unheard&options={known}", f"format={known}&options=unheard"]
        for query in queries:
            start = "&".join(f"{name}={quote(value)}" for name, value in operation.example.parameters.items())
            response = await send(
                client, operation, operation.example.body, query=f"?{start}&{query}".replace("?&", "?")
            )

            assert response.status_code == 400, (operation.name, query, response.text)
            assert problem_type(response) == "InvalidRequest", (operation.name, query)
    assert (await client.get(f"entities/{examples.HALL}")).json() == hall


async def test_every_form_is_accepted_by_format_and_by_options(client, hall):
    for operation in OPERATIONS:
        if "format" in operation.parameters and not operation.writes:
            for form in operation.options - {"sysAttrs"}:
                for name in ("format", "options"):
                    extra = {"aggrMethods": "max"} if form == "aggregatedValues" else {}
                    given = {**operation.example.parameters, **extra, name: form}
                    if operation.method == "POST" and extra:
                        continue  # methods stand in the body there
                    body = {} if operation.example.body is None else {"json": operation.example.body}
                    response = await client.request(operation.method, path_of(operation), params=given, **body)

                    assert response.status_code == min(operation.gives), (operation.name, name, form, response.text)


async def test_an_id_that_is_no_uri_is_bad_request_data_and_an_unknown_one_is_not_found(client, hall):
    for operation in OF_AN_ENTITY:
        body = operation.example.body
        if isinstance(body, dict):
            body = {name: member for name, member in body.items() if name != "id"}
        query = "?timerel=after&timeAt=2026-05-01T00:00:00Z" if "timerel" in operation.parameters else ""

        wrong = await send(client, operation, body, path=path_of(operation, "no uri"), query=query)
        unknown = await send(client, operation, body, path=path_of(operation, "urn:a:9"), query=query)

        assert (wrong.status_code, problem_type(wrong)) == (400, "BadRequestData"), operation.name
        assert (unknown.status_code, problem_type(unknown)) == (404, "ResourceNotFound"), operation.name


async def test_an_id_that_is_forgotten_before_attributes_is_bad_request_data(client):
    for operation in OF_AN_ENTITY:
        if "/attrs" in operation.path:
            path = path_of(operation, "")
            response = await send(client, operation, operation.example.body, path=path)

            assert (response.status_code, problem_type(response)) == (400, "BadRequestData"), path


async def test_a_slash_at_the_end_names_the_same_resource(client, hall):
    for operation in OPERATIONS:
        if "{instanceId}" not in operation.path:
            slash = await send(client, operation, [5], path=path_of(operation) + "/", query="?unheard=1")

            assert (slash.status_code, problem_type(slash)) == (400, "InvalidRequest"), operation.name
            assert "unheard" in slash.json()["detail"]


def with_context(body, context):
    if isinstance(body, list):
        return [{**item, "@context": context} for item in body]
    return {**body, "@context": context}


async def test_a_context_stands_in_json_ld_only_and_there_always(client, hall):
    for operation in WITH_CONTEXT:
        body = operation.example.body
        if isinstance(body, list) and isinstance(body[0], str):
            continue  # ids alone have no @context
        inside = with_context(body, CITY)
        types = [JSON, MERGE_PATCH] if MERGE_PATCH in operation.reads else [JSON]

        wrong = [await send(client, operation, inside, content_type=content_type) for content_type in types]
        wrong.append(await send(client, operation, body, content_type=JSON_LD))
        both = await send(client, operation, inside, content_type=JSON_LD, headers=LINK)

        assert (both.status_code, problem_type(both)) == (400, "BadRequestData"), operation.name
        for response in wrong:
            if isinstance(body, list):
                assert (response.status_code, response.json()["success"]) == (207, []), operation.name
                errors = [each["error"] for each in response.json()["errors"]]
                assert {each["type"].rpartition("/")[2] for each in errors} == {"BadRequestData"}
            else:
                assert (response.status_code, problem_type(response)) == (400, "BadRequestData"), operation.name
    assert (await client.get(f"entities/{examples.HALL}")).json() == hall


async def test_whoever_says_no_accept_or_takes_anything_gets_json_with_a_link_to_its_context(client, hall):
    for operation in OPERATIONS:
        if JSON_LD not in operation.offers or operation.path.startswith(("jsonldContexts", "snapshots", "entityMaps")):
            continue
        for accept in ({}, {"accept": "*/*"}, {"accept": "application/*"}):
            body = {} if operation.example.body is None else {"json": operation.example.body}
            request = client.build_request(
                operation.method, path_of(operation), params=operation.example.parameters, headers=accept, **body
            )
            if not accept:
                del request.headers["accept"]
            response = await client.send(request)

            assert response.status_code == min(operation.gives), (operation.name, response.text)
            assert response.headers["content-type"] == JSON, operation.name
            assert 'rel="http://www.w3.org/ns/json-ld#context"' in response.headers.get("link", ""), operation.name


async def test_geojson_is_for_those_operations_that_show_entities(client, hall):
    for operation in OPERATIONS:
        if operation.offers:
            response = await send(client, operation, operation.example.body, headers={"accept": GEO_JSON})

            shows = operation.name in {"Retrieve Entity", "Query Entities", "Query Entities via POST"}
            assert (response.status_code != 406) == shows, operation.name


async def test_no_content_has_no_length_and_every_answer_names_the_tenant(client, hall):
    tenant = {"ngsild-tenant": "default"}
    for operation in OPERATIONS:
        if operation.method != "GET" and not operation.path.startswith("snapshots"):
            response = await send(client, operation, operation.example.body, headers=tenant)

            assert response.headers["ngsild-tenant"] == "default", operation.name
            assert ("content-length" in response.headers) == (response.status_code != 204), operation.name


async def test_every_error_names_the_tenant(client, hall):
    wrong = [
        ("GET", "nothing", {}, 404),
        ("DELETE", "types", {}, 405),
        ("GET", "types", {"accept": "application/xml"}, 406),
        ("POST", "entities", {"content-type": "text/plain"}, 415),
        ("POST", "entities", {"content-type": JSON}, 400),
        ("GET", "types?unheard=1", {}, 400),
        ("GET", "types?local=" + "x" * 40_000, {}, 414),
        ("GET", "types", {"link": '<https://elsewhere.example/c>; rel="http://www.w3.org/ns/json-ld#context"'}, 504),
        ("GET", "types", {"host": "foreign.example"}, 421),
    ]
    for method, path, headers, status in wrong:
        body = {"content": b"{"} if method == "POST" else {}
        response = await client.request(method, path, headers={"ngsild-tenant": "default", **headers}, **body)

        assert (response.status_code, response.headers["ngsild-tenant"]) == (status, "default"), path[:40]


async def test_a_merge_patch_is_read_as_json(client):
    room = {"id": "urn:a:1", "type": "Room", "temperature": {"type": "Property", "value": 21, "unitCode": "CEL"}}
    assert (await client.post("entities", json=room, headers=LINK)).status_code == 201
    headers = {"content-type": MERGE_PATCH, **LINK}

    merged = await client.patch("entities/urn:a:1", json={"temperature": {"value": 22}}, headers=headers)
    partly = await client.patch("entities/urn:a:1/attrs/temperature", json={"unitCode": "FAH"}, headers=headers)
    shown = (await client.get("entities/urn:a:1", headers=LINK)).json()
    updated = await client.patch(
        "entities/urn:a:1/attrs", json={"temperature": {"type": "Property", "value": 23}}, headers=headers
    )

    assert (merged.status_code, partly.status_code, updated.status_code) == (204, 204, 204)
    assert shown["temperature"] == {"type": "Property", "value": 22, "unitCode": "FAH"}
    left = (await client.get("entities/urn:a:1", headers=LINK)).json()
    assert left["temperature"] == {"type": "Property", "value": 23}
