# SPDX-License-Identifier: EUPL-1.2
"""Entities with a history, and how tests ask for it."""

PATH = "temporal/entities"


WINDOW = "timerel=between&timeAt=2026-03-01T12:00:00Z&endTimeAt=2026-03-01T13:00:00Z"


EVER = "timerel=after&timeAt=2020-01-01T00:00:00Z"


OUT = "2026-01-05T00:00:00Z"


DATASET = "urn:ngsi-ld:Dataset:left"


def at(minute, value, kind="Property", **members):
    member = {"Relationship": "object", "LanguageProperty": "languageMap"}.get(kind, "value")
    time = minute if type(minute) is str else f"2026-03-01T12:{minute:02}:00Z"
    return {"type": kind, member: value, "observedAt": time, **members}


def point(minute, *coordinates):
    return at(minute, {"type": "Point", "coordinates": list(coordinates)}, "GeoProperty")


ENTITIES = [
    {
        "id": "urn:a:fast",
        "type": "Car",
        "speed": [at(0, 30), at(10, 50), at(OUT, 90)],
        "heading": [at(5, 45)],
        "name": [at(5, {"de": "Blitz", "en": "Flash"}, "LanguageProperty")],
        "location": [point(0, 7.6, 51.9), point(30, 8.0, 52.0)],
    },
    {
        "id": "urn:a:slow",
        "type": ["Car", "Bus"],
        "speed": [at(0, 10), at(OUT, 80), at(0, 12, datasetId=DATASET)],
        "depot": [at(0, "urn:a:garage", "Relationship")],
        "location": [point(0, 10.0, 40.0), point(OUT, 7.6, 51.9)],
    },
    {"id": "urn:a:still", "type": "Car", "speed": [at(OUT, 99)]},
    {
        "id": "urn:b:scoped",
        "type": "Tram",
        "scope": [at("2026-03-01T10:00:00Z", "/R"), at(30, ["/S", "/T/U"])],
        "speed": [at(5, "old"), at(45, "new")],
    },
    {"id": "urn:b:unscoped", "type": "Tram", "speed": [at(5, "none")]},
    {"id": "urn:b:late", "type": "Tram", "scope": [at("2026-03-01T14:00:00Z", "/Z")], "speed": [at(5, "late")]},
]


async def ask(client, query, status=200, **named):
    response = await client.get(f"{PATH}?{query}", **named)
    assert response.status_code == status, response.text
    return response


async def ids(client, query):
    return [entity["id"].removeprefix("urn:") for entity in (await ask(client, query)).json()]
