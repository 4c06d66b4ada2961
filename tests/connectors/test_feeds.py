# SPDX-License-Identifier: EUPL-1.2
"""The shipped connectors give what real answers of municipal feeds say; the values were read from the files by hand."""

from collections.abc import Iterator
from math import cos, hypot, radians
from pathlib import Path
from typing import Any

import pytest

from connectors.declarative.connector import find_file, open_connector
from tests.connectors.writing import map_all

Entity = dict[str, Any]
DEGREE_M = 111_320

FEEDS = {
    "aachen-parking": ("aachen-*.xml", 17),
    "stuttgart-parking": ("stuttgart-*.xml", 49),
    "goldbeck-parking": ("goldbeck.xlsx", 11),
    "vrs-p-r": ("vrs_p_r.xlsx", 221),
    "bielefeld-parking": ("bielefeld.csv", 853),
    "reutlingen-parking": ("reutlingen.csv", 114),
    # One of the 250 areas is no parking place.
    "esslingen-parking": ("esslingen.geojson", 249),
}

# By connector and id: values, the time of the reading, and the place (the first corner of an area).
GOLDEN: dict[str, dict[str, tuple[dict[str, Any], str | None, tuple[float, float] | None]]] = {
    "aachen-parking": {
        "P1": (
            {"availableSpotNumber": 412, "totalSpotNumber": 560, "name": "P01-Eurogress", "status": ["open", "spacesAvailable"]},
            "2025-02-07T19:05:34.176000Z",
            (6.0927987, 50.780552),
        ),
        "P6": (
            {"availableSpotNumber": 624, "totalSpotNumber": 999, "name": "P06-Galeria Kaufhof"},
            "2025-02-07T19:08:28.862000Z",
            (6.09006, 50.77298),
        ),
        "P17": (
            {"availableSpotNumber": 429, "totalSpotNumber": None, "name": "P17-EBV Carre"},
            "2025-02-07T18:56:15.338000Z",
            (6.092144, 50.77732),
        ),
    },
    "stuttgart-parking": {
        "12717289": (
            {"availableSpotNumber": 245, "totalSpotNumber": 564, "name": "Österreichischer Platz"},
            "2022-02-11T13:16:01Z",
            (9.17371, 48.770046),
        ),
        "12717253": (
            {"availableSpotNumber": 457, "totalSpotNumber": 427, "status": ["closed", "spacesAvailable"]},
            "2023-10-07T01:45:08Z",
            (9.180177, 48.782109),
        ),
        # Alone in degrees.
        "78241093": ({"availableSpotNumber": 21, "name": "Neue Brücke"}, "2023-09-23T16:06:00Z", (9.175955, 48.775013)),
        "78319431": (
            {"availableSpotNumber": None, "status": ["statusUnknown"], "name": "Am Bollwerk"},
            "2023-10-07T01:45:31.582000Z",
            (9.167501, 48.777108),
        ),
    },
    "goldbeck-parking": {
        "3": (
            {
                "totalSpotNumber": 637,
                "name": "Klinik Plattenwald",
                "address": {"streetAddress": "Am Plattenwald 1, 74177 Bad Friedrichshall"},
            },
            None,
            (9.2360278, 49.2114444),
        ),
        "94": ({"totalSpotNumber": 304, "name": "Cityparkhaus am Bollwerksturm"}, None, (9.2161111, 49.1463611)),
        "144": ({"totalSpotNumber": 600, "name": "Weil am Rhein"}, None, (7.5966944, 47.5914167)),
    },
    "vrs-p-r": {
        "1003": ({"totalSpotNumber": 314, "name": "Sommerrain"}, None, (9.250154, 48.814897)),
        "1007": ({"totalSpotNumber": 224, "name": "Backnang Parkhaus"}, None, (9.42482, 48.942852)),
        "99998": ({"totalSpotNumber": 108}, None, (9.064014, 48.823796)),
    },
    "bielefeld-parking": {
        "620-1": (
            {"availableSpotNumber": None, "status": None, "totalSpotNumber": None, "name": "Parkplatz"},
            None,
            (8.5374366, 52.0341519),
        ),
        "660-1": (
            {"availableSpotNumber": 203, "totalSpotNumber": 383, "status": ["spacesAvailable"]},
            "2026-02-06T07:35:00Z",
            (8.538249, 52.0242104),
        ),
        "660-3": (
            {"availableSpotNumber": 0, "totalSpotNumber": 456, "status": ["closed"], "name": "Parkhaus Ritterstraße"},
            "2026-02-06T07:35:00Z",
            (8.5292214, 52.0219371),
        ),
    },
    "reutlingen-parking": {
        "76997": ({"totalSpotNumber": 110, "name": "Dietweg"}, None, (9.1992897, 48.5124082)),
        "174": ({"totalSpotNumber": 550, "name": "L 383 / Alteburgstraße"}, None, (9.1881138, 48.4803524)),
        "585": ({"totalSpotNumber": None, "name": "Rommelsbacher Straße"}, None, (9.2053961, 48.5030746)),
    },
    "esslingen-parking": {
        "1": (
            {"type": "OnStreetParking", "totalSpotNumber": 2, "description": "Parkplatz für die Öffentlichkeit mit Parkschein"},
            None,
            (9.306035, 48.742381),
        ),
        "14": ({"type": "OffStreetParking", "totalSpotNumber": 355}, None, (9.309158, 48.739397)),
        "93": ({"type": "OnStreetParking", "totalSpotNumber": 1, "description": None}, None, None),
    },
}  # fmt: skip


