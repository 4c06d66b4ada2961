# SPDX-License-Identifier: EUPL-1.2
"""Temporal queries find what was deleted, unless its history was."""

import pytest

from tests.web.temporal.asking import EVER, PATH, WINDOW, ask, at, ids

pytestmark = [pytest.mark.server, pytest.mark.storage]


async def test_a_deleted_entity_is_found_by_the_types_that_it_had(client):
    entity = {"id": "urn:d:1", "type": "Ship", "scope": "/Sea", "speed": at(1, 5)}
    assert (await client.post("entities", json=entity)).status_code == 201
    assert (await client.delete("entities/urn:d:1")).status_code == 204

    (past,) = (await ask(client, f"type=Ship&{WINDOW}")).json()
    (gone,) = (await ask(client, f"type=Ship&{EVER}&timeproperty=deletedAt&options=sysAttrs")).json()
    alone = (await client.get(f"{PATH}/urn:d:1")).json()

    assert (past["type"], [one["value"] for one in past["speed"]]) == ("Ship", [5])
    assert (gone["speed"][0]["value"], gone["scope"][0]["value"]) == ("urn:ngsi-ld:null", [])
    assert gone["deletedAt"]
    assert "createdAt" not in gone
    assert alone["type"] == "Ship"
    assert (await client.get("entities?type=Ship")).json() == []


async def test_an_entity_that_was_made_again_is_found_by_its_new_types_and_told_whole(client):
    for kind in ("Raft", "Boat"):
        entity = {"id": "urn:d:2", "type": kind, "speed": at(1 if kind == "Raft" else 2, kind)}
        assert (await client.post("entities", json=entity)).status_code == 201
        assert (await client.delete("entities/urn:d:2")).status_code == 204

    assert await ids(client, f"type=Raft&{WINDOW}") == []
    (found,) = (await ask(client, f"type=Boat&{WINDOW}")).json()
    assert [one["value"] for one in found["speed"]] == ["Raft", "Boat"]


async def test_of_an_evolution_that_was_deleted_nothing_is_found(client):
    entity = {"id": "urn:d:3", "type": "Kite", "scope": "/Sky", "speed": [at(1, 5)]}
    assert (await client.post(PATH, json=entity)).status_code == 201

    assert (await client.delete(f"{PATH}/urn:d:3")).status_code == 204

    assert await ids(client, f"type=Kite&{EVER}") == []
    assert (await client.get(f"{PATH}/urn:d:3")).status_code == 404
