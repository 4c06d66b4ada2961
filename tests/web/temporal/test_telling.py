# SPDX-License-Identifier: EUPL-1.2
"""What an answer to a temporal query tells of history, and in which form."""

import pytest

from tests.web.temporal.asking import DATASET, EVER, WINDOW, ask

pytestmark = [pytest.mark.server, pytest.mark.storage]


async def test_scopes_are_told_as_instances_from_those_that_held_when_the_time_began(client):
    (found,) = (await ask(client, f"local=true&id=urn:b:scoped&{WINDOW}&options=sysAttrs")).json()

    assert [(one["type"], one["value"], one["observedAt"]) for one in found["scope"]] == [
        ("Property", "/R", "2026-03-01T10:00:00Z"),
        ("Property", ["/S", "/T/U"], "2026-03-01T12:30:00Z"),
    ]
    assert set(found["scope"][0]) == {"type", "value", "observedAt", "createdAt", "modifiedAt", "instanceId"}
    assert (await client.get("entities/urn:b:scoped")).json()["scope"] == ["/S", "/T/U"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"id", "type", "speed", "heading", "name", "location"}),
        ("&attrs=speed,heading", {"id", "type", "speed", "heading"}),
        ("&pick=id,speed", {"id", "speed"}),
        ("&pick=speed", {"speed"}),
        ("&omit=speed,name,type", {"id", "heading", "location"}),
        (f"&datasetId={DATASET},@none&pick=type,heading", {"type", "heading"}),
    ],
)
async def test_an_answer_holds_the_part_that_is_asked_for(client, query, expected):
    found = (await ask(client, f"type=Car&idPattern=fast{query}&{WINDOW}")).json()

    assert [set(one) for one in found] == [expected]


async def test_an_entity_of_which_nothing_is_picked_is_left_out(client):
    found = (await ask(client, f"type=Car&pick=heading&{WINDOW}")).json()

    assert [[one["value"] for one in entity["heading"]] for entity in found] == [[45]]


async def test_only_instances_of_the_time_are_told_in_ascending_order(client):
    fast, slow = (await ask(client, f"type=Car&attrs=speed&{WINDOW}")).json()

    assert [(one["value"], one["observedAt"][11:16]) for one in fast["speed"]] == [(30, "12:00"), (50, "12:10")]
    assert [(one["value"], one.get("datasetId")) for one in slow["speed"]] == [(10, None), (12, DATASET)]
    assert all(one["instanceId"].startswith("urn:") for one in fast["speed"])


async def test_the_last_n_of_each_attribute_are_told_in_ascending_order(client):
    fast, slow = (await ask(client, f"type=Car&attrs=speed&{EVER}&lastN=2")).json()[:2]

    assert [one["value"] for one in fast["speed"]] == [30, 50]
    assert sorted(one["value"] for one in slow["speed"]) == [10, 12]


async def test_values_stand_in_pairs_with_their_times_and_nothing_else(client):
    found = (await ask(client, f"type=Car&format=temporalValues&options=aggregatedValues&{WINDOW}")).json()

    assert found[0]["speed"] == {
        "type": "Property",
        "values": [[30, "2026-03-01T12:00:00Z"], [50, "2026-03-01T12:10:00Z"]],
    }
    assert found[0]["name"] == {
        "type": "LanguageProperty",
        "languageMaps": [[{"languageMap": {"de": "Blitz", "en": "Flash"}}, "2026-03-01T12:05:00Z"]],
    }
    assert found[1]["speed"] == [
        {"type": "Property", "values": [[10, "2026-03-01T12:00:00Z"]]},
        {"type": "Property", "datasetId": DATASET, "values": [[12, "2026-03-01T12:00:00Z"]]},
    ]
    assert found[1]["depot"] == {"type": "Relationship", "objects": [["urn:a:garage", "2026-03-01T12:00:00Z"]]}


async def test_texts_are_told_in_the_language_that_is_asked_for(client):
    (found,) = (await ask(client, f"attrs=name&lang=en&{WINDOW}")).json()
    (pairs,) = (await ask(client, f"attrs=name&lang=en&options=temporalValues&{WINDOW}")).json()

    assert (found["name"][0]["type"], found["name"][0]["value"], found["name"][0]["lang"]) == (
        "Property",
        "Flash",
        "en",
    )
    assert pairs["name"] == {"type": "Property", "values": [["Flash", "2026-03-01T12:05:00Z"]]}


async def test_system_attributes_of_entities_and_instances_are_told_when_asked_for(client):
    (plain,) = (await ask(client, f"attrs=heading&{WINDOW}")).json()
    (found,) = (await ask(client, f"attrs=heading&options=sysAttrs,concise&{WINDOW}")).json()

    assert {"createdAt", "modifiedAt"}.isdisjoint(plain.keys() | plain["heading"][0].keys())
    assert {"createdAt", "modifiedAt"} <= found.keys() & found["heading"][0].keys()
    assert "type" not in found["heading"][0]


async def test_media_types_are_json_and_json_ld_with_the_context_where_each_has_it(client):
    plain = await ask(client, f"attrs=heading&{WINDOW}")
    linked = await ask(client, f"attrs=heading&{WINDOW}", headers={"accept": "application/ld+json"})
    await ask(client, f"attrs=heading&{WINDOW}", 406, headers={"accept": "application/geo+json"})

    assert plain.headers["content-type"] == "application/json"
    assert "@context" not in plain.json()[0]
    assert "json-ld#context" in plain.headers["link"]
    assert "@context" in linked.json()[0]
