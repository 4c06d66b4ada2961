# SPDX-License-Identifier: EUPL-1.2
"""What does not measure but makes a map readable: a district, a street, the river."""

from dataclasses import dataclass, field
from typing import Any

from allmende.launch.musterstadt.ground import Spot, to_area, to_line, to_point
from allmende.launch.musterstadt.names import to_name


@dataclass(frozen=True, slots=True)
class Place:
    """Something with a name and a shape: one spot is a point, more are a line, or an area where `is_area`."""

    type: str
    slug: str
    german: str
    english: str | None
    spots: tuple[Spot, ...]
    is_area: bool = False
    properties: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The entity's id."""
        return f"urn:ngsi-ld:{self.type}:musterstadt:{self.slug}"

    @property
    def shape(self) -> dict[str, object]:
        """Its GeoJSON geometry."""
        if len(self.spots) == 1:
            return to_point(self.spots[0])
        return to_area(self.spots) if self.is_area else to_line(self.spots)


def to_entity(place: Place) -> dict[str, Any]:
    """The place as an entity: it says nothing of a time, so that sending it again changes nothing."""
    return {
        "id": place.id,
        "type": place.type,
        "name": to_name(place.german, place.english),
        "location": {"type": "GeoProperty", "value": place.shape},
        **{name: {"type": "Property", "value": value} for name, value in place.properties.items()},
    }
