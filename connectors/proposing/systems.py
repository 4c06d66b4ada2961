# SPDX-License-Identifier: EUPL-1.2
"""Systems of coordinates, by the ranges of their values."""

from dataclasses import dataclass

DEGREES, _UTM32, _UTM33 = 4326, 25832, 25833
# Easting and northing of the systems that German offices use, by their ranges.
_SYSTEMS = (
    ((200_000, 900_000), (5_200_000, 6_200_000), _UTM32),
    ((32_200_000, 32_900_000), (5_200_000, 6_200_000), 4647),
    ((2_300_000, 2_700_000), (5_200_000, 6_200_000), 31466),
    ((3_300_000, 3_700_000), (5_200_000, 6_200_000), 31467),
    ((4_300_000, 4_700_000), (5_200_000, 6_200_000), 31468),
    ((5_300_000, 5_700_000), (5_200_000, 6_200_000), 31469),
    ((2_400_000, 2_900_000), (1_000_000, 1_400_000), 2056),
)
# The middle of Europe: where a longitude and a latitude cannot be taken for one another.
_LONGITUDES, _LATITUDES = (-10.0, 32.0), (35.0, 72.0)

Pair = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A system of coordinates; code 0: none that is known."""

    code: int
    swapped: bool = False
    mixed: bool = False
    notes: tuple[str, ...] = ()


def find_system(pairs: list[Pair], stated: int | None) -> System:
    """Give the system of pairs of numbers: the one that is stated, else the one in whose range they lie."""
    degrees = [pair for pair in pairs if max(map(abs, pair)) <= 180]
    metres = [pair for pair in pairs if max(map(abs, pair)) > 180]
    if len(degrees) >= len(metres) and not (metres and degrees):
        # A document that names metres and holds degrees is wrong about one of them.
        return _degrees(degrees)
    code, swapped = _metric(metres, stated)
    if code == 0:
        return _degrees(degrees) if len(degrees) > len(metres) else System(code=0)
    notes = () if stated else (f"EPSG:{code} by the range of the values; check a place on a map",)
    if not stated and code == _UTM32:
        notes = (f"EPSG:{code} by the range of the values ({_UTM33} looks the same); check a place on a map",)
    return System(code=code, swapped=swapped, mixed=bool(degrees), notes=notes)


def _degrees(pairs: list[Pair]) -> System:
    given = [pair for pair in pairs if pair != (0.0, 0.0)]
    straight = sum(_inside(x, _LONGITUDES) and _inside(y, _LATITUDES) for x, y in given)
    turned = sum(_inside(y, _LONGITUDES) and _inside(x, _LATITUDES) for x, y in given)
    swapped = turned > straight
    notes = ("the first is the latitude here, by its values",) if swapped else ()
    return System(code=DEGREES, swapped=swapped, notes=notes)


def _metric(pairs: list[Pair], stated: int | None) -> tuple[int, bool]:
    for eastings, northings, code in _SYSTEMS:
        for swapped in (False, True):
            inside = sum(
                _inside(y if swapped else x, eastings) and _inside(x if swapped else y, northings) for x, y in pairs
            )
            if inside * 2 > len(pairs):
                return stated or code, swapped
    return stated if stated and stated != DEGREES else 0, False


def _inside(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]
