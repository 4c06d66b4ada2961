# SPDX-License-Identifier: EUPL-1.2
"""`new` on many types: on records in the shape of public feeds, and beside what the shipped connectors give."""

import json
from pathlib import Path

import pytest

from connectors.catalogue.models import require_model
from connectors.declarative.connector import find_file
from connectors.declarative.fixtures import open_tested
from connectors.proposing.leftovers import propose_for
from connectors.proposing.sampling import take_sample
from connectors.proposing.scaffolding import Made, make_folder, name_of, suggest_types
from connectors.testing import GOLDEN, run_tests
from tests.connectors.test_new_feeds import Entity, attributes, equal
from tests.connectors.type_feeds import FEEDS
from tests.connectors.writing import map_all

# By shipped connector and fixture: how many of the golden entity's attributes come without a hand, of how many.
# What is missing comes of lookups, of sums over lists, or of words of the source's own.
SHIPPED = {
    ("bright-sky-weather", "current_weather.json", "WeatherObserved"): (7, 13),
    ("bright-sky-forecast", "weather.json", "WeatherForecast"): (7, 11),
    ("pegelonline", "stations.json", "WaterObserved"): (4, 6),
    ("opensensemap", "boxes.json", "AirQualityObserved"): (4, 5),
    ("opensensemap", "boxes.json", "WeatherObserved"): (5, 6),
    ("sensor-community", "area.json", "NoiseLevelObserved"): (3, 3),
    ("sensor-community", "area.json", "WeatherObserved"): (3, 4),
    ("gbfs-2", "station_status.json", "BikeHireDockingStation"): (2, 8),
    ("ocpi-locations", "locations.json", "EVChargingStation"): (3, 10),
    ("parkapi-v3", "parking-sites.json", "OnStreetParking"): (3, 3),
    ("parkapi-v3", "parking-sites.json", "OffStreetParking"): (5, 8),
}


def make(origin: str, content: bytes, type_name: str, folder: Path) -> tuple[Made, list[Entity]]:
    """Make a connector, run its test, and give what becomes of the fixture."""
    sample = take_sample(origin, content)
    proposal = propose_for(sample, require_model(type_name))
    made = make_folder(sample, proposal, name=name_of(origin), out=folder, force=False)
    path = folder / "connector.yaml"
    assert [str(failure) for failure in run_tests(path).failures] == []
    return made, [entity for mapped in map_all(open_tested(path, f"fixture/{origin}")) for entity in mapped.entities]


@pytest.mark.parametrize("name", FEEDS)
def test_what_a_feed_says_of_its_type_comes_by_itself(tmp_path: Path, name: str) -> None:
    feed = FEEDS[name]

    _, entities = make(name, feed.content, feed.type, tmp_path)

    first = entities[0]
    found = {key: first[key]["value"] for key in feed.values if key in first}
    found |= {key: value["coordinates"] for key, value in found.items() if key == "location"}
    assert found == feed.values
    assert {key: first[key].get("unitCode") for key in feed.units} == feed.units
    measured = next(iter(feed.values))
    assert first[measured].get("observedAt") == feed.time
    assert all("observedAt" not in first[key] for key in ("name", "location", "address") if key in first)


# Of a temperature and a pressure alone, nobody can tell who measures them.
@pytest.mark.parametrize("name", sorted(FEEDS.keys() - {"boxes.json"}))
def test_its_type_is_among_those_that_are_named_where_none_is_given(name: str) -> None:
    feed = FEEDS[name]

    best = [proposal.model.name for proposal in suggest_types(take_sample(name, feed.content))]

    assert feed.type in best
    assert "Forecast" not in best[0]


@pytest.mark.parametrize(("name", "fixture", "type_name"), SHIPPED)
def test_much_of_what_a_shipped_connector_gives_comes_by_itself(
    tmp_path: Path, name: str, fixture: str, type_name: str
) -> None:
    least, whole = SHIPPED[name, fixture, type_name]
    folder = find_file(name).parent
    golden = json.loads((folder / GOLDEN / f"{fixture}.json").read_text(encoding="utf-8"))
    wanted = next(entity for entity in golden if entity["type"] == type_name)

    _, entities = make(fixture, (folder / "fixture" / fixture).read_bytes(), type_name, tmp_path)

    same = [{key for key in attributes(wanted) if equal(wanted[key], made.get(key))} for made in entities]
    assert len(attributes(wanted)) == whole
    assert max(map(len, same)) >= least, max(same, key=len)


def test_what_only_a_forecast_says_is_not_taken_for_what_is_measured(tmp_path: Path) -> None:
    made, _ = make("weather.json", FEEDS["weather.json"].content, "WeatherObserved", tmp_path)

    assert not [name for name in (*made.scores, *made.todo) if "Forecast" in name]


def test_a_unit_that_differs_or_is_not_known_is_not_taken_for_that_of_the_model(tmp_path: Path) -> None:
    rows = [{"id": n, "waterLevel": {"value": n, "unit": unit}} for n, unit in enumerate(["cm", "m ü. NHN\n"])]

    _, entities = make("levels.json", json.dumps(rows).encode(), "WaterObserved", tmp_path)

    assert "unitCode" not in entities[0]["waterLevel"]
    text = (tmp_path / "connector.yaml").read_text()
    assert '# The units are "cm", "m ü. NHN\\n": say what they are here.' in text


def test_a_power_is_not_sure_to_be_a_count(tmp_path: Path) -> None:
    made, _ = make("chargers.json", FEEDS["chargers.json"].content, "EVChargingStation", tmp_path)

    assert "capacity" not in made.scores
    assert made.todo["capacity"].keys() == {"max_leistung_kw"}


def test_the_name_of_a_type_is_not_that_of_the_thing(tmp_path: Path) -> None:
    rows = [{"id": n, "sensor_type": {"name": f"BME{n}"}, "temperature": n} for n in range(3)]

    made, _ = make("sensors.json", json.dumps(rows).encode(), "WeatherObserved", tmp_path)

    assert "name" not in made.scores


def test_a_time_of_day_that_says_something_else_is_not_that_of_the_day(tmp_path: Path) -> None:
    _, entities = make(
        "halls.csv", b"id;temperature;datum;geoeffnet von\n1;20;07.09.2026;08:00\n2;21;07.09.2026;09:00\n",
        "WeatherObserved", tmp_path,
    )  # fmt: skip

    assert [entity["temperature"].get("observedAt") for entity in entities] != ["2026-09-07T06:00:00Z"] * 2
    assert "geoeffnet von" in (tmp_path / "connector.yaml").read_text()


def test_a_list_beside_a_larger_object_is_a_part_of_the_one_record(tmp_path: Path) -> None:
    document = {"weather": {f"w{n}": n for n in range(9)} | {"temperature": 3}, "sources": [{"id": 1}, {"id": 2}]}

    made, _ = make("now.json", json.dumps(document).encode(), "WeatherObserved", tmp_path)

    assert made.records == 1
