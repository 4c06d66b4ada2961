# SPDX-License-Identifier: EUPL-1.2
"""What a tenant holds, type by type."""

from datetime import UTC, datetime

import pytest

from auth.policy import Visible
from broker.engine.entities import delete_entity
from broker.engine.rings import Change
from tests.engine.conftest import VOCABULARY, reading

pytestmark = [pytest.mark.server, pytest.mark.storage]

ALL = Visible.everything()
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


async def test_an_empty_tenant_holds_nothing(resources):
    overview = await resources.overview("default", visible=ALL)

    assert (overview.entities, overview.types, overview.box) == (0, [], None)


async def test_types_are_counted_with_their_newest_times_right_after_each_write(resources, sender):
    west = {"type": "Point", "coordinates": [7.5, 51.9]}
    area = {"type": "Polygon", "coordinates": [[[7.6, 51.8], [7.7, 51.8], [7.7, 52.0], [7.6, 51.8]]]}
    await sender.send([reading(1, 20, "2026-06-01T12:00:00Z"), {"id": "urn:a:1", "type": "Lamp", "location": west}])
    first = await resources.overview("default", visible=ALL)

    await sender.send([reading(2, 21, "2026-06-01T11:00:00.5Z", entity="urn:ngsi-ld:Room:2")])
    await sender.send([{"id": "urn:a:2", "type": ["Lamp", "Thing"], "location": area}])
    second = await resources.overview("default", visible=ALL)

    assert [(kind.iri.rpartition("/")[2], kind.entities) for kind in first.types] == [("Lamp", 1), ("Room", 1)]
    assert [(kind.iri.rpartition("/")[2], kind.entities) for kind in second.types] == [
        ("Lamp", 2),
        ("Room", 2),
        ("Thing", 1),
    ]
    assert (first.entities, second.entities) == (2, 4)
    assert (first.box, second.box) == ((7.5, 51.9, 7.5, 51.9), (7.5, 51.8, 7.7, 52.0))
    assert [kind.observed_at for kind in second.types] == [None, NOON, None]
    assert second.types[0].modified_at > first.types[0].modified_at


async def test_what_is_deleted_counts_no_more(resources, sender):
    await sender.send(reading(1, 20, "2026-06-01T12:00:00Z"))
    await delete_entity(resources, "default", "urn:ngsi-ld:Room:1")

    assert (await resources.overview("default", visible=ALL)).types == []


def change(types, modified_at, observed=None):
    """As the feed tells of an entity."""
    return Change("urn:a:1", types, modified_at, observed)


async def test_what_is_told_of_commits_makes_times_newer_and_never_older(resources, sender):
    await sender.send(reading(1, 20, "2026-06-01T12:00:00Z"))
    before = await resources.overview("default", visible=ALL)
    room, future = VOCABULARY + "Room", datetime(2100, 1, 1, tzinfo=UTC)

    resources.overviews.hear(
        "t_default",
        [
            change([room, VOCABULARY + "Other"], NOON, "2026-06-01T13:00:00Z"),
            change([room], future, "2026-06-01T13:00:00.5Z"),
            change([room], NOON, "2026-06-01T13:00:00Z"),
        ],
    )
    resources.overviews.hear("t_default", [change([room], NOON)])
    resources.overviews.hear("t_elsewhere", [change([room], future, "2026-06-01T14:00:00Z")])

    (told,) = (await resources.overview("default", visible=ALL)).types
    assert before.types[0].observed_at == NOON
    assert told.observed_at == datetime(2026, 6, 1, 13, 0, 0, 500_000, tzinfo=UTC)
    assert told.modified_at == future


async def test_who_sees_nothing_is_told_of_nothing(resources, sender):
    await sender.send(reading(1, 20, "2026-06-01T12:00:00Z"))

    overview = await resources.overview("default", visible=Visible(whole=False))

    assert (overview.entities, overview.types, overview.box) == (0, [], None)


async def test_a_large_tenant_is_told_what_was_counted_last(resources, sender, rows):
    await sender.send(reading(1, 20, "2026-06-01T12:00:00Z"))
    rows(
        "INSERT INTO t_default.entity (seq, created_at, modified_at, types, document)"
        " SELECT -n, now(), now(), '{}', '{}' FROM generate_series(1, 1000) n RETURNING 1"
    )
    first = await resources.overview("default", visible=ALL)
    await resources.overviews._board("t_default").newest.anew()

    second = await resources.overview("default", visible=ALL)

    assert (first.entities, first.types[0].entities, first.types[0].observed_at) == (1001, 1, None)
    assert second.types[0].observed_at == NOON
