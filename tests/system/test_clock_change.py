# SPDX-License-Identifier: EUPL-1.2
"""Nights in which clocks change, on the whole way: the repeated hour is told apart, the missing one is set aside."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.connectors.test_real_data import clock_file, quarters
from tests.system.city import City
from tests.system.feeds import Feed, Import

pytestmark = [pytest.mark.server, pytest.mark.storage]

CHANNELS = ("100099999", "101099999")
HOURS = {
    # Local hours 1, 2, 2 and 3 of 25 October; hours 1 and 3 of 28 March, of which 2 does not exist.
    "2026-10": ["2026-10-24T23", "2026-10-25T00", "2026-10-25T01", "2026-10-25T02"],
    "2027-03": ["2027-03-28T00", None, "2027-03-28T01"],
}


def clock_changes(folder: Path) -> Feed:
    """Every quarter of an hour of both nights; a row's number is its value."""
    source = folder / "nights"
    clock_file(source, "2026-10.csv", quarters("2026-10-25", 1, 2, 2, 3))
    clock_file(source, "2027-03.csv", quarters("2027-03-28", 1, 2, 3))
    readings = Counter(
        (
            f"urn:ngsi-ld:TrafficFlowObserved:muenster-radverkehr:{channel}",
            f"{hour}:{minute:02}:00Z",
            4 * place + quarter,
        )
        for hours in HOURS.values()
        for place, hour in enumerate(hours)
        if hour is not None
        for quarter, minute in enumerate((0, 15, 30, 45))
        for channel in CHANNELS
    )
    # Spring is ahead of the clock of this machine: the connector says that it may be.
    shipped = Path(__file__).parents[2] / "connectors/shipped/muenster-radverkehr/connector.yaml"
    file = folder / "muenster-radverkehr.yaml"
    file.write_text(shipped.read_text(encoding="utf-8") + "future: allow\n", encoding="utf-8")
    return Feed(
        connector=str(file),
        environment={"MUENSTER_RADVERKEHR_PATH": str(source)},
        attribute="intensity",
        readings=readings,
    )


def test_each_night_is_stored_and_a_time_that_does_not_exist_is_a_dead_letter(any_city: City, folder: Path) -> None:
    feed = clock_changes(folder)

    done = Import(any_city, feed, folder / "spool").finish(status=3)

    letters = json.loads(any_city.command("deadletters", "list", "--connector", "muenster-radverkehr", "--json"))
    shown = [json.loads(any_city.command("deadletters", "show", letter["id"], "--json")) for letter in letters]
    assert any_city.history("intensity") == feed.readings
    assert done == {"read": 16 + 12, "stored": feed.total, "rejected": 4}
    assert sorted(letter["record"]["Datetime"] for letter in shown) == quarters("2027-03-28", 2)
    assert all("does not exist in Europe/Berlin" in letter["reason"] for letter in letters)
