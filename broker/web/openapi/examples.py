# SPDX-License-Identifier: EUPL-1.2
"""What examples speak of: every one works where two entities and an @context are stored, and no other entity."""

from typing import Any, Final

HALL: Final = "urn:ngsi-ld:Room:1"
BUILDING: Final = "urn:ngsi-ld:Building:7"
INSTANCE: Final = "urn:ngsi-ld:Instance:865c5cc7f491e228afe0:1780272000000000"
"""Stands for the first instance in the history of the temperature of HALL: its numbers are given at run time."""
CONTEXT: Final = "5c1d9be0-7c0c-4a3f-9d0e-3a5f2b8d6e41"
"""Stands for the hosted @context VOCABULARY: its local id is given at run time."""

ENTITY_MAP: Final = "urn:ngsi-ld:EntityMap:0b9c6f4e-1d5e-4f8a-9a55-2b7f1a6c0d3e"
"""Stands for an entity map: its id is given at run time."""

SNAPSHOT: Final = "urn:ngsi-ld:Snapshot:1"

TEMPERATURE: Final[dict[str, Any]] = {
    "type": "Property",
    "value": 21.5,
    "unitCode": "CEL",
    "observedAt": "2026-06-01T12:00:00Z",
    "accuracy": {"type": "Property", "value": 0.1},
}
STORED: Final[tuple[dict[str, Any], ...]] = (
    {
        "id": HALL,
        "type": "Room",
        "scope": "/Town/Centre",
        "temperature": TEMPERATURE,
        "name": {"type": "LanguageProperty", "languageMap": {"de": "Saal", "en": "Hall"}},
        "inBuilding": {"type": "Relationship", "object": BUILDING},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [7.1, 50.7]}},
    },
    {"id": BUILDING, "type": "Building", "title": {"type": "Property", "value": "Town hall"}},
)
NEW: Final[dict[str, Any]] = {
    "id": "urn:ngsi-ld:Room:2",
    "type": "Room",
    "temperature": {**TEMPERATURE, "value": 19},
    "name": {"languageMap": {"de": "Kammer", "en": "Chamber"}},
    "seats": 12,
}
HISTORY: Final[dict[str, Any]] = {
    "id": "urn:ngsi-ld:Room:3",
    "type": "Room",
    "temperature": [
        {"type": "Property", "value": 20, "observedAt": "2026-06-01T10:00:00Z"},
        {"type": "Property", "value": 21, "observedAt": "2026-06-01T11:00:00Z"},
    ],
}
VOCABULARY: Final[dict[str, Any]] = {
    "@context": {
        "Room": "https://example.org/vocabulary#Room",
        "temperature": "https://example.org/vocabulary#temperature",
    }
}
NEW_SNAPSHOT: Final[dict[str, Any]] = {
    "id": SNAPSHOT,
    "type": "Snapshot",
    "snapshotQueries": [{"type": "Query", "entities": [{"type": "Room"}], "q": "temperature>20"}],
    "snapshotLifetime": "P7D",
    "snapshotPriority": 3,
}
