# SPDX-License-Identifier: EUPL-1.2
"""The list of types over HTTP."""

import pytest

from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

LINK = {"link": '<https://example.org/city.jsonld>; rel="http://www.w3.org/ns/json-ld#context"'}


async def test_the_types_of_all_entities_are_listed_in_the_words_of_the_request(client):
    await client.post("entities", json={"id": "urn:a:1", "type": ["Car", "Taxi"]})
    await client.post("entities", json={"id": "urn:a:2", "type": "Car"})
    await client.post("entities", json={"id": "urn:a:3", "type": "Room"}, headers=LINK)

    without = (await client.get("types")).json()
    with_context = (await client.get("types", headers=LINK)).json()

    assert without["type"] == "EntityTypeList"
    assert without["id"].startswith("urn:ngsi-ld:EntityTypeList:")
    assert without["typeList"] == ["Car", "Taxi", "https://example.org/city#Room"]
    assert with_context["typeList"] == ["Car", "Room", "Taxi"]


async def test_a_type_without_entities_is_listed_no_more(client):
    await client.post("entities", json={"id": "urn:a:1", "type": "Car"})
    await client.delete("entities/urn:a:1")

    assert (await client.get("types")).json()["typeList"] == []


async def test_details_of_types_are_not_supported_yet_and_it_says_so(client):
    response = await client.get("types?details=true")

    assert response.status_code == 422
    assert problem_type(response) == "OperationNotSupported"
