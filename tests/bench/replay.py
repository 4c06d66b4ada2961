# SPDX-License-Identifier: EUPL-1.2
"""Replay of June of all counters of Münster, against reading the files and copying them into a table."""

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg

from tests.bench.figures import RUNS, Figure
from tests.bench.stage import Stage, stage
from tests.conftest import SHARED

SOURCE = SHARED / "data" / "radverkehr-muenster"
BERLIN = ZoneInfo("Europe/Berlin")


def run() -> Iterator[Figure]:
    if not SOURCE.is_dir():
        print("replay: there is no ../shared beside this checkout", file=sys.stderr)
        return
    rates, bounds, memory = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        june = Path(folder)
        for file in SOURCE.glob("*/2026-06.csv"):
            (june / file.parent.name).mkdir()
            (june / file.parent.name / file.name).symlink_to(file)
        for _ in range(RUNS):
            with stage() as platform:
                rates.append(replay(platform, june))
                memory.append(platform.python_memory())
                bounds.append(copy(platform, june))
    yield Figure("replay of June, all counters of Münster", rates, "readings/s", bounds, ">= 0.10")
    yield Figure("all Python processes of the platform after it", memory, "MiB", reach="<= 350 MiB")


def replay(platform: Stage, june: Path) -> float:
    command = [sys.executable, "-m", "allmende.cli", "connectors", "run", "muenster-radverkehr", "--once"]
    options = ["--platform", f"mqtt://127.0.0.1:{platform.mqtt_port}", "--key-file", platform.data / "admin.key"]
    environment = {**os.environ, "MUENSTER_RADVERKEHR_PATH": str(june)}
    started = time.perf_counter()
    done = subprocess.run(
        [*command, *map(str, options), "--data", str(platform.data)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    seconds = time.perf_counter() - started
    counts = json.loads(done.stdout.splitlines()[-1])
    with psycopg.connect(platform.superuser) as connection:
        query = "SELECT count(*) FROM t_default.history JOIN t_default.attribute a ON a.id = attribute WHERE iri LIKE '%intensity'"
        (rows,) = connection.execute(query).fetchone() or (0,)
    if rows != 208_626 or counts["rejected"]:
        raise AssertionError(f"{rows} rows, {counts}")
    return rows / seconds


def copy(platform: Stage, june: Path) -> float:
    """The bound: csv, local time and binary COPY in one process, into a table like that of history."""
    rows = 0
    started = time.perf_counter()
    now = datetime.now(UTC)
    with psycopg.connect(platform.superuser) as connection:
        connection.execute("CREATE TABLE public.copied (LIKE t_default.history INCLUDING ALL)")
        with connection.cursor().copy("COPY public.copied FROM STDIN (FORMAT BINARY)") as target:
            target.set_types(["int8", "timestamptz", "timestamptz", "float8", "int4", "int4", "bool", "bool", "jsonb"])
            for series, path in enumerate(sorted(june.glob("*/2026-06.csv"))):
                with path.open(encoding="utf-8-sig", newline="") as file:
                    header, *lines = csv.reader(file)
                wanted = [at for at, name in enumerate(header) if at and not name.endswith("-status")]
                for line in lines:
                    moment = datetime.fromisoformat(line[0]).replace(tzinfo=BERLIN).astimezone(UTC)
                    for at in wanted:
                        if line[at]:
                            target.write_row((100 * series + at, moment, now, float(line[at]), 1, 0, True, False, None))
                            rows += 1
        connection.commit()
        seconds = time.perf_counter() - started
        connection.execute("DROP TABLE public.copied")
    return rows / seconds
