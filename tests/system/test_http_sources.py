# SPDX-License-Identifier: EUPL-1.2
"""An address on the whole way: it changes, refuses, breaks off and is away; nothing is lost or doubled."""

import json
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.connectors.hosts import Answering, Asked, Host, Reply, host
from tests.launch.running import Running
from tests.system.city import City, Reading, port_of
from tests.system.feeds import Feed, Import
from tests.system.waiting import until

pytestmark = [pytest.mark.server, pytest.mark.storage]

KEY = "key-7431-of-the-meters"
METERS = """\
apiVersion: connectors/v1
name: meters
source:
  type: http
  url: ${METERS_URL}/readings
  every: 50ms
  jitter: 0s
  auth: {api_key: {query: key, value: "${METERS_KEY}"}}
  paging: {page: page, size: 6}
records: readings
lookup:
  places: {url: "${METERS_URL}/places", key: meter, every: 200ms}
entity:
  type: Meter
  id: meter
  observedAt: at
  attributes:
    energy: value
    place: {value: "$lut('places', meter).name", observedAt: null}
"""
HOURS, SHOWN, METERS_A_PAGE, PAGES = 24, 3, 2, 2


class Meters:
    """Meters that show their last three hours on two pages; each whole answer is followed by the next hour.

    `mishaps`: what the second page does instead, once, by the newest hour.
    """

    def __init__(self) -> None:
        self.newest = SHOWN - 1
        self.stays = False
        self.refused_at = self.asked_after = 0.0
        self.mishaps: dict[int, Answering] = {
            3: self.too_often,
            5: lambda _: None,
            7: lambda _: Reply(status=500),
            9: lambda _: Reply(content=b"<html>Maintenance"),
        }

    def too_often(self, _: Asked) -> Reply:
        self.refused_at = time.monotonic()
        return Reply(status=429, headers={"Retry-After": "2"})

    def readings(self, asked: Asked) -> Reply | None:
        if asked.params["key"] != KEY:
            return Reply(status=403)
        if self.refused_at and not self.asked_after:
            self.asked_after = time.monotonic()
        page = int(asked.params["page"])
        if page == PAGES and self.newest in self.mishaps:
            return self.mishaps.pop(self.newest)(asked)
        rows = [
            row(meter, hour) for meter in meters_of(page) for hour in range(self.newest - SHOWN + 1, self.newest + 1)
        ]
        if page == PAGES and self.newest < HOURS - 1 and not self.stays:
            self.newest += 1
        return Reply(content={"readings": rows if page <= PAGES else []})

    def open(self, opened: Host) -> None:
        opened.answers["/readings"] = self.readings
        opened.serve("/places", [{"meter": meter, "name": f"house {meter}"} for meter in range(METERS_A_PAGE * PAGES)])


def meters_of(page: int) -> range:
    return range((page - 1) * METERS_A_PAGE, page * METERS_A_PAGE)


def row(meter: int, hour: int) -> dict[str, object]:
    return {"meter": meter, "at": f"2026-06-01T{hour:02}:00:00Z", "value": meter * 100 + hour + 0.5}


def all_readings(until_hour: int) -> Counter[Reading]:
    rows = [row(meter, hour) for meter in range(METERS_A_PAGE * PAGES) for hour in range(until_hour + 1)]
    return Counter((f"urn:ngsi-ld:Meter:meters:{one['meter']}", str(one["at"]), one["value"]) for one in rows)


@pytest.fixture
def feed(folder: Path) -> Feed:
    file = folder / "meters.yaml"
    file.write_text(METERS, encoding="utf-8")
    return Feed(connector=str(file), environment={"METERS_KEY": KEY}, attribute="energy", readings=Counter())


def test_nothing_is_lost_or_doubled_though_the_address_refuses_breaks_off_and_is_away(
    city: City, feed: Feed, folder: Path
) -> None:
    meters = Meters()
    with ExitStack() as stack:
        opened = stack.enter_context(host())
        meters.open(opened)
        feed.environment["METERS_URL"] = opened.url
        first = Import(city, feed, folder / "spool", once=False)
        until(lambda: not meters.mishaps and city.history("energy")[last(11)], "half of the hours are stored")
        meters.stays = True
        city.kill(first.pid)
        city.senders.remove(first.running)
        first.running.process.communicate()
        second = Import(city, feed, folder / "spool", once=False)
        asked = len(opened.asked)
        until(lambda: len(opened.asked) > asked + 2, "the address is asked again")
        port = port_of(opened.url)
    failing = until(lambda: failure_of(city, folder), "it is seen that the address is away")
    with host(port=port) as opened:
        meters.open(opened)
        meters.stays = False
        until(lambda: city.history("energy")[last(HOURS - 1)], "the last hour is stored")
        until(lambda: not second.waiting(), "everything has its receipt")
        second.running.process.terminate()
        second.finish()

    assert city.history("energy") == all_readings(HOURS - 1)
    assert city.dead_letters() == 0
    assert meters.asked_after - meters.refused_at >= 2
    assert f"127.0.0.1:{port} takes no connections" in failing
    assert KEY not in (folder / "spool.log").read_text(encoding="utf-8")
    assert city.get("/ngsi-ld/v1/entities/urn:ngsi-ld:Meter:meters:3").json()["place"]["value"] == "house 3"


def last(hour: int) -> Reading:
    return "urn:ngsi-ld:Meter:meters:3", f"2026-06-01T{hour:02}:00:00Z", 300 + hour + 0.5


def failure_of(city: City, folder: Path) -> str:
    """The last error that `connectors list` shows of the connector, while it fails."""
    listing = Running("connectors", "list", "--data", folder / "spool", "--json")
    output, _ = listing.process.communicate(timeout=60)
    (said,) = json.loads(output)
    return str(said["last_error"]["text"]) if said["state"] == "failing" else ""
