# SPDX-License-Identifier: EUPL-1.2
"""How a connector is, made of what it says of itself and of when it was heard. Pure.

What arrives on `up/state` may be anybody's JSON: what is not of its kind counts as not said.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

AWAY_AFTER: Final = timedelta(seconds=90)
"""A connector that runs says so every 30 seconds."""
_SAID: Final = frozenset({"running", "waiting", "failing"})
_LONGEST: Final = 500
_LARGEST: Final = 2**53

Title: TypeAlias = Mapping[str, str]
"""A title by language; a title in no language stands under the empty one."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong last."""

    at: datetime | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A connector. What it never said is None; times are UTC."""

    tenant: str
    name: str
    state: str
    """`running`, `waiting`, `failing`, `silent`, `stopped`, `away`; `unknown` of one that does not say how it is."""
    title: Title
    version: str | None
    reported_at: datetime | None
    last_read: datetime | None
    last_stored: datetime | None
    next_read: datetime | None
    silent_since: datetime | None
    full_since: datetime | None
    backlog: int | None
    set_aside: int | None
    dropped: int | None
    rejected_version: str | None
    last_error: Failure | None
    dead_letters: int


def to_report(
    tenant: str,
    name: str,
    said: Any,
    *,
    reported_at: datetime | None,
    heard_at: datetime | None,
    dead_letters: int,
    now: datetime,
) -> Report:
    """The report of a connector that said so at `reported_at`, and sent data last at `heard_at`, as far as is known."""
    told: dict[str, Any] = said if isinstance(said, dict) else {}
    silent_since = _to_time(told.get("silent_since"))
    return Report(
        tenant=tenant,
        name=name,
        state=_decide(told.get("state"), reported_at, heard_at, silent_since, now),
        title=_to_title(told.get("title")),
        version=_to_text(told.get("version")),
        reported_at=reported_at,
        last_read=_to_time(told.get("last_read")),
        last_stored=heard_at if reported_at is None else _to_time(told.get("last_stored")),
        next_read=_to_time(told.get("next_read")),
        silent_since=silent_since,
        full_since=_to_time(told.get("full_since")),
        backlog=_to_count(told.get("backlog")),
        set_aside=_to_count(told.get("set_aside")),
        dropped=_to_count(told.get("dropped")),
        rejected_version=_to_text(told.get("rejected_version")),
        last_error=_to_failure(told.get("last_error")),
        dead_letters=dead_letters,
    )


def _decide(
    said: Any, reported_at: datetime | None, heard_at: datetime | None, silent_since: datetime | None, now: datetime
) -> str:
    """One that stopped says no more; of all others that say nothing any more, nobody knows whether they are there."""
    since = now - AWAY_AFTER
    if reported_at is None:
        return "running" if heard_at is not None and heard_at >= since else "unknown"
    if said == "stopped":
        return "stopped"
    if reported_at < since:
        return "away"
    if silent_since is not None:
        return "silent"
    return said if isinstance(said, str) and said in _SAID else "unknown"


def _to_time(value: Any) -> datetime | None:
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
        return None if time is None or time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _to_count(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value < _LARGEST else None


def _to_text(value: Any) -> str | None:
    return value[:_LONGEST] if isinstance(value, str) and value.strip() else None


def _to_title(value: Any) -> Title:
    titles = value if isinstance(value, dict) else {"": value}
    return {language: text for language, title in titles.items() if (text := _to_text(title)) is not None}


def _to_failure(value: Any) -> Failure | None:
    text = _to_text(value.get("text")) if isinstance(value, dict) else None
    return None if text is None else Failure(_to_time(value.get("at")), text)
