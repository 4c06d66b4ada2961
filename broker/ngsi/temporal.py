# SPDX-License-Identifier: EUPL-1.2
"""Temporal queries, as their parameters state them (ETSI GS CIM 009, 4.11)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias, get_args

from allmende.errors import BadRequestData
from broker.ngsi.datatypes import parse_instant
from broker.ngsi.instants import to_instant
from broker.ngsi.nearness import did_you_mean

TimeRelation: TypeAlias = Literal["before", "after", "between"]
TimeProperty: TypeAlias = Literal["observedAt", "createdAt", "modifiedAt", "deletedAt"]

PARAMETERS: Final = frozenset({"timerel", "timeAt", "endTimeAt", "lastN", "timeproperty"})

_RELATIONS: Final[dict[str, TimeRelation]] = {name: name for name in get_args(TimeRelation)}
_PROPERTIES: Final[dict[str, TimeProperty]] = {name: name for name in get_args(TimeProperty)}
_POSITIVE: Final = re.compile(r"0*[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class TemporalQuery:
    """A window of time: before excludes `time_at`, after includes it, between excludes its end only."""

    timerel: TimeRelation | None = None
    time_at: datetime | None = None
    end_time_at: datetime | None = None
    last_n: int | None = None
    """The newest instances of each attribute."""
    timeproperty: TimeProperty = "observedAt"


def parse_temporal_query(parameters: Mapping[str, str]) -> TemporalQuery | None:
    """The temporal query that the parameters state; None where they state none."""
    if PARAMETERS.isdisjoint(parameters):
        return None
    timerel = parameters.get("timerel")
    if timerel is not None and timerel not in _RELATIONS:
        hint = did_you_mean(timerel, _RELATIONS)
        raise BadRequestData(f"Parameter 'timerel' must be {_listed(_RELATIONS)}, not {timerel!r}{hint}")
    timeproperty = parameters.get("timeproperty", "observedAt")
    if timeproperty not in _PROPERTIES:
        hint = did_you_mean(timeproperty, _PROPERTIES)
        raise BadRequestData(f"Parameter 'timeproperty' must be {_listed(_PROPERTIES)}, not {timeproperty!r}{hint}")
    _check_presence(parameters, timerel)
    return TemporalQuery(
        None if timerel is None else _RELATIONS[timerel],
        _parse_time(parameters, "timeAt"),
        _parse_time(parameters, "endTimeAt"),
        _parse_last(parameters),
        _PROPERTIES[timeproperty],
    )


def _check_presence(parameters: Mapping[str, str], timerel: str | None) -> None:
    wanted = {"timeAt": timerel is not None, "endTimeAt": timerel == "between"}
    for name, is_needed in wanted.items():
        if is_needed and name not in parameters:
            raise BadRequestData(f"Parameter {name!r} is required with timerel={timerel}")
        if not is_needed and name in parameters:
            remedy = "timerel" if name == "timeAt" else "timerel=between"
            raise BadRequestData(f"Parameter {name!r} needs {remedy}")


def _parse_time(parameters: Mapping[str, str], name: str) -> datetime | None:
    text = parameters.get(name)
    return None if text is None else to_instant(parse_instant(text, f"Parameter {name!r}"))


def _parse_last(parameters: Mapping[str, str]) -> int | None:
    text = parameters.get("lastN")
    if text is None:
        return None
    if not _POSITIVE.fullmatch(text):
        raise BadRequestData(f"Parameter 'lastN' must be a number greater than 0, not {text!r}")
    return int(text)


def _listed(names: Mapping[str, str]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}"
