# SPDX-License-Identifier: EUPL-1.2
"""The sensors of Musterstadt, street by street."""

from typing import Final

from allmende.launch.musterstadt.sensors import Sensor

SILENT: Final = "urn:ngsi-ld:TrafficFlowObserved:musterstadt:hafenbruecke"
"""The battery of this counter is empty every day after the morning's rush, until the next morning."""
WRONG_CLOCK: Final = "urn:ngsi-ld:WasteContainer:musterstadt:am-wehr"
"""The clock of this bin is a year ahead at every full quarter of an hour: those readings are refused."""
GARBLED: Final = "urn:ngsi-ld:WeatherObserved:musterstadt:klaerwerk"
"""This station sends something that is no reading, twice an hour: it is refused too."""


def _of(type_name: str, *rows: tuple[str, str, str, int, int, float, str]) -> list[Sensor]:
    return [Sensor(type_name, *row) for row in rows]


SENSORS: Final[tuple[Sensor, ...]] = (
    # Size: places. Character: what the car park follows.
    *_of(
        "OffStreetParking",
        ("marktgarage", "Marktgarage", "Am Markt 4", 60, -40, 310, "shops"),
        ("rathaus", "Parkhaus Rathaus", "Rathausgasse 2", -120, 70, 220, "shops"),
        ("kornhaus", "Tiefgarage Kornhaus", "Kornhausstraße 11", 190, 160, 145, "shops"),
        ("bahnhof-sued", "P+R Bahnhof Süd", "Bahnhofstraße 38", 640, 420, 480, "trains"),
        ("bahnhof-nord", "Parkplatz Bahnhof Nord", "Gleisweg 3", 700, 560, 160, "trains"),
        ("behoerdenzentrum", "Behördenzentrum", "Schulze-Delitzsch-Straße 20", -540, 310, 260, "work"),
        ("klinikum", "Parkhaus Klinikum", "Lindenallee 90", -1150, 640, 520, "work"),
        ("gewerbepark", "Gewerbepark Ost", "Dieselstraße 7", 1780, 230, 390, "work"),
        ("gartenstadt", "Quartiersgarage Gartenstadt", "Ulmenweg 15", -820, 1120, 180, "homes"),
    ),
    # Size: bicycles in a quarter of an hour at the height of a fine workday's morning. Character: what they ride for.
    *_of(
        "TrafficFlowObserved",
        ("steinerne-bruecke", "Steinerne Brücke", "Brückenstraße", 12, -428, 145, ""),
        ("hafenbruecke", "Hafenbrücke", "Hafenstraße", 940, -102, 85, ""),
        ("promenade", "Promenade am Wall", "Wallstraße", -275, -155, 120, "leisure"),
        ("bahnhofstrasse", "Bahnhofstraße", "Bahnhofstraße 12", 480, 330, 105, ""),
        ("lindenallee", "Lindenallee", "Lindenallee 41", -758, 482, 70, ""),
        ("hochschule", "Hochschulring", "Hochschulring 1", -1020, -280, 130, ""),
        ("uferweg", "Uferweg West", "Uferweg", -1500, -925, 55, "leisure"),
        ("kastanienweg", "Radschnellweg Kastanienweg", "Kastanienweg", 1320, 760, 95, ""),
    ),
    # Size: how much traffic is near.
    *_of(
        "AirQualityObserved",
        ("am-ring", "Luftmessstation Am Ring", "Ostring 66", 720, -30, 1.5, ""),
        ("marktplatz", "Luftmessstation Marktplatz", "Am Markt 1", 0, 0, 0.9, ""),
        ("bundesstrasse", "Luftmessstation Kasseler Straße", "Kasseler Straße 103", -340, 890, 1.3, ""),
        ("klinikum", "Luftmessstation Klinikum", "Lindenallee 92", -1190, 600, 0.6, ""),
        ("hafen", "Luftmessstation Hafen", "Kaistraße 5", 1080, 20, 1.1, ""),
        ("stadtwald", "Luftmessstation Stadtwald", "Forsthausweg 2", -2100, 1350, 0.15, ""),
    ),
    # Size: degrees above the town's mean.
    *_of(
        "WeatherObserved",
        ("marktplatz", "Wetterstation Marktplatz", "Am Markt 1", 10, 15, 0.9, ""),
        ("flugplatz", "Wetterstation Flugplatz", "Am Flugfeld 1", 2350, 1480, -0.2, ""),
        ("galgenberg", "Wetterstation Galgenberg", "Bergstraße 80", -1780, 1620, -1.3, ""),
        ("klaerwerk", "Wetterstation Klärwerk", "Am Klärwerk 1", 2480, 380, 0.0, ""),
    ),
    # Size: how high the river stands here, compared with the market square.
    *_of(
        "WaterObserved",
        ("obermuehle", "Pegel Obermühle", "Mühlenweg 1", -2600, -1325, 0.8, ""),
        ("uferweg", "Pegel Uferweg", "Uferweg 30", -1470, -940, 0.9, ""),
        ("steinerne-bruecke", "Pegel Steinerne Brücke", "Brückenstraße 1", 32, -415, 1.0, ""),
        ("hafen", "Pegel Hafen", "Kaistraße 9", 965, -80, 1.25, ""),
        ("untere-schleuse", "Pegel Untere Schleuse", "Schleusenweg 4", 2420, 425, 1.1, ""),
    ),
    # Size: days between two emptyings. Character: what is thrown in.
    *_of(
        "WasteContainer",
        ("marktplatz-1", "Abfallbehälter Marktplatz 1", "Am Markt 3", 30, 25, 3, "other"),
        ("marktplatz-2", "Abfallbehälter Marktplatz 2", "Am Markt 8", -35, -20, 3, "other"),
        ("bahnhof", "Abfallbehälter Bahnhofsvorplatz", "Bahnhofstraße 40", 620, 400, 3, "other"),
        ("am-wehr", "Abfallbehälter Am Wehr", "Am Wehr 1", -640, -640, 4, "other"),
        ("stadtpark", "Abfallbehälter Stadtpark", "Parkweg 2", -420, -330, 4, "other"),
        ("schillerplatz", "Glascontainer Schillerplatz", "Schillerplatz", 340, -260, 6, "glass"),
        ("gartenstadt", "Glascontainer Gartenstadt", "Ulmenweg 1", -790, 1060, 7, "glass"),
        ("hochschule", "Papiercontainer Hochschule", "Hochschulring 5", -980, -310, 5, "paper"),
        ("birkenweg", "Papiercontainer Birkenweg", "Birkenweg 22", 1120, 1040, 7, "paper"),
        ("wochenmarkt", "Biotonne Wochenmarkt", "Kornhausstraße 3", 150, 120, 3, "organic"),
    ),
    # Size: charging points. Character: slow or fast.
    *_of(
        "EVChargingStation",
        ("marktgarage", "Ladestation Marktgarage", "Am Markt 4", 65, -45, 6, "slow"),
        ("rathaus", "Ladestation Rathaus", "Rathausgasse 2", -115, 75, 2, "slow"),
        ("bahnhof-sued", "Ladestation Bahnhof Süd", "Bahnhofstraße 38", 650, 425, 4, "slow"),
        ("stadtwerke", "Schnellladepark Stadtwerke", "Dieselstraße 1", 1650, 180, 6, "fast"),
        ("kasseler-strasse", "Schnellladestation Kasseler Straße", "Kasseler Straße 110", -350, 930, 2, "fast"),
        ("klinikum", "Ladestation Klinikum", "Lindenallee 90", -1140, 650, 4, "slow"),
        ("hochschule", "Ladestation Hochschule", "Hochschulring 9", -1060, -260, 4, "slow"),
        ("ulmenweg", "Ladestation Ulmenweg", "Ulmenweg 15", -815, 1125, 2, "slow"),
    ),
    # Size: how strong the lamp is. Character: homes are dimmed at night.
    *_of(
        "Streetlight",
        ("am-markt-1", "Leuchte Am Markt 1", "Am Markt 1", -15, 30, 1.2, ""),
        ("am-markt-6", "Leuchte Am Markt 6", "Am Markt 6", 45, -10, 1.2, ""),
        ("brueckenstrasse-5", "Leuchte Brückenstraße 5", "Brückenstraße 5", 15, -300, 1.0, ""),
        ("bahnhofstrasse-12", "Leuchte Bahnhofstraße 12", "Bahnhofstraße 12", 475, 325, 1.0, ""),
        ("bahnhofstrasse-30", "Leuchte Bahnhofstraße 30", "Bahnhofstraße 30", 580, 385, 1.0, ""),
        ("wallstrasse-9", "Leuchte Wallstraße 9", "Wallstraße 9", -250, -140, 0.8, "broken"),
        ("lindenallee-41", "Leuchte Lindenallee 41", "Lindenallee 41", -755, 485, 1.0, ""),
        ("ostring-66", "Leuchte Ostring 66", "Ostring 66", 715, -35, 1.4, ""),
        ("ulmenweg-3", "Leuchte Ulmenweg 3", "Ulmenweg 3", -800, 1075, 0.7, "homes"),
        ("ulmenweg-15", "Leuchte Ulmenweg 15", "Ulmenweg 15", -825, 1115, 0.7, "homes"),
        ("birkenweg-22", "Leuchte Birkenweg 22", "Birkenweg 22", 1125, 1035, 0.7, "homes"),
        ("kaistrasse-5", "Leuchte Kaistraße 5", "Kaistraße 5", 1075, 15, 1.0, ""),
    ),
)
