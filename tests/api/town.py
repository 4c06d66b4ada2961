# SPDX-License-Identifier: EUPL-1.2
"""Car parks for tests of pages, and how people ask for pages."""

from typing import Any

PAGE = {"accept": "text/html"}
VOCABULARY = "https://uri.etsi.org/ngsi-ld/default-context/"


def parking(number: int, free: float, **others: Any) -> dict[str, Any]:
    """A car park that was observed in minute `number`; the odd ones are open."""
    observed = f"2026-06-01T12:{number % 60:02}:00Z"
    return {
        "id": f"urn:ngsi-ld:OffStreetParking:{number}",
        "type": "OffStreetParking",
        "name": f"Garage {number}",
        "availableSpotNumber": {"type": "Property", "value": free, "observedAt": observed},
        "status": "open" if number % 2 else "closed",
        "location": {"type": "Point", "coordinates": [7.5, 51.9]},
        **others,
    }


async def get(client: Any, path: str, status: int = 200) -> Any:
    """What a person gets, after a look at its status."""
    page = await client.get(path, headers=PAGE)
    assert page.status_code == status, page.text
    return page
