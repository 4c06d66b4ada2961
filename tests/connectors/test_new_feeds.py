# SPDX-License-Identifier: EUPL-1.2
"""`new` on real answers of municipal feeds: half of what the shipped connectors say comes without a hand."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from allmende.cli import allmende
from tests.connectors.feed_values import GOLDEN
from tests.connectors.renaming import rename, renamed
from tests.connectors.test_feeds import distance_m, open_feed, positions
from tests.connectors.writing import map_all

Entity = dict[str, Any]
Values = dict[str, dict[str, Any]]

# By file: the shipped connector that it is a part of, the keys of its records, and how many records it has.
FEEDS = {
    "aachen-realtime.xml": ("aachen-parking", ("parkingRecordReference",), 17),
    "aachen-static.xml": ("aachen-parking", ("parkingRecord",), 17),
    "stuttgart-static.xml": ("stuttgart-parking", ("parkingFacility",), 49),
    "goldbeck.xlsx": ("goldbeck-parking", ("ID",), 11),
    "vrs_p_r.xlsx": ("vrs-p-r", ("AnlagenNr",), 221),
    "bielefeld.csv": ("bielefeld-parking", ("gid",), 853),
    "reutlingen.csv": ("reutlingen-parking", ("id",), 114),
    "esslingen.geojson": ("esslingen-parking", ("fid",), 250),
}

# Without a shipped connector: read from the files by hand.
BY_HAND: dict[str, tuple[tuple[str, ...], int, Values]] = {
    "freiburg.json": (
        ("park_id",),
        19,
        {
            "P5": {
                "name": "Zur Unterführung",
                "availableSpotNumber": 56,
                "totalSpotNumber": 105,
                "status": "open",
                "location": (7.844731, 48.001286),
            },
            "P21": {"name": "Zentrum Oberwiehre", "availableSpotNumber": 160, "totalSpotNumber": 274},
        },
    ),
    "freiburg_p_r_sensors.json": (
        ("park_id",),
        5,
        {
            "PR165": {
                "name": "Paduaallee",
                "availableSpotNumber": 72,
                "totalSpotNumber": 212,
                "occupiedSpotNumber": 140,
                "location": (7.806411, 48.012663),
            }
        },
    ),
    "konstanz.json": (
        ("id",),
        11,
        {
            "4": {
                "name": "Parkhaus LAGO",
                "availableSpotNumber": 881,
                "totalSpotNumber": 930,
                "location": (9.176395, 47.656157),
                "address": {"streetAddress": "Lago Shopping Center, Hafenstraße 31, 78462 Konstanz"},
            }
        },
    ),
    "karlsruhe.json": (
        ("id",),
        90,
        {
            "1": {
                "name": "Modepark Röther",
                "availableSpotNumber": 16,
                "totalSpotNumber": 59,
                "location": (8.199447, 48.860517),
            }
        },
    ),
    "heidelberg.json": (
        (),
        25,
        {
            "P00": {
                "name": "P0 Am Bismarckplatz",
                "availableSpotNumber": 1,
                "totalSpotNumber": 39,
                "occupiedSpotNumber": 38,
                "location": (8.691907, 49.409666),
            }
        },
    ),
    "basel.json": (
        ("id2",),
        17,
        {
            "badbahnhof": {
                "name": "Bad. Bahnhof",
                "availableSpotNumber": 286,
                "totalSpotNumber": 750,
                "location": (7.608907, 47.565179),
            }
        },
    ),
}


def make(source: Path, folder: Path) -> tuple[Path, dict[str, Any]]:
    """Make a connector of a file, check and test it, and give it with its preview."""
    runner = CliRunner()
    out = folder / "made"
    for command in (
        ["new", "--from", str(source), "--type", "OffStreetParking", "--out", str(out)],
        ["validate", str(out / "connector.yaml")],
        ["test", str(out / "connector.yaml")],
    ):
        answer = runner.invoke(allmende, ["connectors", *command])
        assert answer.exit_code == 0, answer.output
    shown = runner.invoke(allmende, ["connectors", "preview", str(out / "connector.yaml"), "--json"])
    assert shown.exit_code == 0, shown.output
    return out / "connector.yaml", json.loads(shown.stdout)


def golden(name: str, feeds: Path, folder: Path) -> dict[str, Entity]:
    """What the shipped connector makes of the feed, by the last part of the id."""
    linked = folder / "linked"
    linked.mkdir()
    connector = open_feed(name, feeds, linked)
    return {e["id"].rsplit(":", 1)[1]: e for mapped in map_all(connector) for e in mapped.entities}


def equal(one: Any, other: Any) -> bool:
    """Whether two attributes have one value; places within a metre."""
    if one is None or other is None:
        return False
    if one["type"] == "GeoProperty":
        place = next(positions(other["value"]["coordinates"]))
        return (
            other["type"] == "GeoProperty"
            and distance_m(next(positions(one["value"]["coordinates"])), (place[0], place[1])) < 1
        )
    return bool(one["value"] == other["value"])


def attributes(entity: Entity) -> set[str]:
    return entity.keys() - {"id", "type"}


@pytest.mark.parametrize("is_renamed", [False, True], ids=["untouched", "renamed"])
@pytest.mark.parametrize("file", FEEDS)
def test_half_of_the_shipped_entity_comes_by_itself(shared: Path, tmp_path: Path, file: str, is_renamed: bool) -> None:
    feeds = shared / "data/feeds"
    name, keys, count = FEEDS[file]
    source = rename(feeds / file, keys, tmp_path) if is_renamed else feeds / file
    wanted = golden(name, feeds, tmp_path)

    path, preview = make(source, tmp_path)

    made = {entity["id"].rsplit(":", 1)[1]: entity for entity in preview["entities"]}
    assert preview["records"] == len(made) == count
    for key in GOLDEN[name]:
        ours, theirs = made[renamed(key) if is_renamed else key], wanted[key]
        same = {attribute for attribute in attributes(theirs) if equal(theirs[attribute], ours.get(attribute))}
        assert len(same) * 2 >= len(attributes(theirs)), (key, same)
    assert "# What became nothing" in path.read_text() or "# todo" in path.read_text()


@pytest.mark.parametrize("is_renamed", [False, True], ids=["untouched", "renamed"])
@pytest.mark.parametrize("file", BY_HAND)
def test_half_of_what_a_feed_says_comes_by_itself(shared: Path, tmp_path: Path, file: str, is_renamed: bool) -> None:
    keys, count, entities = BY_HAND[file]
    source = shared / "data/feeds" / file

    _, preview = make(rename(source, keys, tmp_path) if is_renamed else source, tmp_path)

    assert preview["records"] == count
    made = {entity["id"].rsplit(":", 1)[1]: entity for entity in preview["entities"]}
    for key, values in entities.items():
        ours = made.get(renamed(key)) or made.get(key)
        assert ours is not None, list(made)
        found = {name: ours[name]["value"] for name in values if name in ours}
        if "location" in found:
            x, y = found["location"]["coordinates"]
            found["location"] = values["location"] if distance_m([x, y], values["location"]) < 1 else None
        assert sum(found.get(name) == value for name, value in values.items()) * 2 > len(values), found
