# SPDX-License-Identifier: EUPL-1.2
"""What must come of the fixtures of parking, sharing, charging and counting: read from them by hand.

By connector and fixture: how many entities, and by the ids' ends their attributes, each the value alone or
(value, unit, time) where it has one of both; a place is (longitude, latitude).
"""

from typing import Any

Entities = dict[str, dict[str, Any]]

COUNTS: dict[tuple[str, str], int] = {
    ("gbfs-2", "station_status.json"): 6,
    ("gbfs-3", "station_status.json"): 4,
    ("parkapi-v3", "parking-sites.json"): 5,
    ("datex2-parking", "status-v2.xml"): 3,
    ("datex2-parking", "status-facilities-v2.xml"): 1,
    ("datex2-parking", "status-v3.xml"): 2,
    ("ocpi-locations", "locations.json"): 5,
    ("eco-counter", "100099900.json"): 3,
    ("eco-counter", "103099900.json"): 2,
    ("eco-counter", "105099900.json"): 1,
}

ENTITIES: dict[tuple[str, str], Entities] = {
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
    ("parkapi-v3", "parking-sites.json"): {
        "OffStreetParking:501": {
            "availableSpotNumber": (56, "C62", "2026-06-10T08:20:00Z"),
            "status": (["open"], None, "2026-06-10T08:20:00Z"),
            "totalSpotNumber": (310, "C62", None),
            "name": "Parkhaus Muster",
            "address": {"streetAddress": "Musterstraße 1, 70173 Musterstadt"},
            "openingHours": "Mo-Su 06:00-24:00",
            "layout": ["multiStorey"],
            "location": (9.177533, 48.776124),
        },
        "OffStreetParking:502": {
            "availableSpotNumber": (0, "C62", "2026-06-10T08:19:00Z"),
            "status": (["closed"], None, "2026-06-10T08:19:00Z"),
            "totalSpotNumber": (120, "C62", None),
            "name": "Tiefgarage Beispiel",
            "openingHours": "24/7",
            "layout": ["underground"],
            "location": (9.18, 48.78),
        },
        # What it says of free spaces is no reading.
        "OnStreetParking:503": {"totalSpotNumber": (14, "C62", None), "name": "Am Rand", "location": (9.19, 48.79)},
        "OffStreetParking:504": {"totalSpotNumber": (80, "C62", None), "name": "Festplatz", "location": (9.2, 48.8)},
        "OffStreetParking:506": {"name": "Turnhalle", "layout": ["openSpace"], "location": (9.21, 48.81)},
    },
    ("datex2-parking", "status-v2.xml"): {
        "OffStreetParking:P1": {
            "availableSpotNumber": (31, "C62", "2026-03-02T09:00:12.500000Z"),
            "occupiedSpotNumber": (89, "C62", "2026-03-02T09:00:12.500000Z"),
            "status": (["open", "spacesAvailable"], None, "2026-03-02T09:00:12.500000Z"),
            "totalSpotNumber": (120, "C62", None),
            "name": "Parkhaus Muster",
            "location": (6.08, 50.77),
        },
        # Without a time of its own, and not in the table.
        "OffStreetParking:P2": {"status": (["closed"], None, "2026-03-02T09:00:30Z")},
        # A time without a zone, a name without a language, a place for display.
        "OnStreetParking:P3": {
            "availableSpotNumber": (0, "C62", "2026-03-02T08:58:00Z"),
            "status": (["full"], None, "2026-03-02T08:58:00Z"),
            "totalSpotNumber": (18, "C62", None),
            "name": "Am Beispiel",
            "location": (6.09, 50.78),
        },
    },
    ("datex2-parking", "status-facilities-v2.xml"): {
        "OffStreetParking:F7": {
            "availableSpotNumber": (82, "C62", "2026-03-02T09:04:31Z"),
            "occupiedSpotNumber": (128, "C62", "2026-03-02T09:04:31Z"),
            "status": (["open", "spacesAvailable"], None, "2026-03-02T09:04:31Z"),
            "totalSpotNumber": (210, "C62", None),
            "name": "Tiefgarage Sieben",
            "location": (9.2, 48.7),
        },
    },
    ("datex2-parking", "status-v3.xml"): {
        "OffStreetParking:R:1": {
            "availableSpotNumber": (4, "C62", "2026-04-21T10:29:40Z"),
            "occupiedSpotNumber": (16, "C62", "2026-04-21T10:29:40Z"),
            "status": (["open", "almostFull"], None, "2026-04-21T10:29:40Z"),
            "totalSpotNumber": (20, "C62", None),
            "name": "Rastplatz Muster",
            "location": (7.5001, 51.5001),
        },
        "OffStreetParking:R:2": {"availableSpotNumber": (7, "C62", "2026-04-21T10:30:00Z")},
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
    ("eco-counter", "105099900.json"): {
        # Not in the list of sites.
        "TrafficFlowObserved:105099900": {"intensity": (3, None, "2026-06-01T05:45:00Z")},
    },
}
