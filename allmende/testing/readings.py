# SPDX-License-Identifier: EUPL-1.2
"""Readings: what entities say, instance by instance, for comparison; pure."""

from collections.abc import Iterable
from typing import Any

import msgspec

Reading = tuple[str, str, str]
"""One instance of an attribute: the entity's id, the attribute's name, the instance as JSON."""


def to_readings(entities: Iterable[dict[str, Any]]) -> set[Reading]:
    """Give every instance of entities, for comparison."""
    found = set()
    for entity in entities:
        for name, member in entity.items():
            if name in {"id", "type", "@context"}:
                continue
            for instance in member if isinstance(member, list) else [member]:
                found.add((entity["id"], name, msgspec.json.encode(instance, order="sorted").decode()))
    return found


def named(readings: Iterable[Reading]) -> list[str]:
    """Name the first few entities and attributes of readings."""
    return sorted({f"{entity}, attribute {attribute}" for entity, attribute, _ in readings})[:3]
