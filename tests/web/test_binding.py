# SPDX-License-Identifier: EUPL-1.2
"""What holds for every operation: methods, paths, media types, lengths, parameters, tenants."""

import pytest

from broker.web.openapi.document import NAME
from broker.web.operations import OPERATIONS
from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

ENTITY = {"id": "urn:a:1", "type": "Car", "speed": {"type": "Property", "value": 1}}
BODIES = [
    ("POST", "entities", ENTITY),
    ("POST", "entities/urn:a:1/attrs", {"speed": {"type": "Property", "value": 2}}),
    ("PATCH", "entities/urn:a:1/attrs", {"speed": {"type": "Property", "value": 2}}),
    ("PATCH", "entities/urn:a:1/attrs/speed", {"value": 2}),
    ("POST", "entityOperations/create", [ENTITY]),
    ("POST", "entityOperations/upsert", [ENTITY]),
    ("POST", "entityOperations/delete", ["urn:a:1"]),
    ("POST", "entityOperations/query", {"type": "Query", "entities": [{"type": "Car"}]}),
]
READS = ["entities?type=Car", "entities/urn:a:1", "temporal/entities/urn:a:1", "types", "attributes"]


async def chunks():
    yield b"{}"


@pytest.fixture
async def car(client):
    assert (await client.post("entities", json=ENTITY)).status_code == 201


@pytest.mark.parametrize(("method", "path", "body"), BODIES)
async def test_a_body_of_another_media_type_is_refused(client, method, path, body):
    for content_type in ("text/plain", "application/xml", ""):
        response = await client.request(method, path, content=b"{}", headers={"content-type": content_type})

        assert response.status_code == 415
        problem_type(response)


@pytest.mark.parametrize(("method", "path", "body"), BODIES)
async def test_a_merge_patch_is_for_patch_only(client, car, method, path, body):
    response = await client.request(method, path, json=body, headers={"content-type": "application/merge-patch+json"})

    assert response.status_code == (204 if method == "PATCH" else 415)


@pytest.mark.parametrize(("method", "path", "body"), BODIES)
async def test_a_body_without_length_is_refused_before_the_tenant_is_looked_up(client, method, path, body):
    response = await client.request(method, path, content=chunks(), headers={"ngsild-tenant": "nowhere"})

    assert response.status_code == 411
    assert response.content == b""
    assert response.headers["ngsild-tenant"] == "nowhere"


@pytest.mark.parametrize(("method", "path", "body"), BODIES)
async def test_an_empty_body_is_an_invalid_request(client, method, path, body):
    response = await client.request(
        method, path, content=b"", headers={"content-type": "application/json", "content-length": "0"}
    )

    assert response.status_code == 400
    assert problem_type(response) == "InvalidRequest"


@pytest.mark.parametrize(("method", "path", "body"), BODIES)
async def test_an_unknown_parameter_of_a_write_is_refused_and_nothing_is_written(client, method, path, body):
    response = await client.request(method, f"{path}?unknown=1", json=body)

    assert response.status_code == 400
    assert problem_type(response) == "InvalidRequest"
    assert (await client.get("entities/urn:a:1")).status_code == 404


@pytest.mark.parametrize("path", READS)
async def test_an_unknown_parameter_or_option_of_a_read_is_refused(client, car, path):
    for wrong in ("unknown=1", "options=unknown", "format=unknown"):
        response = await client.get(f"{path}{'&' if '?' in path else '?'}{wrong}")

        assert response.status_code == 400
        assert problem_type(response) == "InvalidRequest"


@pytest.mark.parametrize("path", READS)
async def test_a_flag_of_a_read_that_is_neither_true_nor_false_is_refused(client, car, path):
    response = await client.get(f"{path}{'&' if '?' in path else '?'}local=perhaps")

    assert response.status_code == 400
    assert problem_type(response) == "BadRequestData"


@pytest.mark.parametrize("path", READS)
async def test_a_read_that_can_serve_nothing_acceptable_says_so_before_it_looks(client, path):
    for accept in ("application/xml", "application/json;q=0"):
        response = await client.get(path, headers={"accept": accept})

        assert response.status_code == 406
        problem_type(response)


@pytest.mark.parametrize(
    "path", ["temporal/entities/urn:a:1", "types", "types/Car", "attributes", "attributes/speed", "info/sourceIdentity"]
)
async def test_geojson_is_for_entities_only(client, path):
    response = await client.get(path, headers={"accept": "application/geo+json"})

    assert response.status_code == 406
    problem_type(response)


@pytest.mark.parametrize("path", READS)
async def test_the_tenant_is_echoed_on_answers_and_errors(client, car, path):
    for tenant, status in (("default", 200), ("nowhere", 404)):
        response = await client.get(path, headers={"ngsild-tenant": tenant})

        assert response.status_code == status
        assert response.headers["ngsild-tenant"] == tenant
    assert problem_type(response) == "NonexistentTenant"


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "types", [("ngsild-tenant", "default"), ("ngsild-tenant", "default")]),
        ("GET", "types", [("link", "<https://a.example/a>"), ("link", "<https://a.example/b>")]),
        ("POST", "entities", [("content-type", "application/json"), ("content-type", "text/plain")]),
        ("DELETE", "entities/urn:a:1", [("x-api-key", "one"), ("x-api-key", "two")]),
        ("GET", "entities?type=Car", [("ngsild-entitymap", "urn:a:1"), ("NGSILD-EntityMap", "urn:a:2")]),
    ],
)
async def test_a_header_that_may_stand_once_and_is_sent_twice_is_refused(client, car, method, path, headers):
    response = await client.request(method, path, content=None if method == "GET" else b"{}", headers=headers)

    assert response.status_code == 400
    assert problem_type(response) == "InvalidRequest"
    assert headers[0][0].title() in response.json()["detail"]


