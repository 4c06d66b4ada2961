# SPDX-License-Identifier: EUPL-1.2
"""What connectors are fed with in tests of the whole, and what must become of it."""

import csv
import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from tests.launch.running import Running
from tests.system.city import City, Reading

MEADOW = """\
apiVersion: connectors/v1
name: meadow
source:
  type: folder
  path: ${MEADOW_PATH}
  files: "*.csv"
  every: 1s
  jitter: 0s
entity:
  type: Sensor
  each: >-
    $each($, function($cell, $column) {
      $column != 'sensor' and $column != 'day' ? {'hour': $column, 'level': $cell} })
  id: $record.sensor
  observedAt: $record.day & 'T' & hour & ':00:00Z'
  attributes:
    level: $number(level)
    # It has no time of its own, so that no two readings fit into one message, and only the message's id
    # keeps a repeat out of history.
    serial: {value: "$record.day & '/' & hour", observedAt: null}
"""
HOURS = [f"{hour:02}" for hour in range(24)]
FIRST_DAY = date(2026, 3, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A connector, its source, and the readings that the source holds."""

    connector: str
    environment: dict[str, str]
    attribute: str
    readings: Counter[Reading]
    ids: str = "%"
    has_serials: bool = False
    """Whether each reading has a value without a time beside it, which must be in history once too."""

    @property
    def total(self) -> int:
        return sum(self.readings.values())


def make_meadow(folder: Path, name: str, *, sensors: int = 5, days: int = 15) -> Feed:
    """Write `sensors` x `days` rows of 24 readings each: every reading is a message of its own."""
    source = folder / f"meadow-{name}"
    source.mkdir(parents=True)
    file = folder / "meadow.yaml"
    file.write_text(MEADOW, encoding="utf-8")
    feed = Feed(
        connector=str(file),
        environment={"MEADOW_PATH": str(source)},
        attribute="level",
        readings=Counter(),
        ids=f"urn:ngsi-ld:Sensor:meadow:{name}-%",
        has_serials=True,
    )
    append_days(feed, name, range(days), sensors=sensors)
    return feed


def append_days(feed: Feed, name: str, days: range, *, sensors: int = 5) -> None:
    """Write more days at the end of a meadow's file."""
    path = Path(feed.environment["MEADOW_PATH"]) / "levels.csv"
    is_new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        if is_new:
            rows.writerow(["sensor", "day", *HOURS])
        for number in days:
            day = (FIRST_DAY + timedelta(number)).isoformat()
            for sensor in range(sensors):
                levels = [number * 1000 + sensor * 100 + hour + 0.5 for hour in range(24)]
                rows.writerow([f"{name}-{sensor}", day, *levels])
                entity = f"urn:ngsi-ld:Sensor:meadow:{name}-{sensor}"
                feed.readings.update(
                    (entity, f"{day}T{hour}:00:00Z", level) for hour, level in zip(HOURS, levels, strict=True)
                )


class Import:
    """A run of a connector, with its spool in a folder that outlives it."""

    def __init__(self, city: City, feed: Feed, spool: Path, *, once: bool = True) -> None:
        self.spool = spool
        options = ["--once"] if once else []
        self.running = Running(
            "connectors", "run", feed.connector, *options, "--platform", city.mqtt, "--key-file", city.key_file,
            "--data", spool, log=spool.with_suffix(".log"), **feed.environment,
        )  # fmt: skip

        city.senders.append(self.running)

    @property
    def pid(self) -> int:
        return self.running.process.pid

    def has_ended(self) -> bool:
        return self.running.process.poll() is not None

    def finish(self, *, seconds: float = 110, status: int = 0) -> dict[str, int]:
        """Wait for its end; what it says that it did."""
        output, _ = self.running.process.communicate(timeout=seconds)
        assert self.running.process.returncode == status, self.spool.with_suffix(".log").read_text()
        answer: dict[str, int] = json.loads(output.splitlines()[-1])
        return answer

    def waiting(self) -> int:
        """Messages in the spool that have no receipt."""
        return waiting_in(self.spool)


def waiting_in(folder: Path) -> int:
    """Messages without a receipt in the spools of a folder, as they are on disk."""
    return _count(folder, "SELECT count(*) FROM message")


def rows_in(folder: Path) -> int:
    """Rows of sources, of which some message has no receipt, in the spools of a folder."""
    return _count(folder, "SELECT count(*) FROM record")


def _count(folder: Path, query: str) -> int:
    count = 0
    for path in (folder / "spool").glob("*.sqlite"):
        with closing(sqlite3.connect(path, timeout=30)) as spool:
            tables = spool.execute("SELECT count(*) FROM sqlite_schema WHERE name IN ('message', 'record')").fetchone()
            # Whoever looks early finds a file in which nothing is yet.
            count += spool.execute(query).fetchone()[0] if tables == (2,) else 0
    return count


def assert_stored(city: City, feed: Feed) -> None:
    """Every reading is in history, with its value, once; and nothing else is."""
    stored = city.history(feed.attribute, ids=feed.ids)
    assert stored - feed.readings == Counter(), "more is stored than was read"
    assert feed.readings - stored == Counter(), "something was lost"
    if feed.has_serials:
        assert city.sql(SERIALS, feed.ids) == [(feed.total, feed.total)]
    assert city.dead_letters() == 0


SERIALS = (
    "SELECT count(*), count(DISTINCT (h.seq, h.value)) FROM t_default.history h JOIN t_default.name n USING (seq)"
    " JOIN t_default.attribute a ON a.id = h.attribute WHERE a.iri LIKE '%%/serial' AND n.id LIKE %s"
)
