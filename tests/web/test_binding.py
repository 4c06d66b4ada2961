# SPDX-License-Identifier: EUPL-1.2
"""What holds for every operation: methods, paths, media types, lengths, parameters, tenants."""

import pytest

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
    for wrong in ("unknown=1", "options=unknown", "format=unknown", "local=perhaps"):
        response = await client.get(f"{path}{'&' if '?' in path else '?'}{wrong}")

        assert response.status_code == 400
        assert problem_type(response) == "InvalidRequest"


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


@pytest.mark.parametrize(("method", "path", "body"), BODIES)
async def test_a_write_to_an_unknown_tenant_creates_none(client, method, path, body):
    response = await client.request(method, path, json=body, headers={"ngsild-tenant": "nowhere"})

    assert response.status_code == 404
    assert problem_type(response) == "NonexistentTenant"


@pytest.mark.parametrize("tenant", ["T_DEFAULT", "../default", "a b", "ä", "x" * 100, "default'--"])
async def test_a_tenant_that_cannot_be_is_unknown(client, tenant):
    response = await client.get("types", headers={"ngsild-tenant": tenant.encode()})

    assert response.status_code == 404
    assert problem_type(response) == "NonexistentTenant"


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