async def test_a_header_that_is_a_list_may_be_sent_in_parts(client, car):
    accepts = [("accept", "application/xml"), ("accept", "application/ld+json")]
    response = await client.get("entities/urn:a:1", headers=[*accepts, ("prefer", "a=1"), ("prefer", "ngsi-ld=1.5")])

    assert response.headers["content-type"] == "application/ld+json"
    assert response.headers["preference-applied"] == "ngsi-ld=1.5"


WRONG = [
    ({"accept": "application/xml", "content-type": "text/plain"}, "?unknown=1", None, 411),
    ({"content-type": "text/plain"}, "?unknown=1", b"{", 400),
    ({"accept": "application/xml", "content-type": "text/plain"}, "", b"{", 406),
    ({"content-type": "text/plain"}, "", b"{", 415),
    ({"content-type": "application/json"}, "", b"{", 400),
]


@pytest.mark.parametrize(("headers", "query", "body", "status"), WRONG)
async def test_of_several_things_that_are_wrong_the_same_one_is_told_first(client, headers, query, body, status):
    response = await client.post(f"entityOperations/query{query}", content=body or chunks(), headers=headers)

    assert response.status_code == status


async def test_an_address_that_is_too_long_is_refused_and_told_what_takes_more(client):
    response = await client.get(f"entities?type=Car&id={'urn:a:1,' * 5000}urn:a:1")

    assert response.status_code == 414
    assert "entityOperations/query" in response.json()["detail"]


async def test_every_path_has_options_and_every_read_has_a_head(client):
    for operation in OPERATIONS:
        path = NAME.sub("urn:a:9", operation.path)

        asked = await client.options(path)
        read = await client.head(path)

        assert asked.status_code == 204
        assert operation.method in asked.headers["allow"].split(", ")
        assert read.content == b""
        assert ("HEAD" in asked.headers["allow"].split(", ")) == (read.status_code != 405)
        assert read.status_code == (await client.get(path)).status_code


async def test_every_operation_knows_its_own_parameters_only(client, car):
    for operation in OPERATIONS:
        path = NAME.sub("urn:a:1", operation.path)
        body = {} if not operation.reads else {"json": {"type": "Query"}}

        response = await client.request(operation.method, f"{path}?type=Car&unheard_of=1", **body)

        assert response.status_code == 400, operation.name
        assert problem_type(response) == "InvalidRequest"
    assert (await client.get("entities/urn:a:1")).status_code == 200


async def test_every_operation_with_a_body_reads_its_media_types_only_and_needs_a_length(client, car):
    for operation in OPERATIONS:
        if operation.reads:
            path = NAME.sub("urn:a:1", operation.path)

            refused = await client.request(
                operation.method, path, content=b"{}", headers={"content-type": "text/plain"}
            )
            lengthless = await client.request(operation.method, path, content=chunks())

            assert refused.status_code == 415, operation.name
            problem_type(refused)
            assert (lengthless.status_code, lengthless.content) == (411, b""), operation.name


async def test_every_answer_that_is_negotiated_says_when_it_cannot_be(client):
    for operation in OPERATIONS:
        if operation.offers:
            path = NAME.sub("urn:a:9", operation.path)

            response = await client.request(operation.method, path, json={}, headers={"accept": "application/xml"})

            assert response.status_code == 406, operation.name
            problem_type(response)


VALUES = ["Žluťoučký kůň", "<b>\"='();</b> & <", "日本語 \U0001f6b2", "\u2028 and \x7f", "a\\b"]


async def test_values_come_back_as_they_were_sent_in_raw_utf_8(client):
    await client.post("entities", json={"id": "urn:a:Straße", "type": "Café", "words": VALUES})

    response = await client.get("entities/urn:a:Stra%C3%9Fe?options=keyValues")

    assert response.json() == {"id": "urn:a:Straße", "type": "Café", "words": VALUES}
    for raw in ("Žluťoučký kůň", "<b>", "日本語 \U0001f6b2", "Café", "Straße"):
        assert raw.encode() in response.content
    assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "entities/", 400),
        ("PATCH", "entities/", 400),
        ("PATCH", "entities", 400),
        ("POST", "entities//attrs", 400),
        ("PATCH", "entities//attrs/speed", 400),
        ("DELETE", "entities//attrs/speed", 400),
        ("GET", "temporal/entities//attrs", 400),
        ("DELETE", "entities/urn:a:1/attrs/", 405),
        ("DELETE", "entities/urn:a:1/attrs", 405),
        ("DELETE", "temporal/entities/", 405),
        ("DELETE", "types", 405),
        ("POST", "types/", 405),
        ("GET", "entityOperations/create", 405),
        ("GET", "nothing", 404),
        ("GET", "entities/urn:a:1/nothing", 404),
        ("GET", "", 404),
    ],
)
async def test_a_path_or_method_that_is_not_there_says_how(client, method, path, status):
    response = await client.request(method, path, headers={"content-length": "0"})

    assert response.status_code == status
    if status == 405:
        assert response.content == b""
        assert response.headers["allow"]
    else:
        problem_type(response)


@pytest.mark.parametrize("path", ["entities/?type=Car", "entities/urn:a:1/", "types/", "temporal/entities/urn:a:1/"])
async def test_a_slash_at_the_end_makes_no_difference(client, car, path):
    assert (await client.get(path)).status_code == 200


async def test_options_names_the_methods_of_a_path(client):
    response = await client.options("entities/urn:a:1/attrs")

    assert response.status_code == 204
    assert response.headers["allow"] == "OPTIONS, PATCH, POST"
    assert "merge-patch" in response.headers["accept-patch"]
