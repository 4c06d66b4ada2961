# SPDX-License-Identifier: EUPL-1.2
"""The map of Musterstadt: valid entities, names in both languages, and sensors where they belong."""

import math
from collections import Counter
from itertools import pairwise

import pytest

from allmende.launch.musterstadt.city import SENSORS
from allmende.launch.musterstadt.districts import DISTRICTS, RIVER
from allmende.launch.musterstadt.ground import Spot, to_area, to_coordinates, widen
from allmende.launch.musterstadt.names import to_english, to_name
from allmende.launch.musterstadt.outline import PLACES, ROADS
from allmende.launch.musterstadt.places import Place, to_entity
from broker.ngsi.contexts import CORE
from broker.ngsi.parsing import parse_entity
from tests.musterstadt.times import of_type, sensor


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.id)
def test_every_place_is_a_valid_entity_with_a_name_and_a_shape(place: Place) -> None:
    entity = to_entity(place)

    parsed = parse_entity(entity, CORE, nulls=True)

    assert len(parsed.attributes) == len(entity) - 2 >= 2
    assert "observedAt" not in str(entity)


def test_there_is_what_makes_a_town() -> None:
    kinds = Counter(place.type for place in PLACES)

    assert len({place.id for place in PLACES}) == len(PLACES)
    assert kinds["AdministrativeArea"] >= 8
    assert kinds["Road"] >= 10
    assert {"RiverBodyOfWater", "NationalRailwayLine", "Garden", "PointOfInterest"} <= set(kinds)


def test_names_are_in_both_languages_where_both_have_one() -> None:
    names = {place.slug: to_entity(place)["name"] for place in PLACES}

    assert names["altstadt"] == {"type": "LanguageProperty", "languageMap": {"de": "Altstadt", "en": "Old Town"}}
    assert names["kasseler-strasse"] == {"type": "Property", "value": "Kasseler Straße"}


@pytest.mark.parametrize(
    ("german", "english"),
    [
        ("Pegel Untere Schleuse", "River gauge Lower Lock"),
        ("Ladestation Ulmenweg", "Charging station Ulmenweg"),
        ("Steinerne Brücke", "Stone Bridge"),
        ("Lindenallee", None),
    ],
)
def test_names_of_sensors_are_translated_but_for_streets(german: str, english: str | None) -> None:
    assert to_english(german) == english
    assert to_name("Muster", "Muster")["type"] == "Property"


def test_districts_do_not_overlap() -> None:
    """No spot of a grid over the town lies in two of them."""
    grid = [(east, north) for east in range(-2700, 3000, 50) for north in range(-1400, 1900, 50)]

    often = [spot for spot in grid if sum(contains(district.spots, spot) for district in DISTRICTS) > 1]

    assert often == []


def test_most_sensors_lie_in_a_district() -> None:
    outside = [each.slug for each in SENSORS if not any(contains(one.spots, each.spot) for one in DISTRICTS)]

    assert outside == ["flugplatz", "klaerwerk", "obermuehle"]


@pytest.mark.parametrize("slug", ["steinerne-bruecke", "hafenbruecke"])
def test_bridges_lie_where_a_street_crosses_the_river(slug: str) -> None:
    bridge = sensor("TrafficFlowObserved", slug).spot

    assert distance(bridge, RIVER) < 5
    assert min(distance(bridge, road.spots) for road in ROADS) < 5


@pytest.mark.parametrize("gauge", of_type("WaterObserved"), ids=lambda gauge: gauge.slug)
def test_gauges_stand_in_the_river(gauge: object) -> None:
    assert distance(gauge.spot, RIVER) < 23


@pytest.mark.parametrize(
    "each",
    [*of_type("OffStreetParking"), *of_type("TrafficFlowObserved"), *of_type("EVChargingStation")],
    ids=lambda each: each.id,
)
def test_car_parks_counters_and_charging_stations_lie_near_streets(each: object) -> None:
    assert min(distance(each.spot, road.spots) for road in ROADS) < 165


@pytest.mark.parametrize("lamp", of_type("Streetlight"), ids=lambda lamp: lamp.slug)
def test_lamps_stand_at_their_streets(lamp: object) -> None:
    assert min(distance(lamp.spot, road.spots) for road in ROADS) < 70


def test_a_degree_of_longitude_is_shorter_than_one_of_latitude() -> None:
    here, east, north = (to_coordinates(spot) for spot in ((0, 0), (1112, 0), (0, 1112)))

    assert north[1] - here[1] == pytest.approx(0.01)
    assert east[0] - here[0] == pytest.approx(0.01 / math.cos(math.radians(51.138)), rel=1e-3)


@pytest.mark.parametrize("spots", [((0, 0), (9, 0), (9, 9)), ((9, 9), (9, 0), (0, 0))])
def test_a_ring_is_closed_and_runs_counterclockwise(spots: tuple[Spot, ...]) -> None:
    [ring] = to_area(spots)["coordinates"]

    assert ring[0] == ring[-1]
    assert sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise([(x - ring[0][0], y - ring[0][1]) for x, y in ring])) > 0


def test_a_line_is_widened_by_half_on_each_side() -> None:
    assert widen(((0, 0), (100, 0)), 40) == ((0, 20), (100, 20), (100, -20), (0, -20))


def contains(corners: tuple[Spot, ...], spot: Spot) -> bool:
    """Whether a spot lies within a ring, by the crossings of a ray eastward."""
    east, north = spot[0] + 0.37, spot[1] + 0.61
    crossings = [
        a[0] + (north - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
        for a, b in pairwise((*corners, corners[0]))
        if (a[1] > north) is not (b[1] > north)
    ]
    return sum(crossing > east for crossing in crossings) % 2 == 1


def distance(spot: Spot, line: tuple[Spot, ...]) -> float:
    """Metres between a spot and the nearest point of a line."""
    nearest = []
    for a, b in pairwise(line):
        along = ((spot[0] - a[0]) * (b[0] - a[0]) + (spot[1] - a[1]) * (b[1] - a[1])) / math.dist(a, b) ** 2
        share = max(0.0, min(1.0, along))
        nearest.append(math.dist(spot, (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]))))
    return min(nearest)
