# SPDX-License-Identifier: EUPL-1.2
"""What `allmende up` says of the connector files of its folder: which versions cannot run, and which processes ended."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

NAME = "connectors.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A version of a connector file that cannot run, and why."""

    version: str | None
    at: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the process of a connector ended, and what follows."""

    at: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileState:
    """A connector file of the folder; `name` is that of its connector, else its file's."""

    file: str
    name: str
    rejection: Rejection | None = None
    ended: Ended | None = None
    """Of its last process, as long as there is no other one."""


def dump_file_states(states: list[FileState]) -> str:
    """Give the content of `connectors.json`."""
    return json.dumps([asdict(state) for state in states]) + "\n"


def read_file_states(data: Path) -> list[FileState]:
    """Give what the platform of a data folder says; nothing where none runs there."""
    try:
        return [_to_state(entry) for entry in json.loads((data / NAME).read_text(encoding="utf-8"))]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def find_rejection(data: Path, file: Path) -> dict[str, Any] | None:
    """Give the version of a connector file that cannot run: `version`, `at`, `text`."""
    wanted = str(file.absolute())
    found = (state.rejection for state in read_file_states(data) if state.file == wanted)
    rejection = next(found, None)
    return None if rejection is None else asdict(rejection)


def _to_state(entry: dict[str, Any]) -> FileState:
    rejected, ended = entry["rejection"], entry["ended"]
    return FileState(
        file=entry["file"],
        name=entry["name"],
        rejection=Rejection(**rejected) if rejected else None,
        ended=Ended(**ended) if ended else None,
    )
