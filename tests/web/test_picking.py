# SPDX-License-Identifier: EUPL-1.2
"""Parts of entities over HTTP: pick, omit, datasetId and lang."""

import pytest

from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

ROOM = {
    "id": "urn:a:1",
    "type": "Room",
    "scope": "/House",
    "name": {"type": "LanguageProperty", "languageMap": {"de": "Saal", "en-US": "Hall"}},
    "heat": [
        {"type": "Property", "value": 20},
        {"type": "Property", "value": 21, "datasetId": "urn:d:1"},
        {"type": "Property", "value": 22, "datasetId": "urn:d:2"},
    ],
    "floor": {"type": "Property", "value": 3},
}
PATHS = ["entities/urn:a:1?", "entities?type=Room&"]


@pytest.fixture
async def room(client):
    assert (await client.post("entities", json=ROOM)).status_code == 201


async def get(client, path):
    response = await client.get(path)
    assert response.status_code == 200, response.text
    body = response.json()
    return body[0] if isinstance(body, list) else body


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("pick=floor", {"floor"}),
        ("pick=id,floor", {"id", "floor"}),
        ("pick=id|floor", {"id", "floor"}),
        ("pick=type,scope,unknown", {"type", "scope"}),
        ("omit=id,type,scope", {"name", "heat", "floor"}),
        ("omit=heat|name|unknown", {"id", "type", "scope", "floor"}),
        ("pick=id,floor,name&omit=heat", {"id", "floor", "name"}),
        ("pick=id,createdAt&options=sysAttrs", {"id", "createdAt"}),
        ("pick=https://uri.etsi.org/ngsi-ld/default-context/floor", {"floor"}),
    ],
)
async def test_members_are_picked_and_omitted(client, room, path, query, names):
    assert (await get(client, f"{path}{query}")).keys() == names


async def test_an_entity_of_which_nothing_is_left_is_not_found(client, room):
    for query in ("pick=unknown", "omit=id,type,scope,name,heat,floor"):
        response = await client.get(f"entities/urn:a:1?{query}")

        assert response.status_code == 404
        assert problem_type(response) == "ResourceNotFound"


async def test_an_entity_of_which_nothing_is_left_is_missing_in_a_list(client, room):
    await client.post("entities", json={"id": "urn:a:2", "type": "Room", "height": 2})

    picked = (await client.get("entities?type=Room&pick=height&options=keyValues")).json()
    kept = (await client.get("entities?type=Room&pick=id,height&options=keyValues")).json()

    assert picked == [{"height": 2}]
    assert kept == [{"id": "urn:a:1"}, {"id": "urn:a:2", "height": 2}]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("pick=name&omit=name", "both"),
        ("pick=name&attrs=floor", "attrs"),
        ("omit=name&attrs=floor", "attrs"),
        ("pick=id;name", "column 1"),
        ("pick=id,,name", "column 4"),
        ("pick=id,name||floor", "column 9"),
        ("pick=", "column 1"),
        ("omit=a,", "the end"),
        ("pick=value", "member"),
        ("pick=id,at{name", "closing brace"),
        ("pick=id,at{{name}", "column 7"),
        ("pick=id,at{,name}", "column 7"),
        ("pick=id,at{}", "column 7"),
        ("pick=id}", "column 3"),
        ("pick=at{name}", "join"),
        ("omit=at{name}", "join"),
        ("pick=at{in{name}}&join=inline&joinLevel=1", "joinLevel"),
        ("omit=at{in{name}}&join=flat", "joinLevel"),
        ("pick=a{a{a{a{a{a{a{a{a{a{a{b}}}}}}}}}}}&join=flat&joinLevel=10", "10 links"),
        ("join=sideways", "inline"),
        ("join=inline&joinLevel=0", "joinLevel"),
        ("join=inline&joinLevel=11", "joinLevel"),
        ("join=inline&joinLevel=x", "joinLevel"),
        ("join=inline&containedBy=x", "containedBy"),
        ("datasetId=x", "datasetId"),
        ("datasetId=urn:d:1,", "datasetId"),
        ("lang=", "lang"),
        ("lang=d_e", "lang"),
        ("lang=de;q=2", "lang"),
    ],
)
async def test_a_selection_that_makes_no_sense_is_refused_and_says_where(client, room, path, query, words):
    response = await client.get(f"{path}{query}")

    assert response.status_code == 400
    assert problem_type(response) == "BadRequestData"
    assert words in response.json()["detail"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("datasets", "values"),
    [("@none", [20]), ("urn:d:1", [21]), ("urn:d:2,@none", [20, 22]), ("urn:d:9", [])],
)
async def test_instances_are_those_of_the_datasets(client, room, path, datasets, values):
    shown = (await get(client, f"{path}datasetId={datasets}")).get("heat", [])

    assert [instance["value"] for instance in (shown if isinstance(shown, list) else [shown])] == values


async def test_an_entity_without_instances_of_a_dataset_has_its_own_members_only(client, room):
    for query in ("datasetId=urn:d:9", "attrs=floor&datasetId=urn:d:9"):
        for path in PATHS:
            assert (await get(client, f"{path}{query}")).keys() == {"id", "type", "scope"}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("lang", "value", "shown"), [("de", "Saal", "de"), ("fr,EN;q=0.3", "Hall", "en-US")])
async def test_texts_are_in_the_language_that_is_asked_for(client, room, path, lang, value, shown):
    assert (await get(client, f"{path}lang={lang}"))["name"] == {"type": "Property", "value": value, "lang": shown}
    assert (await get(client, f"{path}lang={lang}&options=concise"))["name"] == {"value": value, "lang": shown}
    assert (await get(client, f"{path}lang={lang}&options=keyValues"))["name"] == value
