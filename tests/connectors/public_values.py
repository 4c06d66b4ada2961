# SPDX-License-Identifier: EUPL-1.2
"""What must come of the fixtures of public platforms and standards: read from them by hand.

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
    ("gbfs-2", "station_status.json"): 6,
    ("gbfs-3", "station_status.json"): 4,
    ("uba-air-measures", "measures.json"): 4,
    ("uba-air-quality", "airquality.json"): 3,
    ("parkapi-v3", "parking-sites.json"): 5,
    ("datex2-parking", "status-v2.xml"): 3,
    ("datex2-parking", "status-facilities-v2.xml"): 1,
    ("datex2-parking", "status-v3.xml"): 2,
    ("ocpi-locations", "locations.json"): 5,
    ("eco-counter", "100099900.json"): 3,
    ("eco-counter", "103099900.json"): 2,
    ("sensorthings", "datastreams.json"): 4,
    ("eco-counter", "105099900.json"): 1,
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
            "visibility": (34711, "MTR", "2026-05-04T15:00:00Z"),
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
            "visibility": (26000, "MTR", "2026-05-04T15:00:00Z"),
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
            "visibility": (31000, "MTR", "2026-05-04T16:00:00Z"),
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
            "visibility": (9000, "MTR", "2026-05-04T18:00:00Z"),
            "weatherType": ("thunderstorm", None, "2026-05-04T18:00:00Z"),
            "name": "MUSTERSTADT",
            "location": (8.15, 52.23),
        },
    },
    ("gbfs-2", "station_status.json"): {
        "BikeHireDockingStation:s1": {
            "availableBikeNumber": (3, None, "2026-07-03T06:26:00.000Z"),
            "freeSlotNumber": (7, None, "2026-07-03T06:26:00.000Z"),
            "outOfServiceSlotNumber": (2, None, "2026-07-03T06:26:00.000Z"),
            "status": ("working", None, "2026-07-03T06:26:00.000Z"),
            "totalSlotNumber": 13,
            "name": "Hauptbahnhof",
            "address": {"streetAddress": "Arnulfplatz 1", "postalCode": "70173"},
            "location": (9.1829, 48.7838),
        },
        # 1 and 0 for true and false.
        "BikeHireDockingStation:s2": {
            "availableBikeNumber": (0, None, "2026-07-03T06:10:00.000Z"),
            "freeSlotNumber": (12, None, "2026-07-03T06:10:00.000Z"),
            "status": ("empty", None, "2026-07-03T06:10:00.000Z"),
            "totalSlotNumber": 12,
            "name": "Marktplatz",
            "location": (9.1781, 48.7752),
        },
        # It says that it reported in 1970: its time is that of the answer.
        "BikeHireDockingStation:s3": {
            "availableBikeNumber": (5, None, "2026-07-03T06:26:40.000Z"),
            "freeSlotNumber": (0, None, "2026-07-03T06:26:40.000Z"),
            "status": ("full", None, "2026-07-03T06:26:40.000Z"),
            "totalSlotNumber": 5,
            "name": "Am Park",
            "address": {"streetAddress": "Parkweg"},
            "location": (9.2, 48.79),
        },
        "BikeHireDockingStation:s4": {
            "availableBikeNumber": (4, None, "2026-07-03T06:25:40.000Z"),
            "freeSlotNumber": (4, None, "2026-07-03T06:25:40.000Z"),
            "status": ("outOfService", None, "2026-07-03T06:25:40.000Z"),
            "totalSlotNumber": 8,
            "name": "Im Umbau",
            "location": (9.21, 48.8),
        },
        # Virtual: there are no docks, so it is not full.
        "BikeHireDockingStation:s5": {
            "availableBikeNumber": (2, None, "2026-07-03T06:26:40.000Z"),
            "status": ("working", None, "2026-07-03T06:26:40.000Z"),
            "name": "Virtuell",
            "location": (9.22, 48.81),
        },
        # Not in station_information.json.
        "BikeHireDockingStation:s6": {
            "availableBikeNumber": (0, None, "2026-07-03T03:40:00.000Z"),
            "freeSlotNumber": (0, None, "2026-07-03T03:40:00.000Z"),
            "status": ("outOfService", None, "2026-07-03T03:40:00.000Z"),
        },
    },
    ("gbfs-3", "station_status.json"): {
        "BikeHireDockingStation:s1": {
            "availableBikeNumber": (3, None, "2026-07-03T06:26:00Z"),
            "freeSlotNumber": (7, None, "2026-07-03T06:26:00Z"),
            "outOfServiceSlotNumber": (2, None, "2026-07-03T06:26:00Z"),
            "status": ("working", None, "2026-07-03T06:26:00Z"),
            "totalSlotNumber": 13,
            "name": {"de": "Hauptbahnhof", "en": "Main station"},
            "address": {"streetAddress": "Arnulfplatz 1", "postalCode": "70173"},
            "location": (9.1829, 48.7838),
        },
        # Vehicles are hired there, but not given back.
        "BikeHireDockingStation:s2": {
            "availableBikeNumber": (0, None, "2026-07-03T06:10:00Z"),
            "freeSlotNumber": (12, None, "2026-07-03T06:10:00Z"),
            "status": ("empty", None, "2026-07-03T06:10:00Z"),
            "totalSlotNumber": 12,
            "name": {"de": "Marktplatz"},
            "location": (9.1781, 48.7752),
        },
        "BikeHireDockingStation:s4": {
            "availableBikeNumber": (2, None, "2026-07-03T06:26:40Z"),
            "status": ("working", None, "2026-07-03T06:26:40Z"),
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
    ("parkapi-v3", "parking-sites.json"): {
        "OffStreetParking:501": {
            "availableSpotNumber": (56, None, "2026-06-10T08:20:00Z"),
            "status": (["open"], None, "2026-06-10T08:20:00Z"),
            "totalSpotNumber": 310,
            "name": "Parkhaus Muster",
            "address": {"streetAddress": "Musterstraße 1, 70173 Musterstadt"},
            "openingHours": "Mo-Su 06:00-24:00",
            "layout": ["multiStorey"],
            "location": (9.177533, 48.776124),
        },
        "OffStreetParking:502": {
            "availableSpotNumber": (0, None, "2026-06-10T08:19:00Z"),
            "status": (["closed"], None, "2026-06-10T08:19:00Z"),
            "totalSpotNumber": 120,
            "name": "Tiefgarage Beispiel",
            "openingHours": "24/7",
            "layout": ["underground"],
            "location": (9.18, 48.78),
        },
        # What it says of free spaces is no reading.
        "OnStreetParking:503": {"totalSpotNumber": 14, "name": "Am Rand", "location": (9.19, 48.79)},
        "OffStreetParking:504": {"totalSpotNumber": 80, "name": "Festplatz", "location": (9.2, 48.8)},
        "OffStreetParking:506": {"name": "Turnhalle", "layout": ["openSpace"], "location": (9.21, 48.81)},
    },
    ("datex2-parking", "status-v2.xml"): {
        "OffStreetParking:P1": {
            "availableSpotNumber": (31, None, "2026-03-02T09:00:12.500000Z"),
            "occupiedSpotNumber": (89, None, "2026-03-02T09:00:12.500000Z"),
            "status": (["open", "spacesAvailable"], None, "2026-03-02T09:00:12.500000Z"),
            "totalSpotNumber": 120,
            "name": "Parkhaus Muster",
            "location": (6.08, 50.77),
        },
        # Without a time of its own, and not in the table.
        "OffStreetParking:P2": {"status": (["closed"], None, "2026-03-02T09:00:30Z")},
        # A time without a zone, a name without a language, a place for display.
        "OnStreetParking:P3": {
            "availableSpotNumber": (0, None, "2026-03-02T08:58:00Z"),
            "status": (["full"], None, "2026-03-02T08:58:00Z"),
            "totalSpotNumber": 18,
            "name": "Am Beispiel",
            "location": (6.09, 50.78),
        },
    },
    ("datex2-parking", "status-facilities-v2.xml"): {
        "OffStreetParking:F7": {
            "availableSpotNumber": (82, None, "2026-03-02T09:04:31Z"),
            "occupiedSpotNumber": (128, None, "2026-03-02T09:04:31Z"),
            "status": (["open", "spacesAvailable"], None, "2026-03-02T09:04:31Z"),
            "totalSpotNumber": 210,
            "name": "Tiefgarage Sieben",
            "location": (9.2, 48.7),
        },
    },
    ("datex2-parking", "status-v3.xml"): {
        "OffStreetParking:R:1": {
            "availableSpotNumber": (4, None, "2026-04-21T10:29:40Z"),
            "occupiedSpotNumber": (16, None, "2026-04-21T10:29:40Z"),
            "status": (["open", "almostFull"], None, "2026-04-21T10:29:40Z"),
            "totalSpotNumber": 20,
            "name": "Rastplatz Muster",
            "location": (7.5001, 51.5001),
        },
        "OffStreetParking:R:2": {"availableSpotNumber": (7, None, "2026-04-21T10:30:00Z")},
    },
    ("ocpi-locations", "locations.json"): {
        # Of four EVSEs one is free, one charges, one is broken, and one was removed.
        "EVChargingStation:DE-MUS-LOC1": {
            "availableCapacity": (1, None, "2026-06-24T12:51:00Z"),
            "status": ("working", None, "2026-06-24T12:51:00Z"),
            "capacity": 3,
            "socketNumber": 4,
            "socketType": ["Type2", "Wall_Euro", "CCS/SAE"],
            "name": "Rathaus",
            "operator": "Stadtwerke Muster",
            "openingHours": "24/7",
            "address": {
                "streetAddress": "Marktplatz 1",
                "postalCode": "12345",
                "addressLocality": "Musterstadt",
                "addressCountry": "DEU",
            },
            "location": (13.7291, 51.047599),
        },
        "EVChargingStation:DE-MUS-LOC2": {
            "availableCapacity": (0, None, "2026-06-24T12:00:00Z"),
            "status": ("full", None, "2026-06-24T12:00:00Z"),
            "capacity": 1,
            "socketNumber": 1,
            "socketType": ["CHAdeMO"],
            "address": {
                "streetAddress": "Bahnhofstraße 3",
                "addressLocality": "Musterstadt",
                "addressCountry": "DEU",
            },
            "location": (13.74, 51.05),
        },
        # Nobody knows.
        "EVChargingStation:DE-MUS-LOC3": {
            "capacity": 1,
            "socketNumber": 1,
            "socketType": ["Type2"],
            "name": "Unbekannt",
            "address": {"streetAddress": "Weg 1", "addressLocality": "Musterdorf", "addressCountry": "DEU"},
            "location": (13.75, 51.06),
        },
        # Two connectors of one kind, and one that the model does not know.
        "EVChargingStation:LOC5": {
            "availableCapacity": (0, None, "2026-06-23T06:30:00Z"),
            "status": ("outOfService", None, "2026-06-23T06:30:00Z"),
            "capacity": 1,
            "socketNumber": 3,
            "socketType": ["Tesla"],
            "name": "Nach OCPI 2.1.1",
            "address": {
                "streetAddress": "Gasse 2",
                "postalCode": "12346",
                "addressLocality": "Musterdorf",
                "addressCountry": "DEU",
            },
            "location": (13.77, 51.08),
        },
        "EVChargingStation:DE-MUS-LOC6": {
            "name": "Geplant",
            "address": {"streetAddress": "Platz 4", "addressLocality": "Musterdorf", "addressCountry": "DEU"},
            "location": (13.78, 51.09),
        },
    },
    ("eco-counter", "100099900.json"): {
        "TrafficFlowObserved:100099900": {
            "intensity": (31, None, "2026-06-01T05:45:00Z"),
            "vehicleType": "bicycle",
            "name": "Musterbrücke",
            "location": (7.6261, 51.9607),
        },
        "TrafficFlowObserved:100099900#2": {
            "intensity": (0, None, "2026-06-01T06:00:00Z"),
            "vehicleType": "bicycle",
            "name": "Musterbrücke",
            "location": (7.6261, 51.9607),
        },
        # Local time that claims to be UTC.
        "TrafficFlowObserved:100099900#3": {
            "intensity": (12, None, "2026-01-15T07:15:00Z"),
            "vehicleType": "bicycle",
            "name": "Musterbrücke",
            "location": (7.6261, 51.9607),
        },
    },
    ("eco-counter", "103099900.json"): {
        # A channel of that site, on foot.
        "CrowdFlowObserved:103099900": {
            "peopleCount": (8, None, "2026-06-01T05:45:00Z"),
            "name": "Musterbrücke zu Fuß",
            "location": (7.6261, 51.9607),
        },
        "CrowdFlowObserved:103099900#2": {
            "peopleCount": (11, None, "2026-06-01T06:00:00Z"),
            "name": "Musterbrücke zu Fuß",
            "location": (7.6261, 51.9607),
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
    ("eco-counter", "105099900.json"): {
        # Not in the list of sites.
        "TrafficFlowObserved:105099900": {"intensity": (3, None, "2026-06-01T05:45:00Z")},
    },
}
