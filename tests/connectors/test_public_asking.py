# SPDX-License-Identifier: EUPL-1.2
"""The shipped connectors ask public platforms as these want it, page by page, and make the golden entities of what they say."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.declarative.connector import Declared, find_file, open_connector
from tests.connectors.hosts import Asked, Host, Reply, host
from tests.connectors.writing import map_all

UBA = "https://luftdaten.umweltbundesamt.de"
UBA_PATH = "/api/air-data/v4"
VARIABLES = {
    "BRIGHT_SKY_LATITUDE": "52.25",
    "BRIGHT_SKY_LONGITUDE": "8.15",
    "UBA_STATION": "9143",
    "UBA_COMPONENT": "5",
    "UBA_SCOPE": "2",
}

# By connector: the origin that the test's server stands for, its variables, what its paths answer, what the source is asked.
ASKED: dict[str, tuple[str, dict[str, str], dict[str, str], dict[str, str]]] = {
    "bright-sky-weather": (
        "https://api.brightsky.dev",
        {"BRIGHT_SKY_LATITUDE": "52.25", "BRIGHT_SKY_LONGITUDE": "8.15"},
        {"/current_weather": "current_weather.json"},
        {"lat": "52.25", "lon": "8.15"},
    ),
    "gbfs-2": (
        "",
        {"GBFS_STATION_STATUS_URL": "HOST/status.json", "GBFS_STATION_INFORMATION_URL": "HOST/information.json"},
        {"/status.json": "station_status.json", "/information.json": "station_information.json"},
        {},
    ),
    "gbfs-3": (
        "",
        {"GBFS_STATION_STATUS_URL": "HOST/status.json", "GBFS_STATION_INFORMATION_URL": "HOST/information.json"},
        {"/status.json": "station_status.json", "/information.json": "station_information.json"},
        {},
    ),
    "datex2-parking": (
        "",
        {"DATEX2_PARKING_STATUS_URL": "HOST/status", "DATEX2_PARKING_TABLE_URL": "HOST/table"},
        {"/status": "status-v2.xml", "/table": "table-v2.xml"},
        {},
    ),
    "opensensemap": (
        "https://api.opensensemap.org",
        {"OPENSENSEMAP_AREA": "7.5,51.9,7.8,52.1"},
        {"/boxes": "boxes.json"},
        {"bbox": "7.5,51.9,7.8,52.1", "full": "true"},
    ),
    "pegelonline": (
        "https://www.pegelonline.wsv.de",
        {"PEGELONLINE_STATIONS": "EITZE,RETHEM"},
        {"/webservices/rest-api/v2/stations.json": "stations.json"},
        {"ids": "EITZE,RETHEM", "includeTimeseries": "true", "includeCurrentMeasurement": "true"},
    ),
    "sensor-community": (
        "https://data.sensor.community",
        {"SENSOR_COMMUNITY_AREA": "52.02,8.53,10"},
        {"/airrohr/v1/filter/area=52.02,8.53,10": "area.json"},
        {},
    ),
}


@pytest.fixture
def platform() -> Iterator[Host]:
    with host() as opened:
        yield opened


def fixture_of(name: str, fixture: str) -> bytes:
    return (find_file(name).parent / "fixture" / fixture).read_bytes()


def open_shipped(folder: Path, name: str, platform: Host, origin: str, variables: dict[str, str]) -> Declared:
    """The shipped connector, with the test's server in the place of an origin."""
    text = find_file(name).read_text(encoding="utf-8")
    assert origin in text
    path = folder / "connector.yaml"
    path.write_text(text.replace(origin, platform.url) if origin else text, encoding="utf-8")
    given = {key: value.replace("HOST", platform.url) for key, value in variables.items()}
    return open_connector(path, environment=given)


def entities_of(connector: Declared) -> list[dict[str, Any]]:
    mapped = map_all(connector)
    assert [problem for answer in mapped for problem in answer.problems] == []
    entities: list[dict[str, Any]] = json.loads(json.dumps([entity for answer in mapped for entity in answer.entities]))
    return entities


def golden(name: str, fixture: str) -> Any:
    return json.loads((find_file(name).parent / "golden" / f"{fixture}.json").read_bytes())


@pytest.mark.parametrize("name", ASKED)
def test_a_platform_is_asked_as_it_wants_it(name: str, tmp_path: Path, platform: Host) -> None:
    origin, variables, answers, params = ASKED[name]
    for path, fixture in answers.items():
        platform.serve(path, fixture_of(name, fixture))
    path, fixture = next(iter(answers.items()))

    entities = entities_of(open_shipped(tmp_path, name, platform, origin, variables))

    assert entities == golden(name, fixture)
    assert [asked.params for asked in platform.asked if asked.path == path] == [params]
    assert {asked.path for asked in platform.asked} == set(answers)


