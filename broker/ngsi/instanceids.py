# SPDX-License-Identifier: EUPL-1.2
"""The names of instances of history: what tells one from all others, so that none has to be stored.

They are made of nothing but what whoever sees the instance knows: a number that counts entities would tell how many there
are that he does not see, and would be another one where a tenant is imported.
"""

import re
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final, NamedTuple

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)
_ID: Final = re.compile(r"urn:ngsi-ld:Instance:([0-9a-f]{20}):(-?[0-9]{1,18})")


class InstanceId(NamedTuple):
    """The name of a series of instances, and the time of one of them."""

    series: str
    time: datetime


class InstanceKey(NamedTuple):
    """The numbers of entity, attribute and dataset, and the time."""

    seq: int
    attribute: int
    dataset: int
    time: datetime


def to_series_name(entity_id: str, attribute: str, dataset: str | None) -> str:
    """The name of the instances of an attribute, by its IRI, and a dataset.

    >>> to_series_name("urn:ngsi-ld:Room:1", "https://example.org/temperature", None)
    '865c5cc7f491e228afe0'
    """
    # No IRI holds a blank.
    return blake2b(f"{entity_id} {attribute} {dataset or ''}".encode(), digest_size=10).hexdigest()


def to_instance_id(series: str, time: datetime) -> str:
    """The id of an instance; it stays as long as the instance keeps its time.

    >>> to_instance_id("865c5cc7f491e228afe0", datetime(2026, 6, 1, tzinfo=UTC))
    'urn:ngsi-ld:Instance:865c5cc7f491e228afe0:1780272000000000'
    """
    return f"urn:ngsi-ld:Instance:{series}:{(time - _EPOCH) // _TICK}"


def parse_instance_id(text: str) -> InstanceId | None:
    """What an id names; None where it is none."""
    match = _ID.fullmatch(text)
    if match is None:
        return None
    try:
        return InstanceId(match[1], _EPOCH + int(match[2]) * _TICK)
    except OverflowError:
        return None
