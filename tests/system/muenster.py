# SPDX-License-Identifier: EUPL-1.2
"""Real data of cities as feeds: what their files hold, read without a connector."""

from collections import Counter
from pathlib import Path

from tests.connectors.test_real_data import counted, parked
from tests.system.feeds import Feed


def june_of_muenster(shared: Path, folder: Path) -> Feed:
    """Every bicycle count of June 2026; the source is a folder of links, since other months lie beside it."""
    source = shared / "data/radverkehr-muenster"
    links = folder / "june"
    for path in source.glob("*/2026-06.csv"):
        (links / path.parent.name).mkdir(parents=True)
        (links / path.parent.name / path.name).symlink_to(path)
    (links / "site_min.json").symlink_to(source / "site_min.json")
    named = (
        (f"urn:ngsi-ld:TrafficFlowObserved:muenster-radverkehr:{one}", time, value)
        for one, time, value in counted(source)
    )
    return Feed(
        connector="muenster-radverkehr",
        environment={"MUENSTER_RADVERKEHR_PATH": str(links)},
        attribute="intensity",
        readings=Counter(named),
    )


def week_of_parking(shared: Path, _folder: Path) -> Feed:
    """Every number of free spaces of a week in August 2026."""
    source = shared / "data/parken"
    named = (
        (f"urn:ngsi-ld:OffStreetParking:parkplatz-archiv:{one}", time, value) for one, time, value in parked(source)
    )
    return Feed(
        connector="parkplatz-archiv",
        environment={"PARKPLATZ_ARCHIV_PATH": str(source)},
        attribute="availableSpotNumber",
        readings=Counter(named),
    )
