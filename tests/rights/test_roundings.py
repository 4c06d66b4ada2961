# SPDX-License-Identifier: EUPL-1.2
"""What rounded rights tell over HTTP of shapes, and at the beginning of the calendar."""

import pytest

from broker.ngsi.rounding import rounded_position
from tests.rights.city import at

pytestmark = [pytest.mark.server, pytest.mark.storage]
LAMP = "urn:ngsi-ld:Lamp:1"
SINCE = "timerel=before&timeAt=2027-01-01T00:00:00Z"


def lamp(**attributes):
    return {"id": LAMP, "type": "Lamp", **attributes}


def area(shift):
    """A triangle whose corners all stay in their cells of 1,000 m."""
    corners = [rounded_position(*corner, 1_000) for corner in ((7.624, 51.958), (7.68, 51.958), (7.63, 51.994))]
    ring = [[x + shift, y + shift] for x, y in corners]
    return {"type": "GeoProperty", "value": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}}


def squares():
    """Boxes of which one side lies close to a side of the triangle, west and east of it."""
    for step in range(-20, 21):
        edge = round(7.6239919 + step * 0.0005, 7)
        yield [[[edge - 0.5, 51], [edge, 51], [edge, 53], [edge - 0.5, 53], [edge - 0.5, 51]]]
        edge = round(7.6823016 + step * 0.0005, 7)
        yield [[[edge - 0.5, 51], [edge, 51], [edge, 53], [edge - 0.5, 53], [edge - 0.5, 51]]]


@pytest.mark.parametrize("georel", ["within", "intersects", "disjoint", "overlaps"])
async def test_a_shape_is_found_where_it_is_told_to_be(stores, georel):
    for store, shift in zip(stores, (-0.0015, 0.0015), strict=True):
        await store.write(0, "POST", "entities", lamp(location=area(shift)))

    answers = []
    for square in squares():
        where = f"type=Lamp&georel={georel}&geometry=Polygon&coordinates={square}".replace(" ", "")
        for path in (f"entities?{where}&count=true", f"temporal/entities?{where}&{SINCE}&timeproperty=createdAt"):
            one, other = [await store.ask(path) for store in stores]
            assert one == other, path
            assert one[0] == 200, one
            answers.append(one[2])

    assert len(set(answers)) > 1


@pytest.mark.parametrize("observed", ["0001-01-01T00:00:00Z", "0001-01-03T00:00:00Z"])
async def test_a_step_may_begin_before_the_calendar(stores, observed):
    store = stores[0]
    dataset = {
        "slug": "weekly",
        "selector": {"types": ["Clock"]},
        "rounding": {"time": "P7D"},
        "visibility": "registered",
    }
    made = await store.client.post("/datasets", json=dataset, headers=store.admin)
    assert made.status_code == 201, made.text
    level = {"type": "Property", "value": 1, "observedAt": observed}
    await store.write(0, "POST", "entities", {"id": LAMP, "type": "Clock", "level": level})

    for path in (f"entities/{LAMP}", "entities?type=Clock"):
        status, _, body = await store.ask(path)

        assert status == 200, (path, body)
        assert b'"observedAt":"0001-01-01T00:00:00Z"' in body, (path, body)


@pytest.mark.parametrize("query", ["", "&timerel=after&timeAt=2026-01-01T00:00:00Z&lastN=1"])
async def test_what_came_first_within_a_step_is_not_told(stores, query):
    for store, minutes in zip(stores, ((5, 45), (45, 5)), strict=True):
        await store.write(50, "POST", "entities", lamp())
        for value, minute in zip((1, 2), minutes, strict=True):
            level = {"level": [{"type": "Property", "value": value, "observedAt": at(minute)}]}
            await store.write(50, "POST", f"temporal/entities/{LAMP}/attrs", level)

    one, other = [await store.ask(f"temporal/entities/{LAMP}?attrs=level{query}") for store in stores]

    assert one == other
