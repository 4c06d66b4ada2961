# SPDX-License-Identifier: EUPL-1.2
"""From an empty folder to `ready`, with the demo city."""

import time
from collections.abc import Iterator

from tests.bench.figures import RUNS, Figure
from tests.bench.stage import stage


def run() -> Iterator[Figure]:
    seconds, memory = [], []
    for _ in range(RUNS):
        started = time.perf_counter()
        with stage("--demo") as platform:
            seconds.append(time.perf_counter() - started)
            memory.append(platform.python_memory())
    yield Figure("start to ready, empty folder, demo city", seconds, "s", reach="<= 4 s")
    yield Figure("Python processes at ready, demo city", memory, "MiB", reach="<= 350 MiB")
