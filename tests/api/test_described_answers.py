# SPDX-License-Identifier: EUPL-1.2
"""`/openapi.json` is served, and every route beside NGSI-LD answers its example as it tells."""

import jsonschema_rs
import orjson
import pytest

from broker.engine.messages import Message
from broker.web.openapi import examples

pytestmark = [pytest.mark.server, pytest.mark.storage]

STREAMS = {"/events"}
"""Answers that do not end."""

AWAY = {"/hooks/{tenant}/{connector}"}
"""What needs a part that does not run here."""

FILES = {"/admin/tenants/import"}
"""What takes a file that no example can hold: tests/api/test_archives.py."""


@pytest.fixture
async def town(client, admin, resources):
    """A platform with what the examples speak of: the ids that this gives stand in their places."""
    await client.post("/ngsi-ld/v1/entityOperations/create", json=list(examples.STORED), headers=admin)
    message = Message(
        "default",
        "town-parking",
        "entities",
        "m1",
        orjson.dumps([{"id": "urn:a:1", "type": "T", "a": {"type": "Property"}}]),
    )
    receipt = orjson.loads(await resources.ingest.accept(message))
    body = {"name": "Town parking", "kind": "connector", "connector": "town-parking"}
    key = (await client.post("/admin/keys", json=body, headers=admin)).json()
    declared = (await client.post("/admin/attributes", json={"attribute": "level"}, headers=admin)).json()
    role = {"subject": {"kind": "role", "id": "mayor"}, "action": "admin", "target": {"kind": "tenant"}}
    grant = (await client.post("/admin/grants", json=role, headers=admin)).json()
    return {
        "grant_id": grant["id"],
        "declared": str(declared["id"]),
        "letter_id": receipt["rejected"][0]["deadletter"],
        "key_id": key["id"],
    }


async def test_it_is_served_with_a_tag_as_it_is_and_compressed(client):
    plain = await client.get("/openapi.json", headers={"accept-encoding": "identity"})
    packed = await client.get("/openapi.json", headers={"accept-encoding": "gzip"})
    known = await client.get("/openapi.json", headers={"if-none-match": plain.headers["etag"]})
    head = await client.head("/openapi.json")

    assert plain.headers["content-type"] == "application/json"
    assert plain.json()["openapi"].startswith("3.1")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < len(plain.content) / 4
    assert (known.status_code, known.content) == (304, b"")
    assert (head.status_code, head.content) == (200, b"")


async def test_no_page_shows_it_with_scripts_of_others(client):
    answers = [await client.get(path) for path in ("/docs", "/redoc")]

    assert [answer.status_code for answer in answers] == [404, 404]


async def test_every_route_answers_its_example_as_it_tells(client, admin, town):
    document = (await client.get("/openapi.json")).json()
    others = {path: methods for path, methods in document["paths"].items() if not path.startswith("/ngsi-ld/")}
    wrong = {}

    # What deletes comes last: it takes away what the others show.
    calls = sorted(
        (
            (method == "delete", path, method, told)
            for path, methods in others.items()
            for method, told in methods.items()
        ),
        key=lambda call: (call[0], "drop" in call[1], call[1], call[2]),
    )
    for _, path, method, told in calls:
        if path not in STREAMS | AWAY | FILES:
            for media_type in media_types_of(told) or [None]:
                answer = await call(client, admin, town, path, method, told, media_type)
                complaint = complaint_of(document, told, answer, media_type)
                if complaint:
                    wrong[method, path, media_type] = complaint

    assert wrong == {}


async def test_a_webhook_whose_connector_does_not_run_is_not_found(client, admin, town):
    document = (await client.get("/openapi.json")).json()
    for path in AWAY:
        for method, told in document["paths"][path].items():
            answer = await call(client, admin, town, path, method, told, None)

            assert answer.status_code == 404
            assert str(answer.status_code) in told["responses"]


async def test_events_begin_as_they_are_told(client, resources):
    document = (await client.get("/openapi.json")).json()
    (told,) = document["paths"]["/events"]["get"]["responses"]["200"]["content"]

    answer = await client.head("/events")

    assert answer.headers["content-type"].partition(";")[0] == told


def media_types_of(told):
    """The media types of an answer that is no error."""
    return [
        media_type
        for status, reply in told["responses"].items()
        if status < "3"
        for media_type in reply.get("content", ())
    ]


async def call(client, admin, town, path, method, told, media_type):
    query = {}
    for parameter in told["parameters"]:
        if parameter.get("in") == "path":
            path = path.replace(f"{{{parameter['name']}}}", town.get(parameter["name"], parameter["example"]))
        elif parameter.get("required"):
            query[parameter["name"]] = parameter["example"]
    if path.startswith("/types/") and media_type != "text/html":
        query["f"] = "csv" if media_type == "text/csv" else "geojson"
    body = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
    headers = {**admin, "accept": media_type or "*/*"}
    return await client.request(method, path, params=query, json=body, headers=headers)


def complaint_of(document, told, answer, media_type):
    """What an answer has that is not told."""
    reply = told["responses"].get(str(answer.status_code))
    if reply is None or answer.status_code >= 400:
        return f"{answer.status_code} {answer.text[:300]}"
    if media_type is None:
        return f"a body: {answer.text}" if answer.content else None
    if answer.headers["content-type"].partition(";")[0] != media_type.partition(";")[0]:
        return f"media type {answer.headers['content-type']}"
    if "json" not in media_type:
        return None
    schema = {"components": document["components"], **reply["content"][media_type]["schema"]}
    return "; ".join(
        error.message[:200] for error in jsonschema_rs.Draft202012Validator(schema).iter_errors(answer.json())
    )


async def test_a_path_names_all_of_its_methods_where_another_is_asked_for(client):
    answers = {
        path: await client.put(path) for path in ("/admin/keys", "/admin/keys/7", "/admin/deadletters/drop", "/")
    }
    options = await client.options("/admin/keys")

    assert {answer.status_code for answer in answers.values()} == {405}
    assert (options.status_code, options.headers["allow"]) == (204, "GET, OPTIONS, POST")
    assert {path: answer.headers["allow"] for path, answer in answers.items()} == {
        "/admin/keys": "GET, OPTIONS, POST",
        "/admin/keys/7": "DELETE, GET, OPTIONS",
        # The path could be that of a dead letter, too.
        "/admin/deadletters/drop": "OPTIONS, POST",
        "/": "GET, HEAD, OPTIONS",
    }
