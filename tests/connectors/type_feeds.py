# SPDX-License-Identifier: EUPL-1.2
"""Records of many types in the shape of public feeds, and what they say."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from tests.connectors.workbooks import make_workbook


class Feed(NamedTuple):
    """A feed, its type, and what its first record says: values, units, and when it was measured."""

    type: str
    content: bytes
    values: dict[str, Any]
    units: Mapping[str, str] = MappingProxyType({})
    time: str | None = "2026-09-07T06:00:00Z"


FEEDS = {
    "bins.csv": Feed(
        "WasteContainer",
        """Behälter-Nr;Standort;Füllstand [%];Temperatur [°C];Letzte Leerung;Messzeit;Breitengrad;Längengrad
C-1;Marktplatz 3;45;12,5;01.09.2026 06:30;07.09.2026 08:00;51,9618;7,6276
C-2;Domplatz;80;11,9;02.09.2026 06:40;07.09.2026 08:01;51,9630;7,6250
""".encode(),
        {"fillingLevel": 45, "temperature": 12.5, "name": "Marktplatz 3", "location": [7.6276, 51.9618]},
        {"fillingLevel": "P1", "temperature": "CEL"},
    ),
    "noise.csv": Feed(
        "NoiseLevelObserved",
        b"""Messstelle;Datum;Uhrzeit;LAeq dB(A);LAmax
Ring 4;07.09.2026;08:00;61,2;79,4
Ring 9;07.09.2026;08:00;58,0;70,1
""",
        {"LAeq": 61.2, "LAmax": 79.4},
        {"LAeq": "2N"},
    ),
    "detectors.xml": Feed(
        "TrafficFlowObserved",
        b"""<detectors>
<detector id="D1"><name>North</name><lon>7.61</lon><lat>51.95</lat><time>2026-09-07T08:00:00+02:00</time>
<intensity>412</intensity><averageSpeed>47.5</averageSpeed><occupancy>0.12</occupancy></detector>
<detector id="D2"><name>South</name><lon>7.62</lon><lat>51.94</lat><time>2026-09-07T08:00:00+02:00</time>
<intensity>380</intensity><averageSpeed>51.0</averageSpeed><occupancy>0.10</occupancy></detector>
</detectors>""",
        {"intensity": 412, "averageVehicleSpeed": 47.5, "occupancy": 0.12, "name": "North", "location": [7.61, 51.95]},
    ),
    "lights.geojson": Feed(
        "Streetlight",
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "geometry": {"type": "Point", "coordinates": [7.61, 51.95 + number]},
                        "properties": {"leuchten_nr": f"L-{number}", "strasse": "Ring", "lichtpunkthoehe": 6.5},
                    }
                    for number in range(2)
                ],
            }
        ).encode(),
        {"lanternHeight": 6.5, "address": {"streetAddress": "Ring"}, "location": [7.61, 51.95]},
        time=None,
    ),
    "air.csv": Feed(
        "AirQualityObserved",
        """Station;Zeitpunkt;Feinstaub PM10 (µg/m³);Feinstaub PM2,5 (µg/m³);Stickstoffdioxid;Ozon;rel. Luftfeuchte
Mitte;07.09.2026 08:00;18,2;9,1;22;61;66
Ring;07.09.2026 08:00;21,0;11,1;30;52;64
""".encode(),
        {"pm10": 18.2, "pm25": 9.1, "no2": 22, "o3": 61, "relativeHumidity": 66},
        {"pm10": "GQ", "relativeHumidity": "P1"},
    ),
    "weather.json": Feed(
        "WeatherObserved",
        b"""{"stations": [
{"code": "W1", "observed": "2026-09-07T06:00:00Z", "air_temp_c": 17.1, "rh": 66, "pressure": 101320,
 "wind_speed_kmh": 12.2, "rain_mm": 0.4, "lat": 51.95, "lon": 7.61},
{"code": "W2", "observed": "2026-09-07T06:00:00Z", "air_temp_c": 16.8, "rh": 70, "pressure": 101300,
 "wind_speed_kmh": 15.2, "rain_mm": 0.2, "lat": 51.96, "lon": 7.62}]}""",
        {"temperature": 17.1, "relativeHumidity": 66, "atmosphericPressure": 101320, "windSpeed": 12.2},
        {"temperature": "CEL", "atmosphericPressure": "PAL", "windSpeed": "KMH", "precipitation": "MMT"},
    ),
    "boxes.json": Feed(
        "WeatherObserved",
        json.dumps(
            [
                {
                    "box": f"b{number}",
                    "name": f"Box {number}",
                    "sensors": [
                        {
                            "title": "Luftdruck",
                            "unit": "Pa",
                            "last": {"value": "101325.6", "at": "2026-09-07T05:00:00Z"},
                        },
                        {"title": "Temperatur", "unit": "K", "last": {"value": "290.1", "at": "2026-09-07T06:00:00Z"}},
                    ],
                }
                for number in range(2)
            ]
        ).encode(),
        {"temperature": 290.1, "atmosphericPressure": 101325.6, "name": "Box 0"},
        {"temperature": "KEL", "atmosphericPressure": "PAL"},
    ),
    "gauges.xlsx": Feed(
        "WaterObserved",
        make_workbook(
            Gauges=[
                ["Pegelnummer", "Pegelname", "Zeit", "Wasserstand [cm]", "Abfluss [m³/s]"],
                ["2770040", "Brücke", "07.09.2026 08:00", 124, 12.4],
                ["2770041", "Wehr", "07.09.2026 08:00", 98, 11.1],
            ]
        ),
        {"waterLevel": 124, "flow": 12.4, "name": "Brücke"},
        {"waterLevel": "CMT", "flow": "MQS"},
    ),
    "bikes.csv": Feed(
        "BikeHireDockingStation",
        """id;Station;freie Räder;freie Stellplätze;Stellplätze gesamt;lat;lng;aktualisiert
1;Bahnhof;5;7;12;51.956;7.635;2026-09-07T08:00:00+02:00
2;Aasee;0;10;10;51.951;7.611;2026-09-07T08:00:00+02:00
""".encode(),
        {"availableBikeNumber": 5, "freeSlotNumber": 7, "totalSlotNumber": 12, "name": "Bahnhof"},
    ),
    "chargers.json": Feed(
        "EVChargingStation",
        json.dumps(
            [
                {
                    "stationId": f"E{number}",
                    "name": f"Rathaus {number}",
                    "anzahl_ladepunkte": 4,
                    "max_leistung_kw": 22,
                    "strasse": "Markt",
                    "hausnummer": number or None,
                    "plz": "48143",
                    "stand": "2026-09-07T06:00:00Z",
                }
                for number in (3, 0)
            ]
        ).encode(),
        {"socketNumber": 4, "address": {"streetAddress": "Markt 3", "postalCode": "48143"}, "name": "Rathaus 3"},
    ),
    "103099900.csv": Feed(
        "CrowdFlowObserved",
        b"""Nr;Standort;Zeit;Personen
3;Markt;07.09.2026 08:00;112
3;Markt;07.09.2026 09:00;187
7;Bahnhof;07.09.2026 08:00;341
7;Bahnhof;07.09.2026 09:00;296
""",
        {"peopleCount": 112, "name": "Markt"},
    ),
}
