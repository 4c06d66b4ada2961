# SPDX-License-Identifier: EUPL-1.2
"""The outline of the town on a map: districts, river, wall, park, railway, streets, and what everybody looks for."""

from typing import Final

from allmende.launch.musterstadt.districts import DISTRICTS, RIVER, WALL
from allmende.launch.musterstadt.ground import Spot, widen
from allmende.launch.musterstadt.places import Place

_RIVER_METRES: Final = 46
_RAILWAY: Final[tuple[Spot, ...]] = (
    *((-3600, 980), (-2400, 930), (-1400, 800), (-600, 620), (-100, 530), (330, 500)),
    *((690, 500), (1000, 560), (1700, 700), (2700, 900), (3600, 1000)),
)
_UFERWEG: Final[tuple[Spot, ...]] = (
    *((-2600, -1300), (-2040, -1255), (-1500, -925), (-1000, -812), (-640, -632), (-255, -555), (12, -395)),
)


def _road(slug: str, name: str, road_class: str, *spots: Spot) -> Place:
    return Place("Road", slug, name, None, spots, properties={"roadClass": road_class})


def _sight(slug: str, german: str, english: str, *spots: Spot) -> Place:
    return Place("PointOfInterest", slug, german, english, spots)


ROADS: Final[tuple[Place, ...]] = (
    _road(
        *("kasseler-strasse", "Kasseler Straße", "primary"),
        *((-110, 280), (-190, 450), (-270, 640), (-335, 890), (-360, 960), (-410, 1250), (-420, 1700), (-400, 2300)),
    ),
    _road(
        *("ostring", "Ostring", "primary"),
        *((560, -1000), (660, -600), (705, -215), (718, -32), (735, 150), (820, 300), (1010, 520), (1150, 760)),
        *((1220, 1100), (1150, 1700)),
    ),
    _road(
        *("brueckenstrasse", "Brückenstraße", "secondary"),
        *((5, -30), (14, -150), (20, -300), (12, -428), (-10, -620), (-50, -1100), (-80, -1700)),
    ),
    _road("bahnhofstrasse", "Bahnhofstraße", "secondary", (60, 45), (260, 190), (478, 328), (580, 386), (680, 455)),
    _road(
        *("lindenallee", "Lindenallee", "secondary"),
        *((-235, 185), (-480, 340), (-758, 482), (-1170, 622), (-1600, 770), (-2300, 850)),
    ),
    _road("hafenstrasse", "Hafenstraße", "secondary", (960, -520), (945, -250), (940, -102), (965, 20), (1000, 165)),
    _road(
        "dieselstrasse", "Dieselstraße", "secondary", (1000, 165), (1340, 150), (1650, 190), (1780, 240), (2350, 520)
    ),
    _road("hochschulring", "Hochschulring", "secondary", (-295, 30), (-640, -130), (-1020, -285), (-1260, -520)),
    _road("kaistrasse", "Kaistraße", "tertiary", (718, -32), (900, -30), (1075, 12), (1320, 60)),
    _road("schillerstrasse", "Schillerstraße", "tertiary", (170, -255), (340, -272), (530, -190), (714, -120)),
    _road("wallstrasse", "Wallstraße", "tertiary", (-315, 25), (-275, -155), (-140, -285), (15, -320)),
    _road("birkenweg", "Birkenweg", "residential", (1215, 1050), (1122, 1037), (940, 1120)),
    _road("ulmenweg", "Ulmenweg", "residential", (-335, 890), (-790, 1050), (-820, 1118), (-880, 1400)),
    _road("kastanienweg", "Kastanienweg", "path", (950, 560), (1320, 760), (1700, 1010), (2350, 1400)),
    _road("uferweg", "Uferweg", "path", *_UFERWEG),
)

PLACES: Final[tuple[Place, ...]] = (
    *DISTRICTS,
    Place("RiverBodyOfWater", "muster", "Muster", "River Muster", widen(RIVER, _RIVER_METRES), is_area=True),
    _sight("stadtmauer", "Stadtmauer", "Town Wall", *WALL, WALL[0]),
    Place(
        *("Garden", "stadtpark", "Stadtpark", "Town Park"),
        ((-300, -205), (-560, -180), (-620, -420), (-500, -555), (-290, -485), (-190, -330)),
        is_area=True,
        properties={"category": ["public"]},
    ),
    Place("NationalRailwayLine", "mustertalbahn", "Mustertalbahn", "Muster Valley Railway", _RAILWAY),
    *ROADS,
    _sight("rathaus", "Rathaus", "Town Hall", (-40, 45)),
    _sight("stadtkirche", "Stadtkirche", "Town Church", (70, 110)),
    _sight("hauptbahnhof", "Hauptbahnhof", "Central Station", (690, 500)),
    _sight("klinikum", "Klinikum", "Hospital", (-1170, 660)),
    _sight("hochschule", "Hochschule", "University", (-1030, -310)),
)
