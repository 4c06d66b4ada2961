# SPDX-License-Identifier: EUPL-1.2
"""The names of instances of history: what tells one from all others, so that none has to be stored."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)
_ID: Final = re.compile(r"urn:ngsi-ld:Instance:([0-9]{1,18}):([0-9]{1,9}):([0-9]{1,9}):(-?[0-9]{1,18})")


class InstanceKey(NamedTuple):
    """The numbers of entity, attribute and dataset, and the time."""

    seq: int
    attribute: int
    dataset: int
    time: datetime


def to_instance_id(seq: int, attribute: int, dataset: int, time: datetime) -> str:
    """The id of an instance; it stays as long as the instance keeps its time.

    >>> to_instance_id(7, 2, 0, datetime(2026, 6, 1, tzinfo=UTC))
    'urn:ngsi-ld:Instance:7:2:0:1780272000000000'
    """
    return f"urn:ngsi-ld:Instance:{seq}:{attribute}:{dataset}:{(time - _EPOCH) // _TICK}"


def parse_instance_id(text: str) -> InstanceKey | None:
    """The key that an id names; None where it names none."""
    match = _ID.fullmatch(text)
    if match is None:
        return None
    seq, attribute, dataset, ticks = map(int, match.groups())
    try:
        return InstanceKey(seq, attribute, dataset, _EPOCH + ticks * _TICK)
    except OverflowError:
        return None
