# SPDX-License-Identifier: EUPL-1.2
"""The shipped connectors give what real answers of municipal feeds say; the values were read from the files by hand."""

import json
from collections.abc import Iterator
from math import cos, hypot, radians
from pathlib import Path
from typing import Any

import pytest

from connectors.declarative.connector import Declared, find_file, open_connector
from connectors.declarative.fixtures import open_tested
from connectors.declarative.loading import load_connector
from tests.connectors.feed_values import GOLDEN
from tests.connectors.writing import declare, map_all

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
    # One of the 17 records says that no numbers have come.
    "basel-parking": ("basel.json", 16),
    "freiburg-parking": ("freiburg.json", 19),
    "freiburg-p-r": ("freiburg_p_r_sensors.json", 5),
    "freiburg-p-r-sites": ("freiburg_p_r_static.json", 15),
    "heidelberg-parking": ("heidelberg.json", 25),
    "karlsruhe-parking": ("karlsruhe.json", 90),
    "kienzler-boxes": ("kienzler.json", 5),
    "konstanz-parking": ("konstanz.json", 11),
    # Four of the 101 objects are in Tübingen.
    "pbw-parking": ("pbw/object-dynamic-all.json", 4),
}
LOOKUPS = {"pbw-parking": {"objects": "pbw/object-by-city-11.json"}}
# Areas of Esslingen without corners, and car parks of Heidelberg that have numbers only.
WITHOUT_PLACE = {"esslingen-parking": 6, "heidelberg-parking": 3}


@pytest.fixture
def entities(request: pytest.FixtureRequest, shared: Path, tmp_path: Path) -> dict[str, Entity]:
    """The entities of a feed by the last part of their ids."""
    name: str = request.param
    mapped = map_all(open_feed(name, shared / "data/feeds", tmp_path))
    assert [problem for answer in mapped for problem in answer.problems] == []
    given = [entity for answer in mapped for entity in answer.entities]
    named = {entity["id"].rsplit(":", 1)[1]: entity for entity in given}
    assert len(given) == len(named) == FEEDS[name][1]
    return named


def open_feed(name: str, feeds: Path, folder: Path) -> Declared:
    """Open a shipped connector on the answers of its feed: in a folder of their own, or in the place of its address."""
    pattern = FEEDS[name][0]
    if load_connector(find_file(name), environment={}, strict=False).connector.source.type == "http":
        lookup = {table: str(feeds / file) for table, file in LOOKUPS.get(name, {}).items()}
        return open_tested(find_file(name), str(feeds / pattern), lookup=lookup)
    for file in sorted(feeds.glob(pattern)):
        (folder / file.name).symlink_to(file)
    return open_connector(find_file(name), environment={f"{name.upper().replace('-', '_')}_PATH": str(folder)})


@pytest.mark.parametrize(("entities", "name"), [(name, name) for name in FEEDS], indirect=["entities"])
def test_a_feed_gives_what_its_answer_says(entities: dict[str, Entity], name: str) -> None:
    for key, (values, time, place) in GOLDEN[name].items():
        entity = entities[key]
        assert {attribute: value_of(entity, attribute) for attribute in values} == values
        assert entity.get("availableSpotNumber", entity.get("status", {})).get("observedAt") == time
        assert ("location" in entity) == (place is not None)
        if place:
            assert distance_m(next(positions(entity["location"]["value"]["coordinates"])), place) < 1


@pytest.mark.parametrize(("entities", "name"), [(name, name) for name in FEEDS], indirect=["entities"])
def test_every_place_lies_in_the_region_of_the_feeds(entities: dict[str, Entity], name: str) -> None:
    places = [p for e in entities.values() if "location" in e for p in positions(e["location"]["value"]["coordinates"])]

    assert sum("location" not in entity for entity in entities.values()) == WITHOUT_PLACE.get(name, 0)
    assert all(6 < longitude < 10.2 and 47.5 < latitude < 52.2 for longitude, latitude in places)


@pytest.mark.parametrize("entities", FEEDS, indirect=True)
def test_numbers_of_spots_and_heights_have_units(entities: dict[str, Entity]) -> None:
    units = {
        (name, attribute.get("unitCode"))
        for entity in entities.values()
        for name, attribute in entity.items()
        if name.endswith("Number") or name.startswith("maximum")
    }

    assert units
    assert {unit for name, unit in units if name.endswith("Number")} == {"C62"}
    assert {unit for name, unit in units if name.startswith("maximum")} <= {"MTR"}


def test_the_catalogue_of_cities_counts_the_objects_of_the_feed(shared: Path, tmp_path: Path) -> None:
    feeds = shared / "data/feeds/pbw"
    catalogue = declare(
        tmp_path,
        f"""
        source: {{type: file, path: {feeds}/catalog-city.json}}
        records: "*"
        entity: {{type: City, id: id, attributes: {{name: $trim(name), objects: $number(count_objects)}}}}
        """,
    )

    cities = {e["id"].rsplit(":", 1)[1]: e for answer in map_all(catalogue) for e in answer.entities}

    assert len(cities) == 23
    assert {key: (cities[key]["name"]["value"], cities[key]["objects"]["value"]) for key in ("10", "11", "49")} == {
        "10": ("Stuttgart", 31), "11": ("Tübingen", FEEDS["pbw-parking"][1]), "49": ("Villingen-Schwenningen", 1),
    }  # fmt: skip
    everywhere = json.loads((feeds / "object-dynamic-all.json").read_bytes())
    assert sum(city["objects"]["value"] for city in cities.values()) == len(everywhere) == 101


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
