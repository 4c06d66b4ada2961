# SPDX-License-Identifier: EUPL-1.2
"""What the rules of quality look at: a connector's folder, its file, and what comes of its fixtures."""

import asyncio
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from allmende.connector import Entity
from allmende.errors import SettingsError, SourceError
from connectors.declarative.connector import check_expressions
from connectors.declarative.engines import open_engine
from connectors.declarative.format import ConnectorFile
from connectors.declarative.loading import FileProblems, load_connector
from connectors.preview import preview
from connectors.testing import open_test

Level = Literal["bronze", "silver", "gold"]
LEVELS: tuple[Level, ...] = get_args(Level)
CLAIM = "quality.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A connector as its rules see it; `file` is None where it is wrong, and `problems` say why."""

    path: Path
    problems: list[str] = field(default_factory=list)
    file: ConnectorFile | None = None
    entities: dict[str, list[Entity]] = field(default_factory=dict)
    """What each fixture gives."""
    errors: dict[str, int] = field(default_factory=dict)
    """How many errors each fixture gives."""


def read_subject(path: Path) -> Subject:
    """Read a connector file and map its fixtures."""
    try:
        loaded = load_connector(path, environment={}, strict=False)
        problems = check_expressions(loaded, open_engine())
    except SettingsError as error:
        return Subject(path=path, problems=error.problems if isinstance(error, FileProblems) else [str(error)])
    subject = Subject(path=path, problems=problems, file=loaded.connector)
    tests = {test.fixture: test for test in reversed(loaded.connector.tests)}
    for fixture in dict.fromkeys(test.fixture for test in loaded.connector.tests):
        try:
            answer = asyncio.run(preview(open_test(path, tests[fixture]), sys.maxsize))
        except (SettingsError, SourceError) as error:
            subject.problems.append(f"{fixture}: {error}")
            continue
        subject.entities[fixture] = answer.entities
        subject.errors[fixture] = len(answer.errors)
    return subject


def claim_of(path: Path) -> Level:
    """Give the level that the file beside a connector claims; without one, it is the first."""
    claim = path.parent / CLAIM
    if not claim.is_file():
        return LEVELS[0]
    try:
        content = tomllib.loads(claim.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{claim} is not TOML: {error}") from error
    level = content.get("level")
    if content.keys() != {"level"} or level not in LEVELS:
        raise SettingsError(f"{claim} must hold one key, 'level', which is one of {', '.join(LEVELS)}")
    return LEVELS[LEVELS.index(level)]
