# SPDX-License-Identifier: EUPL-1.2
"""Which column says when something was measured."""

from itertools import takewhile

from connectors.proposing.columns import Path
from connectors.proposing.fields import Field

_LEAST = 0.5
_NEVER = ("created", "start", "end", "validity", "static", "inspection", "opening", "closing")
_WORDS_ABOUT_TIME = frozenset({"time", "observed", "updated"})


def find_moment(fields: list[Field], measured: list[Field]) -> Field | None:
    """Give the time of measured values: by its name, and by standing beside what is measured."""
    # What stands in one element of a list is the time of its value alone.
    times = [field for field in fields if field.content.kind == "time" and not field.column.element]
    best = max(times, key=lambda field: rank_moment(field, measured), default=None)
    return best if best is not None and rank_moment(best, measured) >= _LEAST else None


def find_own(value: Field, fields: list[Field]) -> Field | None:
    """Give the time that stands in the same element of a list as a value, the nearest one."""
    element, path = value.column.element, value.column.path
    if not element:
        return None
    times = [one for one in fields if one.content.kind == "time" and one.column.path[: len(element)] == element]
    return max(times, key=lambda one: _shared(one.column.path, path), default=None)


def _shared(one: Path, other: Path) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def rank_moment(field: Field, measured: list[Field]) -> float:
    """Give how likely a time is that of a measurement, from 0 to about 1.5."""
    writing = field.content.writing
    if writing is None or field.means(*_NEVER) or _is_about(field, *_NEVER):
        return 0.0
    rank = 0.3 if field.means("time") else 0.1
    if field.means("observed"):
        rank += 0.4
    elif field.means("updated"):
        rank += 0.3
    if not writing.clock:
        rank -= 0.3
    said = {word for word in field.words if not _WORDS_ABOUT_TIME & field.meanings} | {field.prefix}
    if any(said & {*other.words, other.prefix} - {""} for other in measured):
        rank += 0.2
    if any(field.column.path[:-1] == other.column.path[:-1] for other in measured):
        rank += 0.2
    # The time of a reading is there where there is a reading.
    if measured and all(_goes_with(field, other) for other in measured):
        rank += 0.2
    return rank


def _is_about(field: Field, *meanings: str) -> bool:
    return any(meaning in field.parents for meaning in meanings)


def _goes_with(time: Field, other: Field) -> bool:
    pairs = zip(time.column.values, other.column.values, strict=True)
    return all(moment not in (None, "") for moment, value in pairs if value not in (None, ""))
