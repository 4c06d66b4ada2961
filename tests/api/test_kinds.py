# SPDX-License-Identifier: EUPL-1.2
"""The page of a type."""

import re

import pytest

pytestmark = [pytest.mark.server, pytest.mark.storage]

PAGE = {"accept": "text/html"}
HOSTILE = 'Zoo <script>alert("1")</script>'
ARABIC = "ساحة المدينة"
SQUARE = {"type": "Polygon", "coordinates": [[[7, 51], [8, 51], [8, 52], [7, 52], [7, 51]]]}


def parking(number, free, **others):
    observed = f"2026-06-01T12:{number:02}:00Z"
    return {
        "id": f"urn:ngsi-ld:OffStreetParking:{number}",
        "type": "OffStreetParking",
        "name": f"Garage {number}",
        "availableSpotNumber": {"type": "Property", "value": free, "observedAt": observed},
        "status": "open" if number % 2 else "closed",
        "location": {"type": "Point", "coordinates": [7.5, 51.9]},
        **others,
    }


@pytest.fixture
async def town(client, admin):
    async def write(*entities):
        answer = await client.post("/ngsi-ld/v1/entityOperations/upsert", json=list(entities), headers=admin)
        assert answer.status_code in {201, 204}, answer.text

    await write(*(parking(number, (number * 37) % 10) for number in range(1, 6)))
    return write


async def get(client, path, status=200):
    page = await client.get(path, headers=PAGE)
    assert page.status_code == status, page.text
    return page


def rows(page):
    """The labels of the table's rows."""
    return re.findall(r'<th scope="row"><a [^>]*><bdi>(.*?)</bdi>', page.text)


async def test_x(client, town):
    page = await get(client, "/types/OffStreetParking?lang=de")
    import pathlib; pathlib.Path("/tmp/kind.html").write_text(page.text)
    print(rows(page))
    for f in ("f=csv", "f=csv&dialect=excel-de", "f=geojson"):
        print((await get(client, "/types/OffStreetParking?" + f)).text)
    for q in ("sort=-availableSpotNumber", "min.availableSpotNumber=7", "is.status=open", "q=garage+3"):
        print(q, rows(await get(client, "/types/OffStreetParking?" + q)))
