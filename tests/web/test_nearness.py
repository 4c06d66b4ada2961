# SPDX-License-Identifier: EUPL-1.2
"""Errors over HTTP say what may have been meant."""

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
