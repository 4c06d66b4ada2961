# SPDX-License-Identifier: EUPL-1.2
"""The districts of Musterstadt: they touch each other along the wall, the river, the railway and the big streets."""

from typing import Final

from allmende.launch.musterstadt.ground import Spot
from allmende.launch.musterstadt.places import Place

RIVER: Final[tuple[Spot, ...]] = (
    *((-3600, -1250), (-2600, -1338), (-2050, -1290), (-1490, -955), (-1000, -850), (-640, -665), (-250, -590)),
    *((12, -428), (400, -310), (690, -255), (940, -102), (1300, -20), (1720, 40), (2100, 300), (2430, 418)),
    *((2900, 500), (3600, 760)),
)
"""The middle of the Muster, which flows from west to east."""
WALL: Final[tuple[Spot, ...]] = (
    *((305, -40), (285, 120), (205, 245), (60, 300), (-110, 280), (-235, 185)),
    *((-295, 30), (-262, -152), (-130, -265), (20, -300), (170, -255), (270, -160)),
)
"""The corners of the town wall, from the east gate to the left."""

_HARBOUR_CORNER: Final[Spot] = (1350, 170)
_STATION_CORNER: Final[Spot] = (950, 720)
_NORTH_GATE: Final[Spot] = (-330, 700)
_NORTH_END: Final[Spot] = (-420, 1600)
_ORCHARDS: Final[Spot] = (-1250, 880)
_HEATH: Final[Spot] = (-1600, 250)
_MEADOWS: Final[Spot] = (-900, 60)
_VINEYARD: Final[Spot] = (900, 1350)
_RING: Final[Spot] = (700, 150)
_QUARRY: Final[Spot] = (1500, 600)
_CEMETERY: Final[Spot] = (330, 640)


def _district(slug: str, german: str, english: str | None, *spots: Spot) -> Place:
    return Place("AdministrativeArea", slug, german, english, spots, is_area=True)


DISTRICTS: Final[tuple[Place, ...]] = (
    _district("altstadt", "Altstadt", "Old Town", *WALL),
    _district(
        *("bahnhofsviertel", "Bahnhofsviertel", "Station Quarter"),
        *(*WALL[:3], _CEMETERY, _STATION_CORNER, _HARBOUR_CORNER, _RING),
    ),
    _district(
        *("hafen", "Hafen", "Harbour"),
        *(WALL[0], _RING, _HARBOUR_CORNER, *RIVER[11:6:-1], *WALL[9:]),
    ),
    _district(
        *("gewerbepark-ost", "Gewerbepark Ost", "Business Park East"),
        *(_HARBOUR_CORNER, _QUARRY, (2750, 740), *RIVER[15:10:-1]),
    ),
    _district("birkenhain", "Birkenhain", None, _STATION_CORNER, _VINEYARD, (1900, 1300), _QUARRY, _HARBOUR_CORNER),
    _district(
        *("nordstadt", "Nordstadt", "North Town"),
        *(*WALL[2:5], _NORTH_GATE, _NORTH_END, _VINEYARD, _STATION_CORNER, _CEMETERY),
    ),
    _district("gartenstadt", "Gartenstadt", "Garden Suburb", _NORTH_GATE, _NORTH_END, (-1200, 1550), _ORCHARDS),
    _district(
        *("lindenviertel", "Lindenviertel", "Linden Quarter"),
        *(*WALL[4:7], _MEADOWS, _HEATH, (-1550, 900), _ORCHARDS, _NORTH_GATE),
    ),
    _district(
        *("hochschulviertel", "Hochschulviertel", "University Quarter"),
        *(*WALL[6:10], *RIVER[7:2:-1], (-1900, -500), _HEATH, _MEADOWS),
    ),
    _district(
        *("suedvorstadt", "Südvorstadt", "South Bank"),
        *(*RIVER[3:11], (1150, -800), (500, -1300), (-500, -1350), (-1300, -1250)),
    ),
    _district(
        *("stadtwald", "Stadtwald", "Town Forest"),
        *((-2700, 700), (-2500, 1700), (-1700, 1850), (-1600, 1300), (-1900, 800)),
    ),
)
