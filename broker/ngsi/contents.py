# SPDX-License-Identifier: EUPL-1.2
"""What an entity holds, as lists and tables show it: its place, and when it was observed last."""

from itertools import chain
from typing import Any

from msgspec import Struct

from broker.ngsi.entities import Attributes, Instance
from broker.ngsi.instances import PLACE
from broker.ngsi.instants import newest_of


class AttributeContent(Struct, frozen=True, gc=False):
    """What an attribute holds in many entities, of each its default instance or else its first one."""

    iri: str
    least_unit: str
    """Of all codes, an empty text where there is none, the first in order."""
    greatest_unit: str
    """The last one."""
    has_shapes: bool
    """Whether it is `location` and there are geometries that are no points."""

    @property
    def has_one_unit(self) -> bool:
        """Whether all have the same unit, or none."""
        return self.least_unit == self.greatest_unit

    def united(self, other: "AttributeContent") -> "AttributeContent":
        """The content of both."""
        return AttributeContent(
            self.iri,
            min(self.least_unit, other.least_unit),
            max(self.greatest_unit, other.greatest_unit),
            self.has_shapes or other.has_shapes,
        )


def last_observed(attributes: Attributes) -> str | None:
    """The newest `observedAt` of all instances."""
    instances = chain.from_iterable(attributes.values())
    return newest_of(instance["observedAt"] for instance in instances if "observedAt" in instance)


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
