# SPDX-License-Identifier: EUPL-1.2
"""What a sensor of the town is, and what it measures."""

import math
from dataclasses import dataclass
from typing import Final

LONGITUDE: Final = 9.6310
LATITUDE: Final = 51.1380
"""The market square of the town, which does not exist."""

_METRES_PER_DEGREE: Final = 111_200


@dataclass(frozen=True, slots=True)
class Sensor:
    """A sensor at a place, in metres from the market square; what size and character mean depends on its kind."""

    type: str
    slug: str
    name: str
    street: str
    east: int
    north: int
    size: float = 1.0
    character: str = ""

    @property
    def id(self) -> str:
        """The entity's id."""
        return f"urn:ngsi-ld:{self.type}:musterstadt:{self.slug}"

    @property
    def coordinates(self) -> list[float]:
        """Longitude and latitude (WGS 84)."""
        east_degree = _METRES_PER_DEGREE * math.cos(math.radians(LATITUDE))
        return [round(LONGITUDE + self.east / east_degree, 6), round(LATITUDE + self.north / _METRES_PER_DEGREE, 6)]


@dataclass(frozen=True, slots=True)
class Measured:
    """A value with its unit (a UN/CEFACT code), where it has one."""

    value: float | str
    unit: str | None = None
