# SPDX-License-Identifier: EUPL-1.2
"""Requests of all kinds, made up: whatever an operation is sent, it answers as its description tells, and never by a fault.

Operations are those that are declared, so that a new one is tried without a word here.
"""

from urllib.parse import quote, urlencode

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broker.ngsi.contexts import CORE_CONTEXT_URL
from broker.web.openapi.document import NAME, to_operation
from broker.web.operations import OPERATIONS

pytestmark = [pytest.mark.server, pytest.mark.storage]

CAR = {"id": "urn:a:1", "type": "Car", "speed": 1, "name": {"languageMap": {"de": "Auto"}}}
PLACE = {"type": "Point", "coordinates": [7, 50]}
KNOWN = {
    "entityId": "urn:a:1",
    "attrId": "speed",
    "type": "Car",
    "contextId": CORE_CONTEXT_URL,
    "instanceId": "urn:ngsi-ld:Instance:865c5cc7f491e228afe0:1780272000000000",
}
WITH_BODY = [operation for operation in OPERATIONS if operation.reads]
QUERY = ["q", "scopeQ", "attrs", "pick", "omit", "lang", "georel", "geometry", "orderBy", "expandValues", "join", "id"]
MEMBERS = [
    *("id", "type", "value", "object", "languageMap", "vocab", "json", "valueList", "objectList", "observedAt"),
    *("datasetId", "unitCode", "scope", "speed", "@context", "@id", "@type", "coordinates", "createdAt", "expiresAt"),
    *(
        "entities",
        "geoQ",
        "ordering",
        "joinLevel",
        "temporalQ",
        "timerel",
        "timeAt",
        "lastN",
        "kind",
        "idPattern",
        *QUERY,
    ),
]
TEXTS = st.text(max_size=20) | st.sampled_from(
    ["urn:ngsi-ld:null", "urn:a:1", "2026-06-01T12:00:00Z", "Property", "Relationship", "GeoProperty", "Query", "Car"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(MEMBERS) | TEXTS, inner, max_size=6),
    max_leaves=25,
)
# Pieces of the languages that parameters are written in, and of SQL: what is glued of them is nearly right.
PIECES = st.sampled_from(
    [
        *(
            "speed",
            "name",
            "a",
            "Car",
            "urn:a:1",
            "1",
            "-1",
            "1e308",
            "9" * 30,
            "2026-06-01T12:00:00Z",
            '"x"',
            "true",
            "*",
        ),
        *(
            "==",
            "!=",
            ">=",
            "<",
            "~=",
            "!~=",
            "..",
            ";",
            "|",
            ",",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            "!",
            "/",
            "#",
            "+",
            ":",
        ),
        *(
            "near;maxDistance==",
            "within",
            "Point",
            "[7,50]",
            "[[[7,50],[8,50],[8,51],[7,50]]]",
            "asc",
            "desc",
            "dist-asc",
        ),
        *(
            "'",
            '"',
            "\\",
            "--",
            ";DROP TABLE name;",
            "$1",
            "%",
            "_",
            "\x01",
            "\u202e",
            "é",
            "\U0001f600",
            " ",
            "(a+)+$",
        ),
    ]
)
WORDS = st.lists(PIECES, max_size=8).map("".join)
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
async def car(client):
    await client.post("entities", json={**CAR, "location": PLACE})


def path_of(operation, ids):
    return NAME.sub(lambda name: quote(ids.get(name[1], KNOWN.get(name[1], "urn:a:1")), safe=""), operation.path)


def statuses_of(operation):
    return {int(status) for status in to_operation(operation)["responses"]} - {500, 503}


async def require_told(client, operation, response):
    assert response.status_code in statuses_of(operation), (operation.name, response.status_code, response.text)
    if response.status_code >= 400:
        assert response.json()["detail"]
    assert (await client.get("entities?local=true&limit=1")).status_code == 200


@settings(PATIENT, max_examples=150)
@given(operation=st.sampled_from(WITH_BODY), document=VALUES, named=st.booleans())
async def test_any_json_is_answered_as_it_is_told(client, car, operation, document, named):
    if named and isinstance(document, dict):
        document = {**document, "id": "urn:a:1", "type": "Query" if operation.takes == "Query" else "Car"}
    if operation.takes.endswith("List"):
        document = [document]
    headers = {"content-type": "application/json"}

    response = await client.request(
        operation.method, path_of(operation, {}), content=orjson.dumps(document), headers=headers
    )

    await require_told(client, operation, response)


@st.composite
def asked(draw):
    """An operation with parameters of its own, whose values are nearly right."""
    operation = draw(
        st.sampled_from([operation for operation in OPERATIONS if operation.parameters and not operation.reads])
    )
    names = draw(st.lists(st.sampled_from(sorted(operation.parameters)), unique=True, max_size=4))
    return operation, {name: draw(WORDS | TEXTS) for name in names}


@settings(PATIENT, max_examples=200)
@given(asked=asked())
async def test_any_parameter_is_answered_as_it_is_told(client, car, asked):
    operation, parameters = asked
    query = urlencode(parameters, errors="surrogatepass")

    response = await client.request(operation.method, f"{path_of(operation, {})}?{query}")

    await require_told(client, operation, response)


@settings(PATIENT, max_examples=100)
@given(operation=st.sampled_from(OPERATIONS), ids=st.dictionaries(st.sampled_from(sorted(KNOWN)), WORDS | TEXTS))
async def test_any_path_is_answered_as_it_is_told(client, car, operation, ids):
    ids = {name: text for name, text in ids.items() if text}
    body = {} if operation.example.body is None else {"json": operation.example.body}

    response = await client.request(
        operation.method, path_of(operation, ids), params=operation.example.parameters, **body
    )

    await require_told(client, operation, response)


@settings(PATIENT, max_examples=120)
@given(body=st.dictionaries(st.sampled_from(QUERY), WORDS | st.lists(WORDS, max_size=3), max_size=4), data=st.data())
async def test_any_query_in_a_body_is_answered_as_it_is_told(client, car, body, data):
    (operation,) = (each for each in OPERATIONS if each.name == "Query Entities via POST")
    geo = data.draw(st.dictionaries(st.sampled_from(["georel", "geometry", "coordinates", "geoproperty"]), WORDS))
    document = {"type": "Query", "entities": [{"type": "Car"}], **body, **({"geoQ": geo} if geo else {})}

    response = await client.post("entityOperations/query", json=document)

    await require_told(client, operation, response)