@pytest.fixture
def entities(request: pytest.FixtureRequest, shared: Path, tmp_path: Path) -> dict[str, Entity]:
    """The entities of a feed by the last part of their ids."""
    name: str = request.param
    for file in sorted((shared / "data/feeds").glob(FEEDS[name][0])):
        (tmp_path / file.name).symlink_to(file)
    connector = open_connector(find_file(name), environment={f"{name.upper().replace('-', '_')}_PATH": str(tmp_path)})
    mapped = map_all(connector)
    assert [problem for answer in mapped for problem in answer.problems] == []
    given = [entity for answer in mapped for entity in answer.entities]
    named = {entity["id"].rsplit(":", 1)[1]: entity for entity in given}
    assert len(given) == len(named) == FEEDS[name][1]
    return named


@pytest.mark.parametrize(("entities", "name"), [(name, name) for name in FEEDS], indirect=["entities"])
def test_a_feed_gives_what_its_answer_says(entities: dict[str, Entity], name: str) -> None:
    for key, (values, time, place) in GOLDEN[name].items():
        entity = entities[key]
        assert {attribute: value_of(entity, attribute) for attribute in values} == values
        assert entity.get("availableSpotNumber", entity.get("status", {})).get("observedAt") == time
        assert ("location" in entity) == (place is not None)
        if place:
            assert distance_m(next(positions(entity["location"]["value"]["coordinates"])), place) < 1


@pytest.mark.parametrize("entities", FEEDS, indirect=True)
def test_every_place_lies_in_the_region_of_the_feeds(entities: dict[str, Entity]) -> None:
    places = [p for e in entities.values() if "location" in e for p in positions(e["location"]["value"]["coordinates"])]

    # Six areas of Esslingen have no corners.
    assert sum("location" not in entity for entity in entities.values()) in {0, 6}
    assert all(6 < longitude < 10.2 and 47.5 < latitude < 52.2 for longitude, latitude in places)


def value_of(entity: Entity, attribute: str) -> Any:
    given = entity.get(attribute)
    return given["value"] if isinstance(given, dict) else given


def positions(coordinates: Any) -> Iterator[list[float]]:
    if isinstance(coordinates[0], list):
        for inner in coordinates:
            yield from positions(inner)
    else:
        yield coordinates


def distance_m(one: list[float], other: tuple[float, float]) -> float:
    east = (one[0] - other[0]) * cos(radians(other[1]))
    return hypot(east, one[1] - other[1]) * DEGREE_M
