# SPDX-License-Identifier: EUPL-1.2
"""What people call types, attributes and units; a name that is not here is told in its own words."""

import re
from collections.abc import Mapping
from typing import Final

from broker.ngsi.contexts import CORE

UNITS: Final[Mapping[str, str]] = {
    "A97": "hPa",
    "C62": "",
    "CEL": "°C",
    "CMT": "cm",
    "D54": "W/m²",
    "DD": "°",
    "GP": "mg/m³",
    "GQ": "µg/m³",
    "KMH": "km/h",
    "KWH": "kWh",
    "KWT": "kW",
    "LUX": "lx",
    "MMT": "mm",
    "MQS": "m³/s",
    "MTR": "m",
    "MTS": "m/s",
    "P1": "%",
    "2N": "dB",
    "59": "ppm",
    "61": "ppb",
    "WTT": "W",
}
"""Symbols of UN/CEFACT codes."""

FRACTIONS: Final = frozenset({"relativeHumidity", "fillingLevel", "illuminanceLevel", "soilMoisture", "occupancy"})
"""Attributes whose values from 0 to 1 are told in per cent."""

_NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    "de": {
        "AdministrativeArea": "Stadtteile",
        "AirQualityObserved": "Luftqualität",
        "Building": "Gebäude",
        "EVChargingStation": "Ladestationen",
        "Garden": "Grünanlagen",
        "NationalRailwayLine": "Bahnstrecken",
        "NoiseLevelObserved": "Lärm",
        "OffStreetParking": "Parkhäuser und Parkplätze",
        "OnStreetParking": "Parken an der Straße",
        "ParkingSpot": "Stellplätze",
        "PointOfInterest": "Wichtige Orte",
        "RiverBodyOfWater": "Flüsse",
        "Road": "Straßen",
        "Streetlight": "Straßenlampen",
        "TrafficFlowObserved": "Verkehr",
        "WasteContainer": "Abfallbehälter",
        "WaterObserved": "Gewässer",
        "WeatherObserved": "Wetter",
        "address": "Anschrift",
        "airQualityIndex": "Luftqualitätsindex",
        "alertLevel": "Warnpegel",
        "allowedVehicleType": "Zugelassen für",
        "atmosphericPressure": "Luftdruck",
        "availableCapacity": "Frei",
        "availableSpotNumber": "Freie Plätze",
        "averageVehicleSpeed": "Mittlere Geschwindigkeit",
        "capacity": "Ladepunkte",
        "category": "Art",
        "dangerLevel": "Gefahrenpegel",
        "fillingLevel": "Füllstand",
        "floodLevelStatus": "Hochwasserlage",
        "flow": "Abfluss",
        "illuminanceLevel": "Helligkeit",
        "intensity": "Anzahl",
        "location": "Ort",
        "no2": "Stickstoffdioxid",
        "o3": "Ozon",
        "occupancy": "Belegung",
        "pm10": "Feinstaub PM10",
        "pm25": "Feinstaub PM2,5",
        "powerConsumption": "Leistung",
        "powerState": "Schaltzustand",
        "precipitation": "Niederschlag",
        "relativeHumidity": "Luftfeuchte",
        "roadClass": "Straßenklasse",
        "socketType": "Stecker",
        "solarRadiation": "Sonnenstrahlung",
        "status": "Zustand",
        "storedWasteKind": "Abfallart",
        "temperature": "Temperatur",
        "totalSpotNumber": "Plätze",
        "vehicleType": "Fahrzeugart",
        "waterLevel": "Wasserstand",
        "weatherType": "Wetterlage",
        "windDirection": "Windrichtung",
        "windSpeed": "Wind",
    },
    "en": {
        "AdministrativeArea": "Districts",
        "AirQualityObserved": "Air quality",
        "EVChargingStation": "Charging stations",
        "Garden": "Parks and gardens",
        "NationalRailwayLine": "Railway lines",
        "NoiseLevelObserved": "Noise",
        "OffStreetParking": "Car parks",
        "OnStreetParking": "On-street parking",
        "ParkingSpot": "Parking spots",
        "PointOfInterest": "Places of interest",
        "RiverBodyOfWater": "Rivers",
        "Road": "Streets",
        "Streetlight": "Street lamps",
        "TrafficFlowObserved": "Traffic",
        "WasteContainer": "Waste containers",
        "WaterObserved": "Waters",
        "WeatherObserved": "Weather",
        "availableCapacity": "Free",
        "availableSpotNumber": "Free spaces",
        "averageVehicleSpeed": "Average speed",
        "capacity": "Charging points",
        "floodLevelStatus": "Flood status",
        "flow": "Discharge",
        "illuminanceLevel": "Brightness",
        "intensity": "Count",
        "no2": "Nitrogen dioxide",
        "o3": "Ozone",
        "pm10": "Fine dust PM10",
        "pm25": "Fine dust PM2.5",
        "powerConsumption": "Power",
        "socketType": "Sockets",
        "storedWasteKind": "Kind of waste",
        "totalSpotNumber": "Spaces",
        "weatherType": "Weather",
        "windSpeed": "Wind",
    },
}
_UNLESS: Final = frozenset({"", "C62", "P1"})
_HUMPS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_")


def to_unit(code: str, language: str) -> str:  # noqa: ARG001 - symbols that differ by language are to come
    """The symbol of a unit in a language; a code that is not known is its own symbol, that of plain counts is empty."""
    return UNITS.get(code, code)


def is_fraction(attribute: str, code: str, *values: float) -> bool:
    """Whether numbers of an attribute are parts of one, which are told in per cent."""
    return to_name(attribute) in FRACTIONS and code in _UNLESS and all(0 <= value <= 1 for value in values)


def to_name(iri: str) -> str:
    """The last part of an IRI: what a vocabulary calls a type or an attribute."""
    term = CORE.compact(iri)
    return re.split(r"[/#:]", term.rstrip("/#"))[-1] or term


def to_words(iri: str, language: str) -> str:
    """A type or an attribute in words: `TrafficLightObserved` is "Traffic light observed"."""
    name = to_name(iri)
    known = _NAMES[language].get(name)
    if known is not None:
        return known
    words = [word if word.isupper() and len(word) > 1 else word.lower() for word in _HUMPS.sub(" ", name).split()]
    text = " ".join(words)
    return text[:1].upper() + text[1:]
