# SPDX-License-Identifier: EUPL-1.2
"""What an entity holds, as lists and tables show it: its place, and when it was observed last."""

from typing import Any

from msgspec import Struct

from broker.ngsi.entities import Attributes, Instance
from broker.ngsi.instances import PLACE
from broker.ngsi.instants import is_later


class AttributeContent(Struct, frozen=True, gc=False):
    """What the instances of an attribute hold over many entities: attribute types, and units as far as two differ."""

    iri: str
    kinds: frozenset[str]
    units: frozenset[str]
    """Codes; the empty one stands for instances without. At most three, of more."""
    has_shapes: bool
    """Whether there are geometries that are no points."""

    def united(self, other: "AttributeContent") -> "AttributeContent":
        """The content of both."""
        units = frozenset(sorted(self.units | other.units)[:3])
        return AttributeContent(self.iri, self.kinds | other.kinds, units, self.has_shapes or other.has_shapes)


def last_observed(attributes: Attributes) -> str | None:
    """The newest `observedAt` of all instances."""
    newest: str | None = None
    for instances in attributes.values():
        for instance in instances:
            time = instance.get("observedAt")
            if time is not None and (newest is None or is_later(time, newest)):
                newest = time
    return newest


def geometry_of(attributes: Attributes) -> dict[str, Any] | None:
    """Where an entity is: the geometry of `location`, else of its first GeoProperty."""
    if PLACE in attributes:
        return _geometry(attributes[PLACE][0])
    return next(
        (_geometry(instances[0]) for instances in attributes.values() if instances[0]["type"] == "GeoProperty"), None
    )


def _geometry(instance: Instance) -> dict[str, Any]:
    geometry: dict[str, Any] = instance["value"]
    return geometry
