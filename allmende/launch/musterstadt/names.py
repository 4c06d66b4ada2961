# SPDX-License-Identifier: EUPL-1.2
"""Names in German and, where there is one, in English."""

from typing import Any, Final

_WORDS: Final = {
    "Abfallbehälter": "Litter bin",
    "Biotonne": "Organic waste bin",
    "Glascontainer": "Bottle bank",
    "Ladestation": "Charging station",
    "Leuchte": "Street lamp",
    "Luftmessstation": "Air quality station",
    "Papiercontainer": "Paper bank",
    "Parkhaus": "Car park",
    "Parkplatz": "Car park",
    "Pegel": "River gauge",
    "Quartiersgarage": "Residents' garage",
    "Schnellladepark": "Rapid charging park",
    "Schnellladestation": "Rapid charging station",
    "Tiefgarage": "Underground car park",
    "Wetterstation": "Weather station",
}
"""What stands before a place's name."""

_PLACES: Final = {
    "Bahnhof Nord": "Station North",
    "Bahnhofsvorplatz": "Station Square",
    "Behördenzentrum": "Government Offices",
    "Flugplatz": "Airfield",
    "Gartenstadt": "Garden Suburb",
    "Gewerbepark Ost": "Business Park East",
    "Hafen": "Harbour",
    "Hafenbrücke": "Harbour Bridge",
    "Hochschule": "University",
    "Klinikum": "Hospital",
    "Klärwerk": "Sewage Works",
    "Kornhaus": "Granary",
    "Marktgarage": "Market Garage",
    "Marktplatz": "Market Square",
    "Marktplatz 1": "Market Square 1",
    "Marktplatz 2": "Market Square 2",
    "Obermühle": "Upper Mill",
    "P+R Bahnhof Süd": "Park and ride Station South",
    "Promenade am Wall": "Wall Promenade",
    "Radschnellweg Kastanienweg": "Cycle highway Kastanienweg",
    "Rathaus": "Town Hall",
    "Stadtpark": "Town Park",
    "Stadtwald": "Town Forest",
    "Stadtwerke": "Municipal Utilities",
    "Steinerne Brücke": "Stone Bridge",
    "Untere Schleuse": "Lower Lock",
    "Uferweg West": "Riverside Path West",
    "Wochenmarkt": "Weekly Market",
}


def to_english(name: str) -> str | None:
    """The English name, where there is one; streets keep theirs."""
    if name in _PLACES:
        return _PLACES[name]
    first, _, place = name.partition(" ")
    return f"{_WORDS[first]} {_PLACES.get(place, place)}" if first in _WORDS else None


def to_name(german: str, english: str | None) -> dict[str, Any]:
    """The attribute `name`: in both languages, or a plain text."""
    if english is None or english == german:
        return {"type": "Property", "value": german}
    return {"type": "LanguageProperty", "languageMap": {"de": german, "en": english}}
