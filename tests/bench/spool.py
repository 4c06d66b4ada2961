# SPDX-License-Identifier: EUPL-1.2
"""A broker that is away for ten minutes at 1,000 records/s: what the spool keeps, its memory, and how fast it drains."""

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg

from tests.bench.figures import RUNS, Figure
from tests.bench.stage import Stage
from tests.launch.running import Running, up

SENSORS, SECONDS = 1_000, 600
PATIENCE_S = 300
CONNECTOR = """
apiVersion: connectors/v1
name: bench
source: {type: folder, path: feed, files: "*.csv", every: 1s}
entity:
  type: WeatherObserved
  id: sensor
  observedAt: time
  attributes:
    temperature: {value: $number(temperature), unit: CEL}
    humidity: {value: $number(humidity), unit: P1}
"""


def run() -> Iterator[Figure]:
    rates, early, late = [], [], []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory(prefix="allmende-bench-") as folder:
            rate, first, last = away(Path(folder))
            rates.append(rate)
            early.append(first)
            late.append(last)
    yield Figure("drain of a spool of 600,000 records", rates, "records/s", reach=">= 10,000")
    yield Figure(
        "memory of its connector at its fullest and while it drains", late, "MiB", early, "flat (bound: with 60,000)"
    )


def away(folder: Path) -> tuple[float, float, float]:
    """Records a second of the drain; MiB of the connector with a tenth of the records in its spool, and at most."""
    data, feed = folder / "data", folder / "feed"
    feed.mkdir()
    (folder / "bench.yaml").write_text(CONNECTOR, encoding="utf-8")
    log = folder / "log"
    with up(data, log=log) as platform:
        http, mqtt = platform.ready()
        ports = ("--port", http.rpartition(":")[2], "--mqtt-port", mqtt.rpartition(":")[2])
        options = ("--platform", mqtt, "--key-file", data / "admin.key", "--data", data)
        connector = Running("connectors", "run", folder / "bench.yaml", *options, log=log)
        spool = data / "spool" / "default-bench.sqlite"
        wait_until(lambda: count(spool, "state") > 0)
    with connector:
        write_files(feed, 0, SECONDS // 10)
        wait_until(lambda: count(spool, "record") == SENSORS * SECONDS // 10)
        first = memory(connector)
        write_files(feed, SECONDS // 10, SECONDS)
        wait_until(lambda: count(spool, "record") == SENSORS * SECONDS)
        last = memory(connector)
        with up(data, *ports, log=log) as platform:
            platform.ready()
            began = time.perf_counter()

            def is_drained() -> bool:
                nonlocal last
                last = max(last, memory(connector))
                return count(spool, "record") == 0

            wait_until(is_drained)
            seconds = time.perf_counter() - began
            check(Stage(data, platform, http, 0))
    return SENSORS * SECONDS / seconds, first, last


def write_files(feed: Path, first: int, last: int) -> None:
    """One file for each second, as a gateway leaves them; each appears whole."""
    for second in range(first, last):
        moment = f"2026-06-01T12:{second // 60:02}:{second % 60:02}Z"
        rows = [f"S{sensor},{moment},{second % 40},{sensor % 100}" for sensor in range(SENSORS)]
        unfinished = feed / f"{second:04}.part"
        unfinished.write_text("\n".join(["sensor,time,temperature,humidity", *rows, ""]), encoding="utf-8")
        unfinished.rename(feed / f"{second:04}.csv")


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        if time.monotonic() > end:
            raise AssertionError("it takes too long")
        time.sleep(0.1)


def count(spool: Path, table: str) -> int:
    if not spool.is_file():
        return 0
    with closing(sqlite3.connect(f"file:{spool}?mode=ro", uri=True, timeout=10)) as db:
        try:
            (found,) = db.execute(f"SELECT count(*) FROM {table}").fetchone()
        except sqlite3.OperationalError:
            return 0
    return int(found)


def memory(running: Running) -> float:
    rollup = Path(f"/proc/{running.process.pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024


def check(platform: Stage) -> None:
    """Every reading is there once."""
    with psycopg.connect(platform.superuser) as connection:
        (rows,) = connection.execute("SELECT count(*) FROM t_default.history").fetchone() or (0,)
    if rows != 2 * SENSORS * SECONDS:
        raise AssertionError(f"{rows} rows of {2 * SENSORS * SECONDS}")
