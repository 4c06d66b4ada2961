# SPDX-License-Identifier: EUPL-1.2
"""The header Prefer: how it is read, and entities for readers of earlier versions."""

from time import process_time

import pytest

from broker.web.preferences import parse_preferences

ROOM = {
    "id": "urn:a:1",
    "type": "Room",
    "status": {"type": "VocabProperty", "vocab": "open"},
    "heat": {"type": "Property", "value": 20, "unitCode": "CEL"},
}


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", {}),
        ("ngsi-ld=1.5", {"ngsi-ld": "1.5"}),
        ('NGSI-LD="1.5"', {"ngsi-ld": "1.5"}),
        ("respond-async, ngsi-ld = 1.5;q=0.1; x, wait=10", {"respond-async": "", "ngsi-ld": "1.5", "wait": "10"}),
        ('a="x, ngsi-ld=1.1; y\\"", ngsi-ld=1.5', {"a": 'x, ngsi-ld=1.1; y"', "ngsi-ld": "1.5"}),
        ("ngsi-ld=1.5, ngsi-ld=1.6", {"ngsi-ld": "1.5"}),
        (",;=,,", {}),
        ('ngsi-ld=1.5, a="x, b=1', {"ngsi-ld": "1.5", "a": ""}),
        ('a="x\\', {"a": ""}),
    ],
)
def test_preferences_are_read_by_name(header, found):
    assert parse_preferences(header) == found


def test_a_long_header_of_quotes_without_an_end_is_read_at_once():
    begun = process_time()

    assert parse_preferences('"' + '\\"' * 30_000) == {}

    assert process_time() - begun < 0.5


@pytest.fixture
async def room(client):
    assert (await client.post("entities", json=ROOM)).status_code == 201


@pytest.mark.server
@pytest.mark.storage
@pytest.mark.parametrize("path", ["entities/urn:a:1", "entities?type=Room"])
@pytest.mark.parametrize(
    ("prefer", "applied", "status", "kind"),
    [
        ("ngsi-ld=1.5", "ngsi-ld=1.5", 203, "Property"),
        ('wait=5, Ngsi-LD="1.7";q=1', "ngsi-ld=1.7", 203, "Property"),
        ("ngsi-ld=1.8", "ngsi-ld=1.8", 200, "VocabProperty"),
        ("ngsi-ld=1.9", "ngsi-ld=1.9", 200, "VocabProperty"),
        ("ngsi-ld=2.4", "ngsi-ld=1.9", 200, "VocabProperty"),
        ("ngsi-ld=latest", None, 200, "VocabProperty"),
        ("respond-async", None, 200, "VocabProperty"),
    ],
)
async def test_entities_are_rewritten_for_readers_of_earlier_versions(
    client, room, path, prefer, applied, status, kind
):
    response = await client.get(path, headers={"prefer": prefer})

    body = response.json()
    entity = body[0] if isinstance(body, list) else body
    assert response.status_code == status
    assert response.headers.get("preference-applied") == applied
    assert entity["status"] == {"type": kind, "value" if kind == "Property" else "vocab": "open"}
    assert entity["heat"] == ROOM["heat"]


@pytest.mark.server
@pytest.mark.storage
async def test_what_need_not_be_rewritten_is_the_broker_s_own_answer(client, room):
    response = await client.get("entities/urn:a:1?attrs=heat", headers={"prefer": "ngsi-ld=1.5"})

    assert response.status_code == 200
    assert response.headers["preference-applied"] == "ngsi-ld=1.5"


@pytest.mark.server
@pytest.mark.storage
async def test_what_is_not_shown_anyhow_is_not_rewritten(client):
    await client.post("entities", json={"id": "urn:a:1", "type": "Room", "expiresAt": "2036-01-01T00:00:00Z"})

    hidden = await client.get("entities/urn:a:1", headers={"prefer": "ngsi-ld=1.8"})
    shown = await client.get("entities/urn:a:1?options=sysAttrs", headers={"prefer": "ngsi-ld=1.8"})

    assert (hidden.status_code, shown.status_code) == (200, 203)
    assert "expiresAt" not in shown.json()


WHEN = "timerel=after&timeAt=2020-01-01T00:00:00Z&timeproperty=modifiedAt"


@pytest.mark.server
@pytest.mark.storage
@pytest.mark.parametrize("path", ["temporal/entities/urn:a:1?", "temporal/entities?type=Room&"])
@pytest.mark.parametrize(("form", "member"), [("normalized", "value"), ("temporalValues", "values")])
async def test_histories_are_rewritten_for_readers_of_earlier_versions(client, room, path, form, member):
    rewritten = await client.get(f"{path}format={form}&{WHEN}", headers={"prefer": "ngsi-ld=1.7"})
    current = await client.get(f"{path}format={form}&{WHEN}", headers={"prefer": "ngsi-ld=1.9"})

    body = rewritten.json()
    status = (body[0] if isinstance(body, list) else body)["status"]
    instance = status[0] if isinstance(status, list) else status
    assert (rewritten.status_code, rewritten.headers["preference-applied"]) == (203, "ngsi-ld=1.7")
    assert (current.status_code, current.headers["preference-applied"]) == (200, "ngsi-ld=1.9")
    assert instance["type"] == "Property"
    assert "open" in str(instance[member])
    assert "VocabProperty" in current.text


@pytest.mark.server
@pytest.mark.storage
async def test_what_is_summed_up_says_which_version_it_conforms_to(client, room):
    query = f"temporal/entities/urn:a:1?aggrMethods=totalCount&format=aggregatedValues&{WHEN}"

    response = await client.get(query, headers={"prefer": "ngsi-ld=1.5"})

    assert (response.status_code, response.headers["preference-applied"]) == (200, "ngsi-ld=1.5")
