# SPDX-License-Identifier: EUPL-1.2
"""What real answers of municipal feeds say: read from the files by hand."""

from typing import Any

# By connector and id: values, the time of the reading, and the place (the first corner of an area).
GOLDEN: dict[str, dict[str, tuple[dict[str, Any], str | None, tuple[float, float] | None]]] = {
    "aachen-parking": {
        "P1": (
            {"availableSpotNumber": 412, "totalSpotNumber": 560, "name": "P01-Eurogress", "status": ["open", "spacesAvailable"]},
            "2025-02-07T19:05:34.176000Z",
            (6.0927987, 50.780552),
        ),
        "P6": (
            {"availableSpotNumber": 624, "totalSpotNumber": 999, "name": "P06-Galeria Kaufhof"},
            "2025-02-07T19:08:28.862000Z",
            (6.09006, 50.77298),
        ),
        "P17": (
            {"availableSpotNumber": 429, "totalSpotNumber": None, "name": "P17-EBV Carre"},
            "2025-02-07T18:56:15.338000Z",
            (6.092144, 50.77732),
        ),
    },
    "stuttgart-parking": {
        "12717289": (
            {"availableSpotNumber": 245, "totalSpotNumber": 564, "name": "Österreichischer Platz"},
            "2022-02-11T13:16:01Z",
            (9.17371, 48.770046),
        ),
        "12717253": (
            {"availableSpotNumber": 457, "totalSpotNumber": 427, "status": ["closed", "spacesAvailable"]},
            "2023-10-07T01:45:08Z",
            (9.180177, 48.782109),
        ),
        # Alone in degrees.
        "78241093": ({"availableSpotNumber": 21, "name": "Neue Brücke"}, "2023-09-23T16:06:00Z", (9.175955, 48.775013)),
        "78319431": (
            {"availableSpotNumber": None, "status": ["statusUnknown"], "name": "Am Bollwerk"},
            "2023-10-07T01:45:31.582000Z",
            (9.167501, 48.777108),
        ),
    },
    "goldbeck-parking": {
        "3": (
            {
                "totalSpotNumber": 637,
                "name": "Klinik Plattenwald",
                "address": {"streetAddress": "Am Plattenwald 1, 74177 Bad Friedrichshall"},
            },
            None,
            (9.2360278, 49.2114444),
        ),
        "94": ({"totalSpotNumber": 304, "name": "Cityparkhaus am Bollwerksturm"}, None, (9.2161111, 49.1463611)),
        "144": ({"totalSpotNumber": 600, "name": "Weil am Rhein"}, None, (7.5966944, 47.5914167)),
    },
    "vrs-p-r": {
        "1003": ({"totalSpotNumber": 314, "name": "Sommerrain"}, None, (9.250154, 48.814897)),
        "1007": ({"totalSpotNumber": 224, "name": "Backnang Parkhaus"}, None, (9.42482, 48.942852)),
        "99998": ({"totalSpotNumber": 108}, None, (9.064014, 48.823796)),
    },
    "bielefeld-parking": {
        "620-1": (
            {"availableSpotNumber": None, "status": None, "totalSpotNumber": None, "name": "Parkplatz"},
            None,
            (8.5374366, 52.0341519),
        ),
        "660-1": (
            {"availableSpotNumber": 203, "totalSpotNumber": 383, "status": ["spacesAvailable"]},
            "2026-02-06T07:35:00Z",
            (8.538249, 52.0242104),
        ),
        "660-3": (
            {"availableSpotNumber": 0, "totalSpotNumber": 456, "status": ["closed"], "name": "Parkhaus Ritterstraße"},
            "2026-02-06T07:35:00Z",
            (8.5292214, 52.0219371),
        ),
    },
    "reutlingen-parking": {
        "76997": ({"totalSpotNumber": 110, "name": "Dietweg"}, None, (9.1992897, 48.5124082)),
        "174": ({"totalSpotNumber": 550, "name": "L 383 / Alteburgstraße"}, None, (9.1881138, 48.4803524)),
        "585": ({"totalSpotNumber": None, "name": "Rommelsbacher Straße"}, None, (9.2053961, 48.5030746)),
    },
    "esslingen-parking": {
        "1": (
            {"type": "OnStreetParking", "totalSpotNumber": 2, "description": "Parkplatz für die Öffentlichkeit mit Parkschein"},
            None,
            (9.306035, 48.742381),
        ),
        "14": ({"type": "OffStreetParking", "totalSpotNumber": 355}, None, (9.309158, 48.739397)),
        "93": ({"type": "OnStreetParking", "totalSpotNumber": 1, "description": None}, None, None),
    },
    "basel-parking": {
        "badbahnhof": (
            {"availableSpotNumber": 286, "totalSpotNumber": 750, "name": "Parkhaus Bad. Bahnhof"},
            "2024-07-28T12:06:00Z",
            (7.6089067, 47.5651794),
        ),
        "storchen": (
            {"availableSpotNumber": 38, "totalSpotNumber": 142, "seeAlso": "https://www.parkleitsystem-basel.ch/parkhaus/storchen"},
            "2024-07-28T12:06:00Z",
            (7.58658, 47.5592347),
        ),
        # More free spaces than spaces.
        "anfos": ({"availableSpotNumber": 167, "totalSpotNumber": 162}, "2024-07-28T12:06:00Z", (7.593512, 47.5515968)),
    },
    # Places by the formulas of the projection, without a library.
    "freiburg-parking": {
        "P5": (
            {"availableSpotNumber": 56, "totalSpotNumber": 105, "status": ["open"], "name": "Zur Unterführung", "areaServed": "Bahnhof"},
            "2024-06-10T08:20:00Z",
            (7.8447315, 48.0012862),
        ),
        "P12": (
            {"availableSpotNumber": 399, "totalSpotNumber": 399, "status": None, "name": "Zähringer Tor"},
            "2024-06-10T08:20:00Z",
            (7.8540219, 47.9989584),
        ),
        "P1": (
            {"availableSpotNumber": None, "totalSpotNumber": None, "status": ["statusUnknown"], "name": "Bahnhofsgarage"},
            "2024-06-10T08:20:00Z",
            (7.8414201, 47.9969317),
        ),
        # The city gives this place in degrees in another layer.
        "P21": ({"availableSpotNumber": 160, "areaServed": None}, "2024-06-10T08:20:00Z", (7.871473407, 47.987991157)),
    },
    "freiburg-p-r": {
        "PR165": (
            {"availableSpotNumber": 72, "occupiedSpotNumber": 140, "totalSpotNumber": 212, "name": "Paduaallee"},
            "2025-05-05T10:34:03Z",
            (7.806411178, 48.012663245),
        ),
        "PR156": (
            {"availableSpotNumber": 10, "totalSpotNumber": 17, "status": ["almostFull"], "name": "Moosweiher"},
            "2025-05-05T10:34:03Z",
            (7.808116776, 48.029227544),
        ),
        "PR153": (
            {"availableSpotNumber": 54, "totalSpotNumber": 336, "status": ["spacesAvailable"], "name": "Gundelfinger Str."},
            "2025-05-05T10:34:03Z",
            (7.862389629, 48.034805723),
        ),
    },
    "freiburg-p-r-sites": {
        "79": (
            {"totalSpotNumber": 300, "name": "Paduaallee", "alternateName": None, "category": ["parkingLot", "urbanDeterrentParking"]},
            None,
            (7.806411214, 48.012663648),
        ),
        "8": (
            {"totalSpotNumber": 200, "name": "Parkhaus der Pädagogischen Hochschule", "category": ["parkingGarage"]},
            None,
            (7.890891473, 47.982361251),
        ),
        "89": (
            {"totalSpotNumber": 2500, "name": "Messe Parkplatz", "alternateName": "P24", "category": ["parkingLot"]},
            None,
            (7.838684927, 48.015585414),
        ),
    },
    "heidelberg-parking": {
        "P01": (
            {
                "availableSpotNumber": 143,
                "occupiedSpotNumber": 385,
                "totalSpotNumber": 528,
                "status": ["open"],
                "address": {"streetAddress": "Poststraße 7", "postalCode": "69115", "addressLocality": "Heidelberg"},
                "maximumAllowedHeight": 1.8,
                "maximumAllowedWidth": 2.4,
            },
            "2024-06-08T13:25:00.000Z",
            (8.68947287, 49.40772852),
        ),
        # Out of order: no places are free of 140.
        "P03": (
            {"availableSpotNumber": None, "occupiedSpotNumber": None, "status": ["statusUnknown"], "totalSpotNumber": 140},
            "2024-06-08T13:25:00.000Z",
            (8.69175979, 49.40640258),
        ),
        # Eight fewer than none are free.
        "P23": (
            {"availableSpotNumber": None, "occupiedSpotNumber": 9, "name": "P23 Neuenheimer Feld - Ost"},
            "2024-06-08T13:25:00.000Z",
            None,
        ),
        "P20": (
            {"availableSpotNumber": None, "occupiedSpotNumber": 2, "totalSpotNumber": 671, "status": ["statusUnknown"]},
            "2024-06-08T13:24:57.783Z",
            (8.6702232, 49.3954774),
        ),
    },
    "karlsruhe-parking": {
        "1": (
            {"availableSpotNumber": 16, "totalSpotNumber": 59, "status": ["open"], "name": "Modepark Röther", "maximumAllowedHeight": 1.85},
            "2024-11-27T18:39:00Z",
            (8.19944747, 48.86051666),
        ),
        "3": (
            {"availableSpotNumber": 226, "totalSpotNumber": 250, "status": ["closed"], "maximumAllowedHeight": None},
            "2024-11-27T18:39:00Z",
            (8.20668359, 48.85564239),
        ),
        # Out of order: all 392 are free.
        "59": (
            {"availableSpotNumber": None, "totalSpotNumber": 392, "status": ["open"], "name": "Passagehof"},
            "2024-11-27T18:35:00Z",
            (8.39828987, 49.01097553),
        ),
        "9": (
            {"availableSpotNumber": 215, "totalSpotNumber": 275, "status": None, "description": "Parking à barrières"},
            "2024-11-27T18:33:37Z",
            (7.79079871, 48.81741498),
        ),
        "6": ({"availableSpotNumber": None, "totalSpotNumber": None, "status": None}, None, (8.25008709, 49.05233719)),
    },
    "kienzler-boxes": {
        "unit1676": (
            {"availableSpotNumber": 10, "occupiedSpotNumber": 1, "totalSpotNumber": 11, "facilities": ["luggageLocker"]},
            None,
            (8.215451, 48.861159),
        ),
        "unit574": (
            {"availableSpotNumber": 7, "occupiedSpotNumber": 3, "totalSpotNumber": 10, "allowedVehicleType": ["bicycle"]},
            None,
            (8.491533, 49.162067),
        ),
        "unit621": (
            {"availableSpotNumber": 3, "outOfServiceSlotNumber": 0, "totalSpotNumber": 12, "name": "Ettlingen, Stadtbahnhof, Boxen"},
            None,
            (8.408843, 48.938847),
        ),
    },
    # 1723876205000 milliseconds.
    "konstanz-parking": {
        "4": (
            {"availableSpotNumber": 881, "totalSpotNumber": 930, "status": ["open"], "maximumAllowedHeight": 1.9},
            "2024-08-17T06:30:05.000Z",
            (9.17639495, 47.65615688),
        ),
        "0": (
            {"availableSpotNumber": 182, "totalSpotNumber": 359, "name": "Parkhaus Altstadt", "category": ["parkingGarage"]},
            "2024-08-17T06:30:05.000Z",
            (9.17190511, 47.66306933),
        ),
        "7": (
            {"availableSpotNumber": 269, "totalSpotNumber": 335, "description": None, "maximumAllowedHeight": None},
            "2024-08-17T06:30:05.000Z",
            (9.16860392, 47.65791602),
        ),
    },
    "pbw-parking": {
        "58": (
            {"availableSpotNumber": None, "totalSpotNumber": 500, "name": "Parkhaus Ebenhalde (Morgenstelle)", "maximumAllowedHeight": 1.95},
            None,
            (9.0314394, 48.5379775),
        ),
        "268": (
            {
                "availableSpotNumber": 44,
                "totalSpotNumber": 215,
                "address": {"streetAddress": "Mühlbachäckerstraße 5", "postalCode": "72072", "addressLocality": "Tübingen"},
            },
            None,
            (9.04926, 48.51252),
        ),
        "669": (
            {"availableSpotNumber": 134, "totalSpotNumber": 266, "category": ["parkingLot"], "maximumAllowedHeight": None},
            None,
            (9.06232, 48.52807),
        ),
    },
}  # fmt: skip
