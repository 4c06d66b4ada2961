# SPDX-License-Identifier: EUPL-1.2
"""What must come of the fixtures of water, air, weather and sensors: read from them by hand.

By connector and fixture: how many entities, and by the ids' ends their attributes, each the value alone or
(value, unit, time) where it has one of both; a place is (longitude, latitude).
"""

from typing import Any

Entities = dict[str, dict[str, Any]]

COUNTS: dict[tuple[str, str], int] = {
    ("pegelonline", "stations.json"): 5,
    ("sensor-community", "area.json"): 5,
    ("opensensemap", "boxes.json"): 4,
    ("bright-sky-weather", "current_weather.json"): 1,
    ("bright-sky-weather", "without-dwd-number.json"): 1,
    ("bright-sky-forecast", "weather.json"): 3,
    ("uba-air-measures", "measures.json"): 4,
    ("uba-air-quality", "airquality.json"): 3,
    ("sensorthings", "datastreams.json"): 4,
}

ENTITIES: dict[tuple[str, str], Entities] = {
    ("pegelonline", "stations.json"): {
        "WaterObserved:aaaaaaaa-0001-4000-8000-000000000001": {
            "waterLevel": (312, "CMT", "2026-07-01T06:00:00Z"),
            "flow": (41.7, "MQS", "2026-07-01T05:45:00Z"),
            "name": "MUSTERBRÜCKE",
            "description": "MUSTERFLUSS",
            "dataProvider": "MUSTERAMT",
            "location": (9.27676943, 52.9040654),
        },
        "WaterQualityObserved:aaaaaaaa-0001-4000-8000-000000000001": {
            "temperature": (19.3, "CEL", "2026-07-01T05:00:00Z"),
            "name": "MUSTERBRÜCKE",
            "location": (9.27676943, 52.9040654),
        },
        "WaterObserved:aaaaaaaa-0002-4000-8000-000000000002": {
            "waterLevel": (-14, "CMT", "2026-01-10T22:59:00Z"),
            "name": "SPERRWERK BINNEN",
            "description": "MUSTERSEE",
            "dataProvider": "MUSTERAMT",
        },
        # Its level is given above sea level, not above the gauge's zero.
        "WaterObserved:aaaaaaaa-0003-4000-8000-000000000003": {
            "name": "TALSPERRE",
            "description": "MUSTERFLUSS",
            "dataProvider": "MUSTERAMT",
            "location": (9.05, 51.18),
        },
    },
    ("sensor-community", "area.json"): {
        "AirQualityObserved:789": {
            "pm10": (15.3, "GQ", "2026-10-07T12:00:00Z"),
            "pm25": (8.1, "GQ", "2026-10-07T12:00:00Z"),
            "typeofLocation": "outdoor",
            "location": (8.534, 52.012),
        },
        # An earlier reading of the same sensor.
        "AirQualityObserved:789#2": {
            "pm10": (14.9, "GQ", "2026-10-07T11:57:30Z"),
            "pm25": (7.95, "GQ", "2026-10-07T11:57:30Z"),
            "typeofLocation": "outdoor",
            "location": (8.534, 52.012),
        },
        # Another sensor of the same location.
        "WeatherObserved:790": {
            "temperature": (14.26, "CEL", "2026-10-07T12:00:01Z"),
            "relativeHumidity": (71.5, "P1", "2026-10-07T12:00:01Z"),
            "atmosphericPressure": (1001.02, "A97", "2026-10-07T12:00:01Z"),
            "location": (8.534, 52.012),
        },
        # The other sensor of this room tells of no weather.
        "AirQualityObserved:801": {
            "pm10": (4, "GQ", "2026-10-07T11:58:20Z"),
            "pm25": (3.4, "GQ", "2026-10-07T11:58:20Z"),
            "pm1": (2.1, "GQ", "2026-10-07T11:58:20Z"),
            "pm4": (3.9, "GQ", "2026-10-07T11:58:20Z"),
            "typeofLocation": "indoor",
            "location": (8.55, 52.02),
        },
        "NoiseLevelObserved:900": {
            "LAeq": (49.85, "2N", "2026-10-07T12:01:10Z"),
            "LAmax": (60.1, "2N", "2026-10-07T12:01:10Z"),
            "location": (8.56, 52.03),
        },
    },
    ("opensensemap", "boxes.json"): {
        "WeatherObserved:5f0000000000000000000001": {
            "temperature": (13.06, "CEL", "2026-10-07T11:59:31.214000Z"),
            "relativeHumidity": (81.45, "P1", "2026-10-07T11:59:31.214000Z"),
            "atmosphericPressure": (1013.26, "A97", "2026-10-07T11:59:31.214000Z"),
            "illuminance": (5120, "LUX", "2026-10-07T11:59:31.214000Z"),
            "name": "Musterbox am Park",
            "location": (7.64568, 51.962372, 66.6),
        },
        "AirQualityObserved:5f0000000000000000000001": {
            "pm10": (9.8, "GQ", "2026-10-07T11:58:02Z"),
            "pm25": (4.33, "GQ", "2026-10-07T11:58:02Z"),
            "typeofLocation": "outdoor",
            "name": "Musterbox am Park",
            "location": (7.64568, 51.962372, 66.6),
        },
        # The temperature of the soil is not that of the air, and a sensor without a reading gives way to the next.
        "WeatherObserved:5f0000000000000000000003": {
            "temperature": (-0.4, "CEL", "2026-10-07T11:55:00Z"),
            "atmosphericPressure": (1019.21, "A97", "2026-10-07T11:55:00Z"),
            "name": "Garten",
            "location": (7.7, 51.9),
        },
        "NoiseLevelObserved:5f0000000000000000000003": {
            "LAeq": (47.2, "2N", "2026-10-07T11:55:00Z"),
            "name": "Garten",
            "location": (7.7, 51.9),
        },
    },
    ("bright-sky-weather", "current_weather.json"): {
        "WeatherObserved:09901": {
            "temperature": (16.2, "CEL", "2026-05-04T15:00:00Z"),
            "dewPoint": (9.84, "CEL", "2026-05-04T15:00:00Z"),
            "relativeHumidity": (66, "P1", "2026-05-04T15:00:00Z"),
            "atmosphericPressure": (1009.6, "A97", "2026-05-04T15:00:00Z"),
            "precipitation": (1.3, "MMT", "2026-05-04T15:00:00Z"),
            "solarRadiation": (215, "D54", "2026-05-04T15:00:00Z"),
            "windSpeed": (18.4, "KMH", "2026-05-04T15:00:00Z"),
            "windDirection": (240, "DD", "2026-05-04T15:00:00Z"),
            "gustSpeed": (33.1, "KMH", "2026-05-04T15:00:00Z"),
            "visibility": ("veryGood", None, "2026-05-04T15:00:00Z"),
            "weatherType": ("rain", None, "2026-05-04T15:00:00Z"),
            "name": "Musterstadt",
            "location": (8.1531, 52.2446),
        },
    },
    ("bright-sky-weather", "without-dwd-number.json"): {
        "WeatherObserved:10961": {
            "temperature": (-6.2, "CEL", "2026-01-12T06:30:00Z"),
            "dewPoint": (-7.1, "CEL", "2026-01-12T06:30:00Z"),
            "relativeHumidity": (93, "P1", "2026-01-12T06:30:00Z"),
            "precipitation": (0, "MMT", "2026-01-12T06:30:00Z"),
            "windSpeed": (0, "KMH", "2026-01-12T06:30:00Z"),
            "name": "Musterspitze",
            "location": (10.986, 47.421),
        },
    },
    ("bright-sky-forecast", "weather.json"): {
        "WeatherForecast:10901": {
            "temperature": (15.8, "CEL", "2026-05-04T15:00:00Z"),
            "atmosphericPressure": (1009.4, "A97", "2026-05-04T15:00:00Z"),
            "precipitation": (0.4, "MMT", "2026-05-04T15:00:00Z"),
            "precipitationProbability": (61, "P1", "2026-05-04T15:00:00Z"),
            "windSpeed": (16.7, "KMH", "2026-05-04T15:00:00Z"),
            "windDirection": (244, "DD", "2026-05-04T15:00:00Z"),
            "gustSpeed": (33.3, "KMH", "2026-05-04T15:00:00Z"),
            "visibility": ("veryGood", None, "2026-05-04T15:00:00Z"),
            "weatherType": ("rain", None, "2026-05-04T15:00:00Z"),
            "name": "MUSTERSTADT",
            "location": (8.15, 52.23),
        },
        "WeatherForecast:10901#2": {
            "temperature": (15.1, "CEL", "2026-05-04T16:00:00Z"),
            "atmosphericPressure": (1009, "A97", "2026-05-04T16:00:00Z"),
            "precipitation": (0, "MMT", "2026-05-04T16:00:00Z"),
            "precipitationProbability": (12, "P1", "2026-05-04T16:00:00Z"),
            "windSpeed": (14.8, "KMH", "2026-05-04T16:00:00Z"),
            "windDirection": (250, "DD", "2026-05-04T16:00:00Z"),
            "visibility": ("veryGood", None, "2026-05-04T16:00:00Z"),
            "weatherType": ("dry", None, "2026-05-04T16:00:00Z"),
            "name": "MUSTERSTADT",
            "location": (8.15, 52.23),
        },
        "WeatherForecast:10901#3": {
            "temperature": (13.9, "CEL", "2026-05-04T18:00:00Z"),
            "atmosphericPressure": (1008.2, "A97", "2026-05-04T18:00:00Z"),
            "precipitation": (2.1, "MMT", "2026-05-04T18:00:00Z"),
            "precipitationProbability": (0, "P1", "2026-05-04T18:00:00Z"),
            "windSpeed": (0, "KMH", "2026-05-04T18:00:00Z"),
            "windDirection": (0, "DD", "2026-05-04T18:00:00Z"),
            "gustSpeed": (20.4, "KMH", "2026-05-04T18:00:00Z"),
            "visibility": ("moderate", None, "2026-05-04T18:00:00Z"),
            "weatherType": ("thunderstorm", None, "2026-05-04T18:00:00Z"),
            "name": "MUSTERSTADT",
            "location": (8.15, 52.23),
        },
    },
    ("uba-air-measures", "measures.json"): {
        # 23:00 in UTC+1, though it is summer.
        "AirQualityObserved:9143": {
            "no2": (18, "GQ", "2026-06-30T22:00:00Z"),
            "name": "Musterstadt Mitte",
            "location": (8.5312, 52.0215),
        },
        # 24:00
        "AirQualityObserved:9143#2": {
            "no2": (21, "GQ", "2026-06-30T23:00:00Z"),
            "name": "Musterstadt Mitte",
            "location": (8.5312, 52.0215),
        },
        "AirQualityObserved:9144": {
            "no2": (44.5, "GQ", "2026-06-30T22:00:00Z"),
            "name": "Musterstadt Ring",
            "location": (8.54, 52.03),
        },
        "AirQualityObserved:9150": {"co": (0.31, "GP", "2026-06-30T22:00:00Z")},
    },
    ("uba-air-quality", "airquality.json"): {
        "AirQualityObserved:9143": {
            "airQualityIndex": (1, None, "2026-06-30T22:00:00Z"),
            "pm10": (24, "GQ", "2026-06-30T22:00:00Z"),
            "o3": (61, "GQ", "2026-06-30T22:00:00Z"),
            "no2": (18, "GQ", "2026-06-30T22:00:00Z"),
            "pm25": (9, "GQ", "2026-06-30T22:00:00Z"),
            "name": "Musterstadt Mitte",
            "location": (8.5312, 52.0215),
        },
        "AirQualityObserved:9143#2": {
            "airQualityIndex": (2, None, "2026-06-30T23:00:00Z"),
            "o3": (58, "GQ", "2026-06-30T23:00:00Z"),
            "no2": (41, "GQ", "2026-06-30T23:00:00Z"),
            "name": "Musterstadt Mitte",
            "location": (8.5312, 52.0215),
        },
        # The hour before has no value at all.
        "AirQualityObserved:9143#3": {
            "airQualityIndex": (0, None, "2026-07-01T01:00:00Z"),
            "so2": (2, "GQ", "2026-07-01T01:00:00Z"),
            "name": "Musterstadt Mitte",
            "location": (8.5312, 52.0215),
        },
    },
    ("sensorthings", "datastreams.json"): {
        # The end of an interval.
        "DeviceMeasurement:17": {
            "numValue": (18.4, None, "2026-06-01T10:10:00Z"),
            "controlledProperty": "air_temperature",
            "unit": "°C",
            "name": "Lufttemperatur am Markt",
            "description": "Mittel von zehn Minuten",
            "location": (9.99, 53.55),
        },
        # Its place is a feature.
        "DeviceMeasurement:f0e1": {
            "numValue": (0, None, "2026-06-01T10:00:00Z"),
            "controlledProperty": "Anzahl Fahrräder",
            "name": "Radzählstelle Brücke",
            "location": (10.0, 53.56),
        },
        "DeviceMeasurement:19": {
            "textValue": ("open", None, "2026-06-01T10:04:00Z"),
            "controlledProperty": "state",
            "name": "Schranke",
        },
        "DeviceMeasurement:20": {
            "textValue": ("true", None, "2026-06-01T10:05:00Z"),
            "controlledProperty": "on",
            "name": "Licht",
        },
    },
}
