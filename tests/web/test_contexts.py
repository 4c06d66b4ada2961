# SPDX-License-Identifier: EUPL-1.2
"""@context in requests and answers."""

import pytest

from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

CITY = "https://example.org/city.jsonld"
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
REL = 'rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
LINK = {"link": f"<{CITY}>; {REL}"}
JSON_LD = {"content-type": "application/ld+json"}
ROOM = {"id": "urn:a:1", "type": "Room", "temperature": {"type": "Property", "value": 21}}


@pytest.fixture
async def room(client):
    response = await client.post("entities", json=ROOM, headers=LINK)
    assert response.status_code == 201


@pytest.mark.parametrize("context", [CITY, [CITY], {"Room": "https://example.org/city#Room"}])
async def test_an_entity_of_json_ld_brings_its_context(client, context):
    response = await client.post("entities", json={**ROOM, "@context": context}, headers=JSON_LD)

    assert response.status_code == 201
    shown = (await client.get("entities/urn:a:1", headers=LINK)).json()
    assert shown["type"] == "Room"


async def test_names_are_shortened_by_the_context_of_the_request(client, room):
    with_context = await client.get("entities/urn:a:1", headers=LINK)
    without = await client.get("entities/urn:a:1")

    assert with_context.json() == ROOM
    assert with_context.headers["link"] == f"<{CITY}>; {REL}"
    assert without.json()["type"] == "https://example.org/city#Room"
    assert "https://example.org/city#temperature" in without.json()
    assert without.headers["link"] == f"<{CORE}>; {REL}"


@pytest.mark.parametrize(
    ("path", "first"), [("entities/urn:a:1", lambda body: body), ("entities?type=Room", lambda body: body[0])]
)
async def test_json_ld_names_the_context_in_the_body(client, room, path, first):
    response = await client.get(path, headers={**LINK, "accept": "application/ld+json"})

    assert response.headers["content-type"] == "application/ld+json"
    assert first(response.json()) == {**ROOM, "@context": CITY}
    assert "link" not in response.headers


async def test_json_ld_without_a_context_names_the_core_context(client, room):
    response = await client.get("entities/urn:a:1", headers={"accept": "application/ld+json"})

    assert response.json()["@context"] == CORE


async def test_a_type_is_read_by_the_context_of_the_query(client, room):
    found = await client.get("entities?type=Room", headers=LINK)
    other = await client.get("entities?type=Room")

    assert len(found.json()) == 1
    assert other.json() == []


async def test_an_attribute_is_read_by_the_context_of_the_request(client, room):
    other = await client.delete("entities/urn:a:1/attrs/temperature")
    found = await client.delete("entities/urn:a:1/attrs/temperature", headers=LINK)

    assert other.status_code == 404
    assert found.status_code == 204


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"content-type": "application/json"}, {**ROOM, "@context": CITY}),
        (JSON_LD, ROOM),
        (JSON_LD, {**ROOM, "@context": None}),
        ({**JSON_LD, **LINK}, {**ROOM, "@context": CITY}),
        (JSON_LD, {**ROOM, "@context": 5}),
        (JSON_LD, {**ROOM, "@context": {"Room": {"@id": "https://example.org/Room", "@context": {}}}}),
        ({"link": f"<{CITY}>; {REL}, <{CORE}>; {REL}"}, ROOM),
    ],
)
async def test_a_context_in_the_wrong_place_or_form_is_bad_request_data(client, headers, body):
    response = await client.post("entities", json=body, headers=headers)

    assert response.status_code == 400
    assert problem_type(response) == "BadRequestData"
    assert (await client.get("entities/urn:a:1")).status_code == 404


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"link": f"<https://elsewhere.example/c.jsonld>; {REL}"}, ROOM),
        (JSON_LD, {**ROOM, "@context": ["https://elsewhere.example/c.jsonld"]}),
    ],
)
async def test_a_context_that_is_not_there_is_a_gateway_timeout(client, headers, body):
    response = await client.post("entities", json=body, headers=headers)

    assert response.status_code == 504
    assert problem_type(response) == "LdContextNotAvailable"
    assert (await client.get("entities/urn:a:1")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "temporal/entities", {**ROOM, "temperature": [{"type": "Property", "value": 2}]}),
        ("PUT", "entities/urn:a:1", ROOM),
        ("PATCH", "entities/urn:a:1", {"temperature": 5}),
        ("POST", "entities/urn:a:1/attrs", {"temperature": 5}),
        ("PATCH", "entities/urn:a:1/attrs/temperature", {"value": 5}),
        ("POST", "entityOperations/query", {"type": "Query", "entities": [{"type": "Room"}]}),
        ("GET", "entities?type=Room", None),
        ("GET", "types", None),
        ("DELETE", "entities/urn:a:1/attrs/temperature", None),
    ],
)
async def test_an_operation_without_its_context_changes_nothing(client, room, method, path, body):
    url = "https://elsewhere.example/c.jsonld"
    if body is None:
        response = await client.request(method, path, headers={"link": f"<{url}>; {REL}"})
    else:
        response = await client.request(method, path, json={**body, "@context": [CITY, url]}, headers=JSON_LD)

    assert (response.status_code, problem_type(response)) == (504, "LdContextNotAvailable")
    assert url in response.json()["detail"]
    assert (await client.get("entities/urn:a:1", headers=LINK)).json() == ROOM


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_the_context_rules_hold_for_attributes(client, room, method):
    wrong = await client.request(method, "entities/urn:a:1/attrs", json={"temperature": 5}, headers=JSON_LD)
    right = await client.request(
        method,
        "entities/urn:a:1/attrs",
        json={"temperature": {"type": "Property", "value": 5}, "@context": CITY},
        headers=JSON_LD,
    )

    assert wrong.status_code == 400
    assert right.status_code == 204
    assert (await client.get("entities/urn:a:1?options=keyValues", headers=LINK)).json()["temperature"] == 5


