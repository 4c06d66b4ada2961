# SPDX-License-Identifier: EUPL-1.2
"""Whether the platform is well, and what needs somebody: asked of all its parts, and told where some are away."""

import math
import platform as machine
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Final

from allmende.errors import Unavailable
from api.operations import readiness_of
from api.platform import Platform
from auth.policy import Visible
from broker.engine.connectors import list_connectors
from broker.engine.reports import Report
from broker.engine.status import Freshness, Storage, read_freshness, read_storage

LEAST_FREE_RATIO: Final = 0.1
"""Below this an administrator should act: PostgreSQL stops when there is no room."""
_TROUBLED: Final = ("failing", "away", "silent")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that needs somebody: `unavailable`, `degraded`, `disk`, `types_late`, `connectors_` and their state.

    `number` says how many, in per cent of the disk what is free; `detail` the words of the part itself.
    """

    what: str
    number: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How the platform is. What the database knows is missing where it is away."""

    problems: list[Problem]
    ready: dict[str, str]
    entities: int | None = None
    types: list[Freshness] = field(default_factory=list)
    storage: Storage | None = None
    free_bytes: int | None
    free_ratio: float | None
    versions: dict[str, str]
    mqtt: str

    @property
    def status(self) -> str:
        """`well`, `attention`, or `unavailable` where requests cannot be answered."""
        if self.ready["status"] == "unavailable":
            return "unavailable"
        return "attention" if self.problems else "well"


async def read_condition(platform: Platform, tenant: str, *, visible: Visible) -> Condition:
    """Ask all parts; a database that goes away meanwhile is away."""
    try:
        ready = await readiness_of(platform)
        overview = await platform.resources.overview(tenant, visible=visible)
        types = await read_freshness(platform.resources, tenant, visible=visible)
        storage = await read_storage(platform.resources, tenant)
        connectors = await list_connectors(platform.resources, tenant, visible=visible)
    except Unavailable as error:
        return _without_database(platform, str(error))
    free_bytes, free_ratio = _disk(platform)
    problems = [*_of_readiness(ready), *_of_disk(free_ratio), *_of_types(types), *_of_connectors(connectors)]
    versions = _versions() | {"postgresql": storage.postgres}
    return Condition(
        problems=problems,
        ready=ready,
        entities=overview.entities,
        types=types,
        storage=storage,
        free_bytes=free_bytes,
        free_ratio=free_ratio,
        versions=versions | ({"timescaledb": storage.timescale} if storage.timescale else {}),
        mqtt=platform.mqtt,
    )


def _without_database(platform: Platform, words: str) -> Condition:
    free_bytes, free_ratio = _disk(platform)
    return Condition(
        problems=[Problem("unavailable", detail=words), *_of_disk(free_ratio)],
        ready={"status": "unavailable", "detail": words},
        free_bytes=free_bytes,
        free_ratio=free_ratio,
        versions=_versions(),
        mqtt=platform.mqtt,
    )


def _versions() -> dict[str, str]:
    return {"allmende": version("allmende"), "python": machine.python_version()}


def _disk(platform: Platform) -> tuple[int | None, float | None]:
    """Free bytes and their share on the volume of the data folder, as the process's own figures say."""
    free, ratio = _figure(platform, "allmende_disk_free_bytes"), _figure(platform, "allmende_disk_free_ratio")
    return None if free is None else int(free), ratio


def _figure(platform: Platform, name: str) -> float | None:
    figure = platform.resources.registry.get_sample_value(name)
    return None if figure is None or math.isnan(figure) else figure


def _of_readiness(ready: dict[str, str]) -> Iterable[Problem]:
    return [Problem("degraded", detail=ready.get("detail", ""))] if ready["status"] == "degraded" else []


def _of_disk(ratio: float | None) -> Iterable[Problem]:
    return [] if ratio is None or ratio >= LEAST_FREE_RATIO else [Problem("disk", int(100 * ratio))]


def _of_types(types: Iterable[Freshness]) -> Iterable[Problem]:
    late = sum(each.is_late for each in types)
    return [Problem("types_late", late)] if late else []


def _of_connectors(connectors: Iterable[Report]) -> Iterable[Problem]:
    states = Counter[Any](each.state for each in connectors)
    return [Problem(f"connectors_{state}", states[state]) for state in _TROUBLED if states[state]]
