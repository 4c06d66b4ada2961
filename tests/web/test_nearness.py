# SPDX-License-Identifier: EUPL-1.2
"""Errors over HTTP say what may have been meant."""

from time import process_time

import pytest

pytestmark = [pytest.mark.server, pytest.mark.storage]

CAR = {"id": "urn:a:1", "type": "OffStreetParking", "availableSpotNumber": 5, "name": "P"}


@pytest.mark.parametrize(
    ("method", "path", "status", "meant"),
    [
        ("GET", "entities?type=Car&limti=5", 400, "limit"),
        ("GET", "entities?type=Car&options=keyvalues", 400, "keyValues"),
        ("GET", "entities?type=Car&format=simplfied", 400, "simplified"),
        ("GET", "entities?type=Car&join=inlin", 400, "inline"),
        ("GET", "entities/urn:a:1?atrs=name", 400, "attrs"),
        ("GET", "entities/urn:a:1?attrs=x,availableSpotNumbr", 404, "availableSpotNumber"),
        ("DELETE", "entities/urn:a:1/attrs/zebra", 404, None),
        ("DELETE", "entities/urn:a:1/attrs/availableSpotNumbers", 404, "availableSpotNumber"),
        ("GET", "types/OffstreetParking", 404, "OffStreetParking"),
        ("GET", "types/Zebra", 404, None),
        ("GET", "attributes/availableSpotNmber", 404, "availableSpotNumber"),
        ("GET", "attributes/zebra", 404, None),
    ],
)
async def test_a_near_name_is_told(client, method, path, status, meant):
    await client.post("entityOperations/upsert", json=[CAR])

    response = await client.request(method, path)

    assert response.status_code == status
    detail = response.json()["detail"]
    assert ("did you mean" in detail) == (meant is not None)
    assert meant is None or f"did you mean '{meant}'?" in detail


async def test_many_names_that_are_not_there_are_answered_at_once(client):
    known = {f"known{number:03}x": number for number in range(900)}
    await client.post("entityOperations/upsert", json=[{"id": "urn:a:1", "type": "Room", **known}])
    asked = ",".join(f"other{number:03}y" for number in range(900))
    begun = process_time()

    response = await client.get(f"entities/urn:a:1?attrs={asked}")
    too_many = await client.get(f"entities/urn:a:1?attrs={'a,' * 1000}a")

    assert process_time() - begun < 1
    assert response.status_code == 404
    assert len(response.json()["detail"]) < 300
    assert too_many.status_code == 400