def test_pages_of_parkapi_follow_their_cursor(tmp_path: Path, platform: Host) -> None:
    whole = json.loads(fixture_of("parkapi-v3", "parking-sites.json"))

    def answer(asked: Asked) -> Reply:
        first, rest = whole["items"][:2], whole["items"][2:]
        is_second = asked.params.get("start") == "503"
        return Reply(content={"items": rest if is_second else first, "next_id": None if is_second else 503})

    platform.answers["/park-api/api/public/v3/parking-sites"] = answer
    variables = {"PARKAPI_SOURCE_ID": "3"}

    entities = entities_of(open_shipped(tmp_path, "parkapi-v3", platform, "https://api.mobidata-bw.de", variables))

    assert entities == golden("parkapi-v3", "parking-sites.json")
    limits = {"source_id": "3", "limit": "500"}
    assert [asked.params for asked in platform.asked] == [limits, {**limits, "start": "503"}]


def test_pages_of_ocpi_follow_their_header_and_the_token_goes_with_them(tmp_path: Path, platform: Host) -> None:
    whole = json.loads(fixture_of("ocpi-locations", "locations.json"))

    def answer(asked: Asked) -> Reply:
        first, rest = whole["data"][:2], whole["data"][2:]
        if asked.params.get("offset") == "2":
            return Reply(content={**whole, "data": rest})
        link = f'<{platform.url}/ocpi/2.2.1/locations?offset=2&limit=2>; rel="next"'
        return Reply(content={**whole, "data": first}, headers={"Link": link, "X-Total-Count": "6"})

    platform.answers["/ocpi/2.2.1/locations"] = answer
    variables = {"OCPI_LOCATIONS_URL": "HOST/ocpi/2.2.1/locations", "OCPI_TOKEN": "bXVzdGVy"}

    entities = entities_of(open_shipped(tmp_path, "ocpi-locations", platform, "", variables))

    assert entities == golden("ocpi-locations", "locations.json")
    assert [asked.headers["authorization"] for asked in platform.asked] == ["Token bXVzdGVy"] * 2


def test_pages_of_sensorthings_follow_their_next_link(tmp_path: Path, platform: Host) -> None:
    whole = json.loads(fixture_of("sensorthings", "datastreams.json"))

    def answer(asked: Asked) -> Reply:
        first, rest = whole["value"][:2], whole["value"][2:]
        if asked.params.get("$skip") == "2":
            return Reply(content={"value": rest})
        return Reply(content={"@iot.nextLink": f"{platform.url}/v1.1/Datastreams?$skip=2", "value": first})

    platform.answers["/v1.1/Datastreams"] = answer
    variables = {"SENSORTHINGS_URL": "HOST/v1.1"}

    entities = entities_of(open_shipped(tmp_path, "sensorthings", platform, "", variables))

    assert entities == golden("sensorthings", "datastreams.json")
    assert platform.asked[0].params["$expand"].endswith("Observations($top=1;$orderby=phenomenonTime desc)")


def test_the_address_of_eco_counter_says_whose_counts_they_are(tmp_path: Path, platform: Host) -> None:
    platform.serve("/api/1.0/data/site/100099900", fixture_of("eco-counter", "100099900.json"))
    platform.serve("/api/1.0/site", fixture_of("eco-counter", "sites.json"))
    variables = {
        "ECO_COUNTER_URL": "HOST/api/1.0/data/site/100099900",
        "ECO_COUNTER_TOKEN": "t0ken",
    }
    origin = "https://apieco.eco-counter-tools.com"

    entities = entities_of(open_shipped(tmp_path, "eco-counter", platform, origin, variables))

    assert entities == golden("eco-counter", "100099900.json")
    assert {asked.headers["authorization"] for asked in platform.asked} == {"Bearer t0ken"}


@pytest.mark.parametrize(
    ("name", "origin", "path", "fixture", "days"),
    [
        ("bright-sky-forecast", "https://api.brightsky.dev", "/weather", "weather.json", {"date": 0, "last_date": 5}),
        ("uba-air-quality", UBA, f"{UBA_PATH}/airquality/json", "airquality.json", {"date_from": -1, "date_to": 1}),
        ("uba-air-measures", UBA, f"{UBA_PATH}/measures/json", "measures.json", {"date_from": -1, "date_to": 1}),
    ],
)
def test_the_days_around_today_are_asked_for(
    name: str, origin: str, path: str, fixture: str, days: dict[str, int], tmp_path: Path, platform: Host
) -> None:
    platform.serve(path, fixture_of(name, fixture))
    if origin == UBA:
        platform.serve(f"{UBA_PATH}/stations/json", fixture_of(name, "stations.json"))
    before = datetime.now(UTC).date()

    entities = entities_of(open_shipped(tmp_path, name, platform, origin, VARIABLES))

    assert entities == golden(name, fixture)
    (asked,) = (asked for asked in platform.asked if asked.path == path)
    for key, distance in days.items():
        wanted = {str(today + timedelta(days=distance)) for today in (before, datetime.now(UTC).date())}
        assert asked.params[key] in wanted
