# SPDX-License-Identifier: EUPL-1.2  # noqa: INP001 - a program, in no package
"""Makes connectors/catalogue/models.json of the unpacked package pysmartdatamodels.

pip download --no-deps pysmartdatamodels==0.8.2, unpack the wheel, then: python scripts/make_catalogue.py FOLDER
"""

import gzip
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "connectors/catalogue/models.json"
ASSETS = "pysmartdatamodels/model-assets"
LENGTH = 100

# By subject, as the package names them without `dataModel.`.
TYPES = {
    "Parking": "OffStreetParking OnStreetParking ParkingSpot ParkingGroup ParkingAccess",
    "Transportation": "BikeHireDockingStation BikeLane CityWork CrowdFlowObserved EVChargingStation FleetVehicle "
    "ItemFlowObserved RestrictedTrafficArea Road RoadAccident RoadSegment TrafficFlowObserved TransportStation "
    "Vehicle",
    "UrbanMobility": "ArrivalEstimation GtfsRoute GtfsStop PublicTransportRoute PublicTransportStop",
    "Environment": "AirQualityForecast AirQualityObserved ElectroMagneticObserved EnvironmentObserved "
    "FloodMonitoring IndoorEnvironmentObserved MosquitoDensity NoiseLevelObserved NoisePollution PhreaticObserved "
    "RainFallRadarObserved TrafficEnvironmentImpact WaterObserved",
    "Weather": "WeatherAlert WeatherForecast WeatherObserved",
    "WaterQuality": "WaterQualityObserved",
    "WaterConsumption": "WaterConsumptionObserved",
    "WasteManagement": "WasteContainer WasteContainerIsle WasteObserved",
    "Streetlighting": "Streetlight StreetlightControlCabinet StreetlightGroup",
    "Device": "Device DeviceMeasurement DeviceModel SmartMeteringObservation",
    "Building": "Building BuildingOperation",
    "Energy": "ACMeasurement ThreePhaseAcMeasurement",
    "GreenEnergy": "PhotovoltaicDevice PhotovoltaicMeasurement",
    "Battery": "StorageBatteryDevice",
    "PointOfInterest": "Beach Museum PointOfInterest",
    "TourismDestinations": "Event",
    "ParksAndGardens": "FlowerBed Garden GreenspaceRecord",
    "IssueTracking": "IssueReporting",
    "Alert": "Alert",
    "KeyPerformanceIndicator": "KeyPerformanceIndicator",
    "WifiNetwork": "WifiPointOfInterest",
}
# Kept by the platform, or the same in every type and never what a feed says.
LEFT_OUT = {"id", "type", "dateCreated", "dateModified", "seeAlso", "dataProvider", "source", "owner", "ontoOwner"}

# Parts of `location`, which some models list beside it.
LEFT_OUT |= {"bbox", "coordinates"}

# Units that the models' pages give in words that their schemas leave out.
COMMON_UNITS = {
    "temperature": "CEL", "airTemperature": "CEL", "feelsLikeTemperature": "CEL", "waterTemperature": "CEL",
    "windSpeed": "MTS", "gustSpeed": "MTS", "windDirection": "DD", "atmosphericPressure": "A97", "pressure": "A97",
    "waterLevel": "MTR", "currentLevel": "MTR", "flow": "MQS", "pm1": "GQ", "pm25": "GQ", "pm4": "GQ", "pm10": "GQ",
    "no": "GQ", "no2": "GQ", "nox": "GQ", "o3": "GQ", "so2": "GQ", "c6h6": "GQ", "co2": "59", "LAeq": "2N",
    "LAmax": "2N", "LAS": "2N", "LAeq_d": "2N",
}  # fmt: skip

# UN/CEFACT codes by what the models' texts say; the first that fits.
UNITS = (
    (r"°\s?c\b|celsius|centigrade", "CEL"),
    (r"kelvin", "KEL"),
    (r"µg/m|μg/m|microgram|\bgq\b", "GQ"),
    (r"mg/l|milligrams? per lit", "M1"),
    (r"hecto ?pascal|\bhpa\b|millibar", "A97"),
    (r"db ?\(?a?\)?\b|decibel", "2N"),
    (r"km/h|kilomet\w+ per hour", "KMH"),
    (r"m/s\b|met(?:er|re)s? per second|\bmts\b", "MTS"),
    (r"kwh|kilowatt[- ]hour", "KWH"),
    (r"\bkw\b|kilowatt|\bkwt\b", "KWT"),
    (r"m3/s|m³/s|cubic met\w+ per second", "MQS"),
    (r"cubic met|m³|\bm3\b", "MTQ"),
    (r"w/m|watts? per (?:square|m)", "D54"),
    (r"l/m2|lit(?:er|re)s? per square", "D26"),
    (r"\bwatts?\b", "WTT"),
    (r"\bvolts?\b", "VLT"),
    (r"\bamp(?:ere?|er)?s?\b", "AMP"),
    (r"hertz", "HTZ"),
    (r"\blux\b", "LUX"),
    (r"square met|m²", "MTK"),
    (r"millimet", "MMT"),
    (r"centimet", "CMT"),
    (r"kilomet", "KMT"),
    (r"^\s*met(?:er|re)s?\b|\bmtr\b|^\s*m\b", "MTR"),
    (r"degree angle|decimal degree|^\s*degrees?\b|\bdd\b", "DD"),
    (r"kilogram|\bkgm\b", "KGM"),
    (r"^\s*seconds?\b|\bsec\b", "SEC"),
    (r"^\s*minutes?\b", "MIN"),
    (r"per ?cent|^\s*%", "P1"),
    (r"\bppm\b|parts per million", "59"),
)


