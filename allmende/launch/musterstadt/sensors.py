# SPDX-License-Identifier: EUPL-1.2
"""What a sensor of the town is, and what it measures."""

from dataclasses import dataclass

from allmende.launch.musterstadt.ground import Spot


@dataclass(frozen=True, slots=True)
class Sensor:
    """A sensor at a place, in metres from the market square; what size and character mean depends on its kind."""

    type: str
    slug: str
    name: str
    street: str
    east: int
    north: int
    size: float
    character: str

    @property
    def id(self) -> str:
        """The entity's id."""
        return f"urn:ngsi-ld:{self.type}:musterstadt:{self.slug}"

    @property
    def spot(self) -> Spot:
        """Where it stands."""
        return self.east, self.north


@dataclass(frozen=True, slots=True)
class Measured:
    """A value with its unit (a UN/CEFACT code), where it has one."""

    value: float | str | list[str]
    unit: str | None = None