async def test_context_errors_in_a_batch_belong_to_their_items(client):
    items = [
        {**ROOM, "@context": CITY},
        {**ROOM, "id": "urn:a:2"},
        {**ROOM, "id": "urn:a:3", "@context": "https://elsewhere.example/c.jsonld"},
    ]

    response = await client.post("entityOperations/create", json=items, headers=JSON_LD)

    assert response.status_code == 207
    assert response.json()["success"] == ["urn:a:1"]
    errors = {error["entityId"]: error["error"] for error in response.json()["errors"]}
    assert errors["urn:a:2"]["type"].endswith("BadRequestData")
    assert errors["urn:a:3"]["type"].endswith("LdContextNotAvailable")
    assert errors["urn:a:3"]["status"] == 504


async def test_a_context_in_a_batch_of_json_belongs_to_its_item(client):
    response = await client.post(
        "entityOperations/create", json=[{**ROOM, "@context": CITY}, {**ROOM, "id": "urn:a:2"}]
    )

    assert response.status_code == 207
    assert response.json()["success"] == ["urn:a:2"]
    assert response.json()["errors"][0]["entityId"] == "urn:a:1"


async def test_a_link_beside_json_ld_makes_the_whole_batch_wrong(client):
    response = await client.post(
        "entityOperations/create", json=[{**ROOM, "@context": CITY}], headers={**JSON_LD, **LINK}
    )

    assert response.status_code == 400
    assert problem_type(response) == "BadRequestData"
    assert (await client.get("entities/urn:a:1")).status_code == 404


async def test_keywords_of_json_ld_are_read_and_their_aliases_shown(client):
    body = {"@id": "urn:a:1", "@type": "Room", "temperature": {"@type": "Property", "value": 21}, "@context": CITY}
    created = await client.post("entities", json=body, headers=JSON_LD)
    updated = await client.patch("entities/urn:a:1/attrs", json={"@id": "urn:a:1", "@type": "Hall"}, headers=LINK)

    shown = (await client.get("entities/urn:a:1", headers=LINK)).json()
    listed = (await client.get("entities?type=Hall&options=concise", headers=LINK)).json()

    assert (created.status_code, updated.status_code) == (201, 204)
    assert shown == {**ROOM, "type": ["Room", "Hall"]}
    assert [each["id"] for each in listed] == ["urn:a:1"]
    assert "@" not in str(listed)


@pytest.mark.parametrize("order", [1, -1])
async def test_a_context_cannot_give_terms_of_the_core_another_meaning(client, order):
    evil = {name: f"https://evil.example/{name}" for name in ("Property", "value", "type", "id", "observedAt")}
    context = [evil, CITY][::order]

    created = await client.post("entities", json={**ROOM, "@context": context}, headers=JSON_LD)

    assert created.status_code == 201
    assert (await client.get("entities/urn:a:1", headers=LINK)).json() == ROOM


async def test_a_default_name_that_the_reader_s_context_redefines_is_a_compact_iri(client):
    await client.post("entities", json=ROOM)

    shown = (await client.get("entities/urn:a:1", headers=LINK)).json()

    assert shown["type"] == "ngsi-ld:default-context/Room"
    assert shown["ngsi-ld:default-context/temperature"] == ROOM["temperature"]
