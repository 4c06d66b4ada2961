# SPDX-License-Identifier: EUPL-1.2
"""A city of which something is published: what visitors are told of it, and what they are not."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

START: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
DATASETS: Final[list[dict[str, Any]]] = [
    {
        "slug": "rooms",
        "selector": {"types": ["Room"]},
        "attributes": {"pick": ["name", "temperature", "inBuilding", "location"]},
        "visibility": "registered",
    },
    {
        "slug": "open",
        "selector": {"scopes": ["/Open/#"]},
        "attributes": {"omit": ["secret"]},
        "visibility": "registered",
    },
    {
        "slug": "lamps",
        "selector": {"types": ["Lamp"]},
        "attributes": {"omit": ["secret"]},
        "rounding": {"place_m": 1000, "time": "PT1H"},
        "visibility": "registered",
    },
]
"""What every user may see."""


def at(minutes: float) -> str:
    """So long after the start."""
    return (START + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def point(longitude: float, latitude: float) -> dict[str, Any]:
    """A place."""
    return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [longitude, latitude]}}


def room(number: int, warmth: float, minute: float) -> dict[str, Any]:
    """A room as it is published."""
    return {
        "id": f"urn:ngsi-ld:Room:{number}",
        "type": "Room",
        "name": f"Room {number}",
        "temperature": {"type": "Property", "value": warmth, "unitCode": "CEL", "observedAt": at(minute)},
        "inBuilding": {"type": "Relationship", "object": "urn:ngsi-ld:Vault:1"},
        "location": point(7.6 + number / 100, 51.96),
    }


def lamp(number: int, shift: float, minute: float) -> dict[str, Any]:
    """A lamp whose place and times are published inexactly: those of a cell and an hour are all the same."""
    return {
        "id": f"urn:ngsi-ld:Lamp:{number}",
        "type": "Lamp",
        "level": {"type": "Property", "value": number, "observedAt": at(minute % 60)},
        "location": point(7.6239919 + number * 0.0145 + shift, 51.9583184 + shift),
    }


def kiosk(number: int) -> dict[str, Any]:
    """What lies in an open scope."""
    return {"id": f"urn:ngsi-ld:Kiosk:{number}", "type": "Kiosk", "scope": "/Open/Market", "size": number}


def vault(number: int, contents: Any) -> dict[str, Any]:
    """What nobody is to know of."""
    return {
        "id": f"urn:ngsi-ld:Vault:{number}",
        "type": ["Vault", "Building"],
        "scope": "/Closed",
        "contents": contents,
        "location": point(7.61, 51.96),
        "hiddenName": "gold",
    }


_HOURLY: Final = (
    "temporal/entities?type=Room&timerel=after&timeAt=2026-06-01T00:00:00Z&options=aggregatedValues"
    "&aggrMethods=avg,totalCount&aggrPeriodDuration=PT1H"
)
_NEAR: Final = (
    "temporal/entities?type=Lamp&georel=near;maxDistance==9000&geometry=Point&coordinates=[7.65,51.96]&timerel=before"
    "&timeAt=2027-01-01T00:00:00Z"
)
REQUESTS: Final = (
    "entities?local=true&limit=5&count=true",
    "entities?local=true&limit=3&offset=3&options=sysAttrs",
    "entities?type=Room&options=sysAttrs&orderBy=temperature",
    "entities?type=Room&orderBy=secret;desc&limit=3",
    "entities?type=Room,Vault&count=true&limit=0",
    "entities?type=Vault",
    "entities?type=Lamp&options=sysAttrs",
    "entities?attrs=secret,contents",
    "entities?q=secret>3",
    "entities?q=!secret",
    "entities?q=temperature>20|secret>3",
    "entities?q=inBuilding{Vault:contents}==3&join=inline&joinLevel=1",
    "entities?q=level>=1&options=keyValues",
    "entities?local=true&q=modifiedAt>=2026-06-02T12:30:00Z",
    "entities?local=true&idPattern=.*Vault.*",
    "entities?local=true&scopeQ=/Closed/%23",
    "entities?local=true&scopeQ=/Open/%23&options=sysAttrs",
    "entities?georel=near;maxDistance==900&geometry=Point&coordinates=[7.61,51.96]",
    "entities?georel=near;maxDistance==2000&geometry=Point&coordinates=[7.65,51.96]&type=Lamp&count=true",
    "entities?type=Lamp&orderBy=location&orderFrom=[7.65,51.96]",
    "entities?type=Room&join=inline&joinLevel=2",
    "entities?type=Room&join=flat&options=concise",
    "entities?type=Room&pick=id,secret",
    "entities/urn:ngsi-ld:Room:1?options=sysAttrs",
    "entities/urn:ngsi-ld:Room:1?attrs=secret",
    "entities/urn:ngsi-ld:Lamp:1?options=sysAttrs",
    "entities/urn:ngsi-ld:Vault:1",
    "entities/urn:ngsi-ld:Vault:77",
    "entities/urn:ngsi-ld:Kiosk:1?options=sysAttrs",
    "types",
    "types?details=true",
    "types/Vault",
    "types/Room",
    "attributes",
    "attributes?details=true",
    "attributes/secret",
    "attributes/hiddenName",
    "attributes/temperature",
    "temporal/entities?type=Room&timerel=after&timeAt=2026-06-01T00:00:00Z&options=sysAttrs",
    "temporal/entities?type=Lamp&timerel=after&timeAt=2026-06-01T00:00:00Z",
    "temporal/entities?type=Vault&timerel=after&timeAt=2026-06-01T00:00:00Z",
    "temporal/entities?type=Room&q=secret>3&timerel=after&timeAt=2026-06-01T00:00:00Z&timeproperty=modifiedAt",
    "temporal/entities?type=Room&lastN=1&timerel=after&timeAt=2026-06-01T00:00:00Z&options=temporalValues",
    _HOURLY,
    _HOURLY.replace("Room", "Lamp"),
    _NEAR,
    "temporal/entities?attrs=secret&timerel=after&timeAt=2026-06-01T00:00:00Z",
    "temporal/entities?local=true&count=true&timerel=after&timeAt=2026-06-01T00:00:00Z&timeproperty=createdAt",
    "temporal/entities/urn:ngsi-ld:Room:1?options=sysAttrs",
    "temporal/entities/urn:ngsi-ld:Room:1?attrs=secret",
    "temporal/entities/urn:ngsi-ld:Vault:1",
    "temporal/entities/urn:ngsi-ld:Lamp:1?options=sysAttrs",
    "entities?q=secrt==1",
    "entityMaps/urn:ngsi-ld:EntityMap:0b9c6f4e-1d5e-4f8a-9a55-2b7f1a6c0d3e",
    "entities?type=Vault&entityMap=true",
    "jsonldContexts",
)
"""Requests for what is seen and for what is not, with and without success."""
