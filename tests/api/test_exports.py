# SPDX-License-Identifier: EUPL-1.2
"""Tables and features of all entities of a type."""

import csv
import io
import json
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.exports import DIALECTS, to_cell, to_feature, to_row, to_table, write_csv, write_geojson
from broker.ngsi.contexts import CORE
from broker.ngsi.entities import State
from broker.ngsi.parsing import parse_entity
from broker.ngsi.surveys import Surveyed, united

PLAIN, EXCEL = DIALECTS[""], DIALECTS["excel-de"]
TIME = "2026-06-01T12:00:00.000000Z"
SHAPE = {"type": "Polygon", "coordinates": [[[7, 51], [8, 51], [8, 52], [7, 51]]]}
ENTITIES = [
    {
        "id": "urn:p:1",
        "type": "Parking",
        "name": {"languageMap": {"de": 'Am Markt; "Süd"', "en": "Market"}},
        "free": {"value": 7.5, "unitCode": "C62", "observedAt": "2026-06-01T12:00:00Z"},
        "used": {"value": 3, "observedAt": "2026-06-01T12:00:00.5Z"},
        "location": {"type": "Point", "coordinates": [7.25, 51.5]},
    },
    {
        "id": "urn:p:2",
        "type": ["Parking", "Thing"],
        "free": {"value": -2, "unitCode": "P1"},
        "note": "=1+1",
        "owner": {"object": ["urn:a:1", "urn:a:2"]},
        "open": True,
        "hours": {"value": {"mo": [8, 18]}},
        "status": {"type": "VocabProperty", "vocab": "Closed"},
        "location": SHAPE,
    },
    {"id": "urn:p:3", "type": "Parking", "label": "two\r\nlines"},
]


def to_state(document) -> State:
    entity = parse_entity(document, CORE)
    return State(entity.id, entity.types, entity.attributes, [], TIME, TIME)


STATES = [to_state(document) for document in ENTITIES]


def survey_of(states: Sequence[State]) -> list[Surveyed]:
    """What the database's survey tells, told by the states."""
    return united(
        [
            Surveyed(
                iri,
                1,
                instances[0].get("unitCode", ""),
                instances[0].get("unitCode", ""),
                "observedAt" in instances[0],
                instances[0]["type"] == "GeoProperty",
            )
            for iri, instances in state.attributes.items()
        ]
        for state in states
    )


async def pages(*given: Sequence[State]) -> AsyncIterator[Sequence[State]]:
    for page in given:
        yield page


async def table_of(dialect, *given: Sequence[State]) -> tuple[bytes, list[dict[str, str]]]:
    table = to_table(survey_of([state for page in given for state in page]))
    written = b"".join([part async for part in write_csv(pages(*given), table, dialect=dialect, language="de")])
    text = io.StringIO(written.decode("utf-8-sig"), newline="")
    return written, list(csv.DictReader(text, delimiter=dialect.delimiter, strict=True))


async def test_a_table_has_a_line_for_each_entity_and_its_columns_in_order():
    written, rows = await table_of(PLAIN, STATES[:2], STATES[2:])

    assert list(rows[0])[:6] == ["id", "type", "label", "observedAt", "free", "free.unit"]
    assert list(rows[0])[-2:] == ["longitude", "latitude"]
    assert [row["id"] for row in rows] == ["urn:p:1", "urn:p:2", "urn:p:3"]
    assert [row["label"] for row in rows] == ['Am Markt; "Süd"', "2", "3"]
    assert [row["type"] for row in rows] == ["Parking", "Parking Thing", "Parking"]
    assert [row["observedAt"] for row in rows] == ["2026-06-01T12:00:00.5Z", "", ""]
    assert [(row["free"], row["free.unit"]) for row in rows] == [("7.5", "C62"), ("-2", "P1"), ("", "")]
    assert "used.unit" not in rows[0]
    assert [(row["longitude"], row["latitude"]) for row in rows] == [("7.25", "51.5"), ("7.5", "51.5"), ("", "")]
    assert b"\r\n" in written
    assert not written.startswith(b"\xef\xbb\xbf")


async def test_values_are_told_as_people_read_them():
    _, (_, row, last) = await table_of(PLAIN, STATES)

    assert (row["open"], row["owner"], row["status"]) == ("true", "urn:a:1 urn:a:2", "Closed")
    assert json.loads(row["hours"]) == {"mo": [8, 18]}
    assert last["https://uri.etsi.org/ngsi-ld/default-context/label"] == "two\r\nlines"


async def test_a_german_spreadsheet_gets_its_own_signs():
    written, rows = await table_of(EXCEL, STATES)

    assert written.startswith(b"\xef\xbb\xbfid;type;label;")
    assert (rows[0]["free"], rows[0]["label"], rows[1]["longitude"]) == ("7,5", 'Am Markt; "Süd"', "7,5")


async def test_a_table_of_nothing_has_its_first_line():
    written, rows = await table_of(PLAIN)

    assert (written, rows) == (b"id,type,label\r\n", [])


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "＝1"])
def test_a_text_is_never_a_formula(text):
    assert to_cell({"type": "Property", "value": text}, PLAIN, "de") == "'" + text


@given(st.text(max_size=30), st.sampled_from([PLAIN, EXCEL]))
async def test_any_text_comes_back_as_it_was(text, dialect):
    state = State("urn:p:1", ["urn:t"], {"urn:x:text": [{"type": "Property", "value": text or "x"}]}, [], TIME, TIME)

    _, (row,) = await table_of(dialect, [state])

    assert row["urn:x:text"].removeprefix("'") == (text or "x").removeprefix("'")


def test_a_place_that_was_something_else_is_no_text():
    survey = [Surveyed("urn:x:at", 2, "", "", False, False)]
    state = State("urn:p:1", ["urn:t"], {"urn:x:at": [{"type": "GeoProperty", "value": SHAPE}]}, [], TIME, TIME)

    assert to_row(state, to_table(survey), PLAIN, "de")[-1] == ""


async def test_features_have_their_places_and_what_they_say():
    parts = [part async for part in write_geojson(pages(STATES[:2], STATES[2:]), language="en")]
    told = json.loads(b"".join(parts))

    assert told["type"] == "FeatureCollection"
    assert [feature["id"] for feature in told["features"]] == ["urn:p:1", "urn:p:2", "urn:p:3"]
    assert [feature["geometry"] for feature in told["features"]] == [
        {"type": "Point", "coordinates": [7.25, 51.5]},
        SHAPE,
        None,
    ]
    first, second, third = (feature["properties"] for feature in told["features"])
    assert (first["label"], first["type"], first["free"]) == ("Market", "Parking", 7.5)
    assert "location" not in first
    assert second["owner"] == ["urn:a:1", "urn:a:2"]
    assert third["https://uri.etsi.org/ngsi-ld/default-context/label"] == "two\r\nlines"


async def test_no_features_are_a_collection_as_well():
    assert json.loads(b"".join([part async for part in write_geojson(pages(), language="en")]))["features"] == []


def test_a_second_place_stays_a_property():
    state = to_state({**ENTITIES[0], "operationSpace": SHAPE})

    assert to_feature(state, "de")["properties"]["operationSpace"] == SHAPE
