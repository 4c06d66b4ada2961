# SPDX-License-Identifier: EUPL-1.2
"""How much room the volume of the data folder has left: figures for an alarm, and a line in the log."""

import asyncio
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Gauge

LEAST_FREE_RATIO: Final = 0.1
"""Below this an administrator should act: PostgreSQL stops when there is no room."""

EVERY_S: Final = 30.0
_log = structlog.get_logger()


def nearest_folder(path: Path) -> Path:
    """The path, or the nearest of its parents that exists."""
    path = path.resolve()
    return next(folder for folder in (path, *path.parents) if folder.exists())


def free_ratio(folder: Path) -> float:
    """The share of the volume that is free, from 0 to 1; NaN where it cannot be told, as of a volume that went away."""
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return math.nan
    return usage.free / usage.total if usage.total else math.nan


def free_bytes(folder: Path) -> float:
    """The free bytes of the volume; NaN where they cannot be told."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return math.nan


def register_disk(registry: CollectorRegistry, folder: Path) -> None:
    """The figures, read whenever they are asked for."""
    free = Gauge("allmende_disk_free_bytes", "Free bytes on the volume of the data folder", registry=registry)
    free.set_function(lambda: free_bytes(folder))
    ratio = Gauge("allmende_disk_free_ratio", "Free share of that volume, 0 to 1; alarm below 0.1", registry=registry)
    ratio.set_function(lambda: free_ratio(folder))


class Alarm:
    """Says once that there is little room, and once that there is enough again."""

    def __init__(self) -> None:
        self.is_raised = False

    def look(self, ratio: float) -> None:
        """Take a new figure."""
        if ratio < LEAST_FREE_RATIO and not self.is_raised:
            _log.warning("disk_nearly_full", free_percent=round(100 * ratio, 1), remedy="make room, or a larger volume")
        elif ratio >= LEAST_FREE_RATIO and self.is_raised:
            _log.info("disk_has_room", free_percent=round(100 * ratio, 1))
        self.is_raised = ratio < LEAST_FREE_RATIO


async def watch_disk(look: Callable[[], float], alarm: Alarm) -> None:
    """Look from time to time, until cancelled."""
    while True:
        alarm.look(look())
        await asyncio.sleep(EVERY_S)
