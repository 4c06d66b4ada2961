# SPDX-License-Identifier: EUPL-1.2
"""System times: left out where they equal the entity's, told in full where they are asked for."""

from datetime import UTC, datetime, timedelta

import pytest

from auth.policy import Visible
from broker.engine.entities import create_entity, partial_update_attribute, retrieve_entity
from broker.ngsi.contexts import CORE
from broker.ngsi.parsing import parse_entity
from broker.ngsi.representation import Representation, render
from broker.ngsi.storage import freeze, thaw
from tests.engine.conftest import VOCABULARY, reading

pytestmark = [pytest.mark.server, pytest.mark.storage]
EVERYTHING = Visible.everything()
ID = "urn:ngsi-ld:Room:1"


async def shown(resources) -> dict:
    state = await retrieve_entity(resources, "default", ID, visible=EVERYTHING)
    return render(state, CORE, Representation("normalized", sys_attrs=True))


async def test_only_what_a_message_changes_gets_a_new_modification_time(resources, sender):
    await sender.send(reading(1, 20, "2026-06-01T00:00:00Z"), "m1")
    first = await shown(resources)

    await sender.send(reading(1, 21, "2026-06-01T00:15:00Z"), "m2")
    await sender.send(reading(1, 22, "2026-06-01T00:30:00Z"), "m3")

    last = await shown(resources)
    assert last["serial"] == first["serial"]
    assert last["temperature"]["createdAt"] == first["temperature"]["createdAt"] == first["createdAt"]
    assert last["temperature"]["modifiedAt"] == last["modifiedAt"] > first["modifiedAt"]
    assert last["serial"]["modifiedAt"] == first["modifiedAt"]


async def test_an_attribute_that_joins_later_has_its_own_time_of_creation(resources, sender):
    await sender.send({"id": ID, "type": "Room", "door": "open"}, "m1")
    await sender.send({"id": ID, "type": "Room", "window": "open"}, "m2")

    entity = await shown(resources)

    assert entity["door"]["createdAt"] == entity["createdAt"]
    assert entity["window"]["createdAt"] == entity["window"]["modifiedAt"] == entity["modifiedAt"]
    assert entity["window"]["createdAt"] > entity["door"]["createdAt"]


def counted(dataset: str, value: object) -> dict:
    return {"type": "Property", "value": value, "datasetId": f"urn:ngsi-ld:Dataset:{dataset}"}


async def test_of_several_instances_only_what_a_message_changes_gets_a_new_modification_time(resources, sender):
    await sender.send({"id": ID, "type": "Room", "count": [counted("a", 1), counted("b", 1)]}, "m1")
    first = await shown(resources)

    await sender.send({"id": ID, "type": "Room", "count": counted("a", 2)}, "m2")

    last = await shown(resources)
    assert last["count"][0]["modifiedAt"] == last["modifiedAt"] > first["modifiedAt"]
    assert last["count"][1] == first["count"][1]


async def test_an_instance_that_takes_the_place_of_another_has_its_own_time_of_creation(resources, sender):
    await sender.send({"id": ID, "type": "Room", "count": counted("a", 1)}, "m1")

    await sender.send({"id": ID, "type": "Room", "count": [counted("a", "urn:ngsi-ld:null"), counted("b", 2)]}, "m2")

    last = await shown(resources)
    assert last["count"]["createdAt"] == last["modifiedAt"] > last["createdAt"]


async def test_writes_over_http_and_messages_keep_each_others_times(resources, sender):
    entity = parse_entity({"id": ID, "type": "Room", "door": "open", "window": "open"}, CORE)
    await create_entity(resources, "default", entity)
    created = await shown(resources)

    await partial_update_attribute(resources, "default", ID, VOCABULARY + "door", {"value": "shut"})
    patched = await shown(resources)
    await sender.send({"id": ID, "type": "Room", "window": "shut"}, "m1")
    observed = await shown(resources)

    assert patched["window"] == created["window"]
    assert patched["door"]["createdAt"] == created["createdAt"]
    assert observed["door"] == patched["door"]
    assert created["createdAt"] < patched["modifiedAt"] < observed["modifiedAt"]


async def test_the_short_form_tells_the_same(resources, sender):
    await sender.send(reading(1, 20, "2026-06-01T00:00:00Z"), "m1")
    await sender.send(reading(1, 21, "2026-06-01T00:15:00Z"), "m2")
    state = await retrieve_entity(resources, "default", ID, visible=EVERYTHING)

    assert thaw(freeze(thaw(state))) == thaw(state)
    assert freeze(thaw(state)) == state
    assert datetime.fromisoformat(state.modified_at) - datetime.now(UTC) < timedelta(minutes=1)
