# SPDX-License-Identifier: EUPL-1.2
"""Every example of the description works, and its answer is what the description says."""

from urllib.parse import quote

import jsonschema_rs
import pytest

from broker.web.negotiation import JSON, JSON_LD
from broker.web.openapi import examples
from broker.web.openapi.document import NAME, components, to_operation, with_context
from broker.web.openapi.problems import problem_answers
from broker.web.operations import OPERATIONS

pytestmark = [pytest.mark.server, pytest.mark.storage]

PARTS = {"components": {**components(), "responses": problem_answers("application/json")}}
HISTORY = f"temporal/entities/{examples.HALL}"


@pytest.fixture
async def stored(client):
    """Stores what the examples speak of again, and nothing else; tells the ids that stand for those in examples."""

    async def store(path=""):
        left = await client.get("entities?local=true&limit=1000&options=simplified")
        for entity in left.json():
            assert (await client.delete(f"temporal/entities/{entity['id']}")).status_code == 204
        answer = await client.post("entityOperations/create", json=list(examples.STORED))
        assert answer.status_code == 201, answer.text
        (first,) = (await client.get(HISTORY)).json()["temperature"]
        for hosted in (await client.get("jsonldContexts?kind=Hosted&details=true")).json():
            assert (await client.delete(f"jsonldContexts/{hosted['localId']}")).status_code == 204
        added = await client.post("jsonldContexts", json=examples.VOCABULARY)
        local_id = added.headers["location"].rpartition("/")[2]
        given = {examples.INSTANCE: first["instanceId"], examples.CONTEXT: local_id}
        if path.startswith("entityMaps/"):
            given[examples.ENTITY_MAP] = (await client.get("entityMaps?type=Room")).json()["id"]
        if path.startswith("snapshots"):
            assert (await client.delete("snapshots?q=snapshotPriority>0")).status_code == 204
        if path.startswith("snapshots/"):
            assert (await client.post("snapshots", json=examples.NEW_SNAPSHOT)).status_code == 201
        return given

    return store


async def call_example(client, operation, given, *, accept=None, content_type=None):
    example = operation.example
    ids = iter(given.get(each, each) for each in example.ids)
    path = NAME.sub(lambda _: quote(next(ids), safe=":"), operation.path)
    body = {}
    if content_type is not None:
        document = with_context(example.body) if content_type == JSON_LD else example.body
        body = {"json": document}
    headers = {**example.headers, "accept": accept or "*/*", "content-type": content_type or JSON}
    return await client.request(operation.method, path, params=example.parameters, headers=headers, **body)


def complaints(operation, answer):
    """What an answer has that is not told of the operation."""
    told = to_operation(operation)["responses"]
    if answer.status_code not in operation.gives:
        return f"{answer.status_code} {answer.text}"
    content = told[str(answer.status_code)].get("content", {})
    if not content:
        return f"a body: {answer.text}" if answer.content else None
    media_type = answer.headers["content-type"]
    if media_type not in content:
        return f"media type {media_type}"
    validator = jsonschema_rs.Draft202012Validator({**PARTS, **content[media_type]["schema"]})
    return "; ".join(error.message[:200] for error in validator.iter_errors(answer.json())) or None


async def test_every_example_works_in_every_media_type_and_is_answered_as_it_is_told(client, stored):
    wrong, given = {}, None

    for operation in OPERATIONS:
        for accept in operation.offers or (None,):
            for content_type in operation.reads or (None,):
                if given is None:
                    given = await stored(operation.path)
                answer = await call_example(client, operation, given, accept=accept, content_type=content_type)
                complaint = complaints(operation, answer)
                if complaint:
                    wrong[operation.name, accept, content_type] = complaint
                if operation.writes:
                    given = None
        if operation.path.startswith(("entityMaps", "snapshots")):
            given = None

    assert wrong == {}


FORMS = [
    ("", "EntityNormalized"),
    ("?options=sysAttrs", "EntityNormalized"),
    ("?join=inline&options=sysAttrs", "EntityNormalized"),
    ("?lang=de", "EntityNormalized"),
    ("?format=concise", "EntityConcise"),
    ("?format=simplified", "EntitySimplified"),
]


async def test_an_entity_in_each_form_is_what_the_schema_of_that_form_says(client, stored):
    await stored()

    for query, name in FORMS:
        answer = await client.get(f"entities/{examples.HALL}{query}")

        schema = {"$ref": f"#/components/schemas/{name}"}
        jsonschema_rs.Draft202012Validator({**PARTS, **schema}).validate(answer.json())


HISTORIES = ["", "?options=sysAttrs", "?format=concise", "?format=temporalValues"]


@pytest.mark.parametrize("query", HISTORIES)
async def test_a_history_in_each_form_with_its_scopes_is_what_its_schema_says(client, stored, query):
    await stored()

    answer = await client.get(f"{HISTORY}{query}")

    schema = {"$ref": "#/components/schemas/EntityTemporal"}
    jsonschema_rs.Draft202012Validator({**PARTS, **schema}).validate(answer.json())
    assert "scope" in answer.json()


WRONG = [
    {"id": "urn:a:1", "type": "T", "a": {"type": "Property"}},
    {"id": "urn:a:1", "type": "T", "a": {"type": "Relationship", "object": "no uri"}},
    {"id": "urn:a:1", "type": "T", "a": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [200, 0]}}},
    {"id": "urn:a:1", "type": "T", "a": {"type": "Property", "value": 1, "observedAt": "yesterday"}},
    {"id": "urn:a:1", "type": "T", "a": {"type": "Property", "value": 1, "b": 2}},
    {"id": "urn:a:1", "type": [], "a": {"type": "Property", "value": 1}},
    {"id": "urn:a:1", "type": "T", "a": []},
    {"id": "urn:a:1", "type": "T", "a": 7},
]


@pytest.mark.parametrize("document", WRONG)
def test_the_schema_of_the_normalized_form_refuses_what_that_never_is(document):
    schema = {"$ref": "#/components/schemas/EntityNormalized"}

    assert not jsonschema_rs.Draft202012Validator({**PARTS, **schema}).is_valid(document)
