# SPDX-License-Identifier: EUPL-1.2
"""The connectors of a tenant, and the newest of what could not be stored."""

from dataclasses import replace

import pytest

from allmende.errors import NotFound
from auth.policy import Visible
from broker.engine.connectors import MOST_COUNTED, list_connectors, newest_letters, require_connector

pytestmark = [pytest.mark.server, pytest.mark.storage]
UNKNOWN = "https://example.org/later.jsonld"
MANY = """
WITH made AS (
  INSERT INTO t_default.dead_letter (connector, message, index, kind, reason, received_at)
       SELECT CASE WHEN i > 2 THEN 'many' ELSE 'rare' END, '', i, 'record', 'odd', now() FROM generate_series(1, 10010) i
    RETURNING 1
) SELECT count(*) FROM made
"""
WHOLE, NOTHING = Visible.everything(), Visible(whole=False)


def room(number, context=None):
    entity = {"id": f"urn:ngsi-ld:Room:{number}", "type": "Room", "count": number}
    return entity if context is None else {**entity, "@context": context}


async def test_connectors_are_known_by_their_state_their_data_or_their_dead_letters(resources, sender):
    await replace(sender, connector="b-says").send({"state": "waiting", "backlog": 2}, kind="state")
    await replace(sender, connector="a-sends").send(room(1), "m1")
    await replace(sender, connector="d-nameless").send(room(2))
    await replace(sender, connector="c-fails").send([{"reason": "odd"}, {"reason": "odder"}], kind="deadletters")

    found = await list_connectors(resources, "default", visible=WHOLE)

    assert [(each.name, each.state, each.dead_letters) for each in found] == [
        ("a-sends", "running", 0),
        ("b-says", "waiting", 0),
        ("c-fails", "unknown", 2),
        ("d-nameless", "running", 0),
    ]
    assert found[1].backlog == 2


async def test_after_a_restart_a_connector_is_known_by_its_messages(resources, serving, sender):
    from broker.engine.resources import open_resources

    await sender.send(room(1), "m1")

    async with open_resources(serving) as others:
        (found,) = await list_connectors(others, "default", visible=WHOLE)

    assert (found.name, found.state, found.last_stored) == ("sensors", "unknown", None)


async def test_dead_letters_are_counted_up_to_a_bound(resources, rows):
    rows(MANY)

    found = await list_connectors(resources, "default", visible=WHOLE)

    assert [(each.name, each.dead_letters) for each in found] == [("many", MOST_COUNTED + 1), ("rare", 2)]


async def test_the_newest_letters_say_what_their_entity_is_called_if_it_is_there(resources, sender):
    await sender.send({**room(1), "name": "Hall"}, "m1")
    await sender.send([room(1, UNKNOWN), room(2, UNKNOWN)], "m2")
    await replace(sender, connector="other").send([{"reason": "odd"}], kind="deadletters")

    letters = await newest_letters(resources, "default", most=10, visible=WHOLE)
    own = await newest_letters(resources, "default", connector="sensors", most=1, visible=WHOLE)

    assert [(letter.connector, letter.entity, letter.label) for letter in letters] == [
        ("other", None, None),
        ("sensors", "urn:ngsi-ld:Room:2", None),
        ("sensors", "urn:ngsi-ld:Room:1", {"@none": "Hall"}),
    ]
    assert [letter.entity for letter in own] == ["urn:ngsi-ld:Room:2"]


async def test_whoever_may_not_see_the_whole_tenant_sees_no_connector(resources, sender):
    await sender.send([room(1), room(2, UNKNOWN)], "m1")

    assert await list_connectors(resources, "default", visible=NOTHING) == []
    assert await newest_letters(resources, "default", most=10, visible=NOTHING) == []
    with pytest.raises(NotFound):
        await require_connector(resources, "default", "sensors", visible=NOTHING)


async def test_the_letters_of_a_connector_are_found_by_an_index(resources, rows):
    rows(MANY)

    plan = str(
        rows("EXPLAIN SELECT d.id FROM t_default.dead_letter d WHERE d.connector = 'rare' ORDER BY d.id LIMIT 9")
    )

    assert "dead_letter_connector" in plan
