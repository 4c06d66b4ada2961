# SPDX-License-Identifier: EUPL-1.2
"""A day in one column and the time of day in another: together they are a time."""

import re
from dataclasses import replace

from connectors.proposing.columns import Column
from connectors.proposing.names import meanings_of, split_name
from connectors.proposing.times import find_writing

_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?(?: Uhr)?")
# Of these, a time of day says something else.
_OTHERS = frozenset({"opening", "closing", "start", "end", "duration", "validity"})


def join_clock(columns: list[Column]) -> list[Column]:
    """Give the columns, with the day and the time of day as one where there is one of each."""
    days = [column for column in columns if _is_day(column) and not _means_other(column)]
    clocks = [column for column in columns if _is_clock(column) and not _means_other(column)]
    if len(days) != 1 or len(clocks) != 1 or days[0].path[:-1] != clocks[0].path[:-1]:
        return columns
    day, clock = days[0], clocks[0]
    values = [f"{date} {time}" for date, time in zip(day.values, clock.values, strict=True)]
    if find_writing(values) is None:
        return columns
    joined = replace(day, expression=f"{day.expression} & ' ' & {clock.expression}", values=values)
    return [joined if column is day else column for column in columns if column is not clock]


def _is_day(column: Column) -> bool:
    writing = find_writing(column.values) if column.fill == 1 else None
    return writing is not None and writing.text and not writing.clock


def _is_clock(column: Column) -> bool:
    return column.fill == 1 and all(isinstance(text, str) and _CLOCK.fullmatch(text) for text in column.values)


def _means_other(column: Column) -> bool:
    return any(meanings_of(word) & _OTHERS for word in split_name(column.names[-1]))