def read_rows(folder: Path) -> list[dict[str, Any]]:
    """Give every property of every model of the package."""
    with gzip.open(folder / ASSETS / "smartdatamodels.json.gz", "rt", encoding="utf-8") as file:
        rows: list[dict[str, Any]] = json.load(file)
    return rows


def read_titles(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """Give title and description by subject and type."""
    models = json.loads((folder / ASSETS / "datamodels_metadata.json").read_text(encoding="utf-8"))
    return {(model["subject"].removeprefix("dataModel."), model["dataModel"]): model for model in models}


def attributes_of(rows: list[dict[str, Any]], subject: str, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the attributes of a type: kind, JSON type, unit, enumeration, description."""
    for row in rows:
        attribute = row["property"]
        if row["repoName"] != f"dataModel.{subject}" or row["dataModel"] != name or attribute in LEFT_OUT:
            continue
        # Parts of other attributes have longer paths.
        if row["id"].split("#")[0].endswith(f"/dataModel.{subject}/{name}/{attribute}") and attribute[0] != "@":
            yield attribute, _attribute(row)


def _attribute(row: dict[str, Any]) -> dict[str, Any]:
    text = " ".join(str(row.get("description", "")).split())
    words = _enumeration(row, text)
    unit = _unit(str(row.get("units", ""))) or COMMON_UNITS.get(row["property"]) or _unit(_said_unit(text))
    kind = row.get("type") if isinstance(row.get("type"), str) else "string"
    entry: dict[str, Any] = {"kind": row.get("typeNGSI", "Property"), "type": kind}
    if kind in {"number", "integer"} and unit:
        entry["unit"] = unit
    if kind in {"number", "integer"} and re.search(r"\b0 ?(?:to|and|-) ?1\b(?!\d)|\[0, ?1\]", text):
        entry["maximum"] = 1
    if words:
        entry["enum"] = words
    entry["description"] = _shortened(re.sub(r"\s*Enum: ?'[^']*'\.?\s*", " ", text).strip())
    return entry


def _enumeration(row: dict[str, Any], text: str) -> list[str]:
    given = row.get("enum")
    if isinstance(given, list):
        return [word for word in given if isinstance(word, str)]
    found = re.search(r"Enum: ?'([^']*)'", text)
    return [word.strip() for word in found[1].split(",") if word.strip()] if found else []


def _said_unit(text: str) -> str:
    found = re.search(r"\b(?:[Uu]nits?(?: ?code)?|expressed in|measured in|in)\b[:= ]*['\"(]*([^.,;]{1,40})", text)
    return found[1] if found else ""


def _unit(text: str) -> str | None:
    return next((code for pattern, code in UNITS if text and re.search(pattern, text, re.IGNORECASE)), None)


def _shortened(text: str) -> str:
    first = re.split(r"(?<=[a-z)])\. |\.$", text, maxsplit=1)[0].replace("`", "").strip()
    return first if len(first) <= LENGTH else first[:LENGTH].rsplit(" ", 1)[0].rstrip(" ,;(") + " …"


def make(folder: Path) -> dict[str, Any]:
    """Give the catalogue."""
    rows, titles = read_rows(folder), read_titles(folder)
    types = {}
    for subject, names in TYPES.items():
        for name in names.split():
            about = titles[subject, name]
            # A name that comes again is told in more detail first.
            found: dict[str, dict[str, Any]] = {}
            for attribute, entry in attributes_of(rows, subject, name):
                found.setdefault(attribute, entry)
            attributes = dict(sorted(found.items()))
            if not attributes:
                sys.exit(f"{subject}/{name} has no attributes in this version of the package")
            description = _shortened(" ".join(str(about.get("description", "")).split()))
            types[name] = {"subject": subject, "description": description, "attributes": attributes}
    return {"source": "Smart Data Models", "licence": "CC-BY-4.0", "types": dict(sorted(types.items()))}


def write(catalogue: dict[str, Any]) -> str:
    """Give the file's text: a line for each attribute, so that a difference can be read."""
    lines = [json.dumps({key: catalogue[key] for key in ("source", "licence")})[:-1] + ', "types": {']
    for number, (name, entry) in enumerate(catalogue["types"].items()):
        head = json.dumps({"subject": entry["subject"], "description": entry["description"]}, ensure_ascii=False)
        lines.append(f'{"," if number else ""}{json.dumps(name)}: {head[:-1]}, "attributes": {{')
        pairs = [
            f"{json.dumps(key)}: {json.dumps(one, ensure_ascii=False)}" for key, one in entry["attributes"].items()
        ]
        lines += [f"  {pair}{',' if place < len(pairs) else ''}" for place, pair in enumerate(pairs, 1)]
        lines.append("}}")
    return "\n".join([*lines, "}}", ""])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    text = write(make(Path(sys.argv[1])))
    json.loads(text)
    TARGET.write_text(text, encoding="utf-8")
    print(f"{TARGET.name}: {sum(len(names.split()) for names in TYPES.values())} types, {len(text.encode())} bytes")  # noqa: T201
