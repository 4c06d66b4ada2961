# SPDX-License-Identifier: EUPL-1.2
"""How the connectors of a data folder are: read from their spools, beside those that run."""

import sqlite3
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import orjson

from allmende.errors import SettingsError
from allmende.spools import looking, parse_file_name
from connectors.locking import is_locked
from connectors.rejections import FileState, read_file_states


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorState:
    """What a connector last said of itself; times are UTC as texts, ages seconds."""

    tenant: str
    name: str
    state: str
    version: str | None = None
    last_read: str | None = None
    last_stored: str | None = None
    next_read: str | None = None
    backlog: int = 0
    set_aside: int = 0
    last_error: dict[str, Any] | None = None
    file: str | None = None
    max_age_s: float | None = None
    silent_since: str | None = None
    """When it last stored something (else when it began), where that is longer ago than it may be."""
    full_since: str | None = None
    """When the spool became full, until half of it is free."""
    dropped: int = 0
    """Records that were dropped because the spool was full."""
    rejected_version: str | None = None
    """Of the connector file, where a newer one than that which runs cannot run."""

    def as_json(self) -> dict[str, Any]:
        """Give what `list --json` prints."""
        return asdict(self)


def read_states(data: Path, *, now: datetime | None = None) -> list[ConnectorState]:
    """Read the spools of a data folder, `<tenant>-<name>.sqlite`; none waits for this."""
    at = now or datetime.now(UTC)
    states = [_read_state(path, at) for path in _spools(data / "spool")]
    return _with_files(states, read_file_states(data))


def states_of(told: list[dict[str, Any]]) -> list[ConnectorState]:
    """Take what a platform tells of its connectors; what it does not know is as if nothing were said."""
    fields = ConnectorState.__dataclass_fields__
    return [
        ConnectorState(**{name: value for name, value in each.items() if name in fields and value is not None})
        for each in told
    ]


def _with_files(states: list[ConnectorState], files: list[FileState]) -> list[ConnectorState]:
    """Add what the platform says of connector files: versions that cannot run, processes that ended, files that never ran."""
    told = {said.file: said for said in files}
    known = [_with_file(state, told.pop(state.file or "", None)) for state in states]
    never_ran = [
        ConnectorState(tenant="default", name=said.name, state="stopped", file=said.file)
        for said in told.values()
        if said.rejection is not None or said.ended is not None
    ]
    return known + [_with_file(state, told[str(state.file)]) for state in never_ran]


def _with_file(state: ConnectorState, said: FileState | None) -> ConnectorState:
    if said is None:
        return state
    if said.rejection is not None:
        error = {"at": said.rejection.at, "text": said.rejection.text}
        state = replace(state, rejected_version=said.rejection.version, last_error=state.last_error or error)
    if said.ended is not None and state.state == "stopped":
        state = replace(state, last_error=state.last_error or asdict(said.ended))
    return state


def _spools(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if fnmatchcase(path.name, "*[-+]*.sqlite"))
    except FileNotFoundError:
        return []
    except OSError as error:
        # A glob would find nothing in a folder that it may not read, as if there were no connector.
        raise SettingsError(f"{folder} cannot be read: {error.strerror}; list the connectors as its owner") from error


def _read_state(path: Path, now: datetime) -> ConnectorState:
    tenant, name = parse_file_name(path.stem)
    try:
        is_running = is_locked(path)
        said, backlog, set_aside = _read_spool(path)
    except PermissionError:
        words = f"{path} belongs to another user; list the connectors as that user"
        return ConnectorState(tenant=tenant, name=name, state="unknown", last_error={"at": None, "text": words})
    except (sqlite3.Error, orjson.JSONDecodeError) as error:
        said, backlog, set_aside = {"last_error": {"at": None, "text": f"{path} cannot be read: {error}"}}, 0, 0
    state = said.pop("state", None)
    if not is_running:
        # What was killed had no time to say that it stops.
        state, said["next_read"], said["full_since"] = "stopped", None, None
    elif state in (None, "stopped"):
        state = "running"
    known = {key: value for key, value in said.items() if key in ConnectorState.__dataclass_fields__}
    never_stored = known.pop("silent_since", None) if known.get("last_stored") is None else None
    silent = never_stored or _silent_since(known.get("last_stored"), known.get("max_age_s"), now)
    known.pop("silent_since", None)
    return ConnectorState(
        tenant=tenant, name=name, state=state, backlog=backlog, set_aside=set_aside, silent_since=silent, **known
    )


def _read_spool(path: Path) -> tuple[dict[str, Any], int, int]:
    """Give what was said, the records that wait for receipts, and how many are set aside."""
    with looking(path) as db:
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        # The spool of an older version has no table of states until its connector runs again.
        rows = db.execute("SELECT name, value FROM state").fetchall() if "state" in tables else []
        (kept,) = db.execute("SELECT count(*) FROM record").fetchone()
        (set_aside,) = db.execute("SELECT count(*) FROM aside").fetchone()
    return {name: orjson.loads(value) for name, value in rows}, max(kept - set_aside, 0), set_aside


def _silent_since(last_stored: str | None, max_age_s: float | None, now: datetime) -> str | None:
    if last_stored is None or max_age_s is None:
        return None
    is_silent = now - datetime.fromisoformat(last_stored) > timedelta(seconds=max_age_s)
    return last_stored if is_silent else None
