# SPDX-License-Identifier: EUPL-1.2
"""A case of the suite: a connector file that reads one of its fixtures, and what must come of it."""

import asyncio
import gc
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from allmende.connector import Mapped, Record
from allmende.errors import SettingsError, SourceError, Unavailable
from allmende.testing.delivering import to_readings
from connectors.declarative.connector import Declared
from connectors.declarative.fixtures import open_tested
from connectors.declarative.loading import FileProblems, load_connector


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A connector file, one of its fixtures, and a folder for spools."""

    path: Path
    fixture: str
    folder: Path
    _opened: list[Declared] = field(default_factory=list)

    def open(self) -> Declared:
        """Open the connector anew, as another process would."""
        self._opened.append(open_tested(self.path, self.fixture))
        return self._opened[-1]

    def run(self, check: "Check") -> list[str]:
        """Run a check; give what is wrong, each with the name of the fixture."""
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
        return [f"{self.fixture}: {words}" for words in problems]


Check = Callable[[Case], Coroutine[Any, Any, list[str]]]
"""Gives what is wrong with a case, in words that say what to do; nothing where it is sound."""


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


def readings_of(connector: Declared, records: list[Record]) -> set[tuple[str, str, str]]:
    """Give what must arrive of records: each attribute instance, see `to_readings`."""
    return {reading for mapped in map_all(connector, records) for reading in to_readings(mapped.entities)}
