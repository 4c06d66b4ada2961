# SPDX-License-Identifier: EUPL-1.2
"""The shipped connectors give every value of real data, no more and no less."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from allmende.connector import Record
from connectors.declarative.connector import Declared, find_file, open_connector
from connectors.intake import Intake, Totals
from connectors.spool import Spool
from tests.connectors.writing import map_all, read_all

Reading = tuple[str, str, Any]
BERLIN = ZoneInfo("Europe/Berlin")


def open_shipped(name: str, **environment: Path) -> Declared:
    return open_connector(find_file(name), environment={key: str(path) for key, path in environment.items()})


def mapped_readings(connector: Declared, attribute: str) -> Iterator[Reading]:
    for mapped in map_all(connector):
        assert mapped.problems == []
        for entity in mapped.entities:
            yield entity["id"].rsplit(":", 1)[1], entity[attribute]["observedAt"], entity[attribute]["value"]


def read_csv(path: Path) -> Iterator[tuple[list[str], list[str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
        for row in rows:
            yield header, row


def counted(folder: Path) -> Iterator[Reading]:
    """Every value of Münster's June, read without the connector: no clock changes in June."""
    for path in sorted(folder.glob("*/2026-06.csv")):
        for header, row in read_csv(path):
            time = datetime.strptime(row[0], "%Y-%m-%d %H:%M").replace(tzinfo=BERLIN).astimezone(UTC)
            for column, cell in zip(header[1:], row[1:], strict=True):
                if cell and not column.endswith("-status"):
                    yield column.split(" ")[0], time.strftime("%Y-%m-%dT%H:%M:%SZ"), int(cell)


def parked(folder: Path) -> Iterator[Reading]:
    for path in sorted(folder.glob("2026-*.csv")):
        for header, row in read_csv(path):
            for column, cell in zip(header[1:], row[1:], strict=True):
                if cell:
                    yield column, row[0].replace("+00:00", "Z"), int(cell)


@pytest.mark.long
def test_june_of_all_counters_of_muenster(shared: Path, tmp_path: Path) -> None:
    source = shared / "data/radverkehr-muenster"
    for path in source.glob("*/2026-06.csv"):
        (tmp_path / path.parent.name).mkdir()
        (tmp_path / path.parent.name / path.name).symlink_to(path)
    (tmp_path / "site_min.json").symlink_to(source / "site_min.json")

    ours = Counter(mapped_readings(open_shipped("muenster-radverkehr", MUENSTER_RADVERKEHR_PATH=tmp_path), "intensity"))

    assert sum(ours.values()) == 208_626
    assert ours == Counter(counted(source))


@pytest.mark.long
def test_a_week_of_all_car_parks(shared: Path) -> None:
    source = shared / "data/parken"
    connector = open_shipped("parkplatz-archiv", PARKPLATZ_ARCHIV_PATH=source)

    ours = Counter(mapped_readings(connector, "availableSpotNumber"))

    assert sum(ours.values()) == 221_590
    assert ours == Counter(parked(source))


def test_places_and_totals_of_car_parks_come_from_the_table(shared: Path) -> None:
    source = shared / "data/parken"
    connector = open_shipped("parkplatz-archiv", PARKPLATZ_ARCHIV_PATH=source)
    with (source / "meta-data.csv").open(encoding="utf-8", newline="") as file:
        places = {row["place_id"]: row for row in csv.DictReader(file)}

    mapped = connector.mapping.map(read_all(connector)[0], None)

    for entity in mapped.entities:
        place = places.get(entity["id"].rsplit(":", 1)[1], {})
        total, longitude = place.get("num_all"), place.get("longitude")
        assert entity.get("totalSpotNumber", {}).get("value") == (int(total) if total else None)
        expected = [float(longitude), float(place["latitude"])] if longitude else None
        assert entity.get("location", {}).get("value", {}).get("coordinates") == expected


def clock_file(folder: Path, name: str, times: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows = "".join(f"{time},{number},{number},0,0\n" for number, time in enumerate(times))
    header = "Datetime,100099999 (Musterallee),101099999 (Musterallee einwärts),100099999-status,101099999-status\n"
    (folder / name).write_text(header + rows, encoding="utf-8")


def quarters(day: str, *hours: int) -> list[str]:
    return [f"{day} {hour:02}:{minute:02}" for hour in hours for minute in (0, 15, 30, 45)]


def test_the_repeated_hour_of_autumn_is_told_apart_by_the_order_of_rows(tmp_path: Path) -> None:
    for site in ("one", "two"):
        clock_file(tmp_path / "deep" / site, "2026-10.csv", quarters("2026-10-25", 1, 2, 2, 3))
    connector = open_shipped("muenster-radverkehr", MUENSTER_RADVERKEHR_PATH=tmp_path)

    times = [mapped.entities[0]["intensity"]["observedAt"] for mapped in map_all(connector)]

    hours = [f"2026-10-{day}T{hour}" for day, hour in (("24", 23), ("25", "00"), ("25", "01"), ("25", "02"))]
    expected = [f"{hour}:{minute}:00Z" for hour in hours for minute in ("00", "15", "30", "45")]
    assert times == expected * 2


def test_all_channels_of_a_row_have_one_time(tmp_path: Path) -> None:
    clock_file(tmp_path, "2026-10.csv", quarters("2026-10-25", 2, 2))
    connector = open_shipped("muenster-radverkehr", MUENSTER_RADVERKEHR_PATH=tmp_path)

    for mapped in map_all(connector):
        assert len({entity["intensity"]["observedAt"] for entity in mapped.entities}) == 1


def test_the_missing_hour_of_spring_is_an_error_of_each_record(tmp_path: Path) -> None:
    clock_file(tmp_path, "2027-03.csv", quarters("2027-03-28", 1, 2, 3))
    connector = open_shipped("muenster-radverkehr", MUENSTER_RADVERKEHR_PATH=tmp_path)

    mapped = map_all(connector)

    assert [len(answer.problems) for answer in mapped] == [0] * 4 + [1] * 4 + [0] * 4
    assert "does not exist in Europe/Berlin" in mapped[4].problems[0].reason
    assert [len(answer.entities) for answer in mapped] == [2] * 4 + [0] * 4 + [2] * 4
    assert mapped[8].entities[0]["intensity"]["observedAt"] == "2027-03-28T01:00:00Z"


def test_a_run_that_was_stopped_within_the_repeated_hour_goes_on_in_it(tmp_path: Path) -> None:
    clock_file(tmp_path / "data", "2026-10.csv", quarters("2026-10-25", 2, 2))
    connector = open_shipped("muenster-radverkehr", MUENSTER_RADVERKEHR_PATH=tmp_path / "data")
    spool = Spool(tmp_path / "spool.sqlite")
    records = read_all(connector)

    take(connector, spool, records[:6])
    spool.close()
    again = Spool(tmp_path / "spool.sqlite")
    rest = read_all(connector, again.cursor()[0])
    take(open_shipped("muenster-radverkehr", MUENSTER_RADVERKEHR_PATH=tmp_path / "data"), again, rest)
    messages = again.next_messages(0, 10)
    again.close()

    times = [
        instance["observedAt"][11:16]
        for message in messages
        for instance in json.loads(message.payload)[0]["intensity"]
    ]
    assert times == ["00:00", "00:15", "00:30", "00:45", "01:00", "01:15", "01:30", "01:45"]


def take(connector: Declared, spool: Spool, records: list[Record]) -> None:
    intake = Intake(spool, connector.mapping, Totals(), lambda: None)
    intake.begin()
    for record in records:
        intake.take(record)
    intake.commit()
