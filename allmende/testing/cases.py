# SPDX-License-Identifier: EUPL-1.2
"""A case of the suite: a connector file that reads one of its fixtures, and what must come of it."""

import asyncio
import gc
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from allmende.connector import Mapped, Record
from allmende.errors import SettingsError, SourceError, Unavailable
from allmende.testing.readings import Reading, to_readings
from connectors.declarative.connector import Declared
from connectors.declarative.format import InlineTest
from connectors.declarative.loading import FileProblems, load_connector
from connectors.testing import find_test, open_test


@dataclass(frozen=True, kw_only=True)
class Case:
    """A connector file, one of its fixtures, and a folder for spools."""

    path: Path
    fixture: str
    folder: Path
    _opened: list[Declared] = field(default_factory=list)

    @cached_property
    def test(self) -> InlineTest:
        """The test of the file that has the fixture."""
        return find_test(self.path, self.fixture)

    def open(self) -> Declared:
        """Open the connector anew, as another process would."""
        self._opened.append(open_test(self.path, self.test))
        return self._opened[-1]

    def run(self, check: "Check") -> list[str]:
        """Run a check; give what is wrong, each with the name of the fixture."""
        # What was there before need not be looked at again after each check.
        gc.freeze()
        try:
            problems = asyncio.run(check(self))
        except FileProblems as error:
            problems = error.problems
        except (SettingsError, SourceError, Unavailable) as error:
            problems = [str(error)]
        finally:
            # Compiled expressions must be freed in the thread that made them; now it is the only one.
            self._opened.clear()
            gc.collect()
            gc.unfreeze()
        return [f"{self.fixture}: {words}" for words in problems]


Check = Callable[[Case], Coroutine[Any, Any, list[str]]]
"""Gives what is wrong with a case, in words that say what to do; nothing where it is sound."""


NOTHING = "gives no entity: name a fixture in 'tests' that gives some"
CHANGING = "gives something else each time it is mapped: make ids, times and values of the record, not of the clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must arrive of a fixture; `problem` says why that cannot be told."""

    records: list[Record]
    readings: set[Reading]
    errors: int
    """How many records have one."""
    first: int
    """The place of the first record that gives anything."""
    has_places: bool
    """Whether the source can be read on from a place; else what was taken from its sender does not come again."""
    problem: str | None


async def expect(case: Case) -> Expected:
    """Map a fixture, twice."""
    records = await records_of(case.open())
    mapped, again = list(map_all(case.open(), records)), list(map_all(case.open(), records))
    readings = _readings(mapped)
    gives = [bool(each.entities or each.problems) for each in mapped]
    problem = None if readings else NOTHING
    return Expected(
        records=records,
        readings=readings,
        errors=sum(bool(each.problems) for each in mapped),
        first=gives.index(True) if True in gives else 0,
        has_places=any(record.position is not None for record in records),
        problem=problem if readings == _readings(again) else CHANGING,
    )


def _readings(mapped: list[Mapped]) -> set[Reading]:
    return {reading for each in mapped for reading in to_readings(each.entities)}


def fixtures_of(path: Path) -> list[str]:
    """Name the fixtures of a connector file; none where it cannot be read, which the replay says."""
    try:
        tests = load_connector(path, environment={}, strict=False).connector.tests
    except SettingsError:
        return []
    return list(dict.fromkeys(test.fixture for test in tests))


async def records_of(connector: Declared) -> list[Record]:
    """Give all records of the connector's source."""
    return [record async for record in connector.source.read({})]


def map_all(connector: Declared, records: list[Record]) -> Iterator[Mapped]:
    """Map records in their order, with what is remembered of each part."""
    states: dict[str, object] = {}
    for record in records:
        mapped = connector.mapping.map(record, None if record.first else states.get(record.part))
        states[record.part] = mapped.state
        yield mapped
