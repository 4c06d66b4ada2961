# SPDX-License-Identifier: EUPL-1.2
"""Dead letters: listed with their reason, applied again, asked of connectors, dropped."""

from dataclasses import replace

import orjson
import pytest

from allmende.errors import InvalidRequest, NotFound
from broker.engine.deadletters import (
    Selection,
    drop_dead_letters,
    idle_connectors,
    list_dead_letters,
    replay_dead_letters,
    selection_of,
    show_dead_letter,
)
from broker.engine.requests import pending_requests, requests_taken

pytestmark = [pytest.mark.server, pytest.mark.storage]
ALL = Selection()
UNKNOWN = "https://example.org/later.jsonld"


def room(number: int, context: str | None = None) -> dict:
    entity = {"id": f"urn:ngsi-ld:Room:{number}", "type": "Room", "count": number}
    return entity if context is None else {**entity, "@context": context}


async def test_a_rejected_entity_is_listed_and_shown_with_its_payload(resources, sender):
    await sender.send([room(1), room(2, UNKNOWN)], "m1")

    (listed,) = await list_dead_letters(resources, "default")
    shown = await show_dead_letter(resources, "default", listed["id"])

    assert listed.keys() == {
        "id", "connector", "message", "index", "entity", "attribute", "reason", "received", "attempts",
    }  # fmt: skip
    assert (listed["connector"], listed["message"], listed["index"]) == ("sensors", "m1", 1)
    assert listed["entity"] == "urn:ngsi-ld:Room:2"
    assert UNKNOWN in listed["reason"]
    assert shown["payload"] == room(2, UNKNOWN)
    assert shown["record"] is None


async def test_ids_that_only_look_like_replays_hide_no_dead_letter(resources, sender):
    await sender.send(room(1, UNKNOWN), "sensor~12~1")
    await sender.send(room(2, UNKNOWN), "sensor~12~2")

    listed = await list_dead_letters(resources, "default")

    assert [(letter["message"], letter["entity"]) for letter in listed] == [
        ("sensor~12~2", "urn:ngsi-ld:Room:2"),
        ("sensor~12~1", "urn:ngsi-ld:Room:1"),
    ]


async def test_replaying_what_is_still_wrong_renews_the_attempts(resources, sender):
    await sender.send(room(2, UNKNOWN), "m1")

    counts = await replay_dead_letters(resources, "default", ALL)

    (listed,) = await list_dead_letters(resources, "default")
    assert counts == {"asked": 1, "stored": 0, "rejected": 1, "waiting": 0}
    assert listed["attempts"] == 2


async def test_replaying_stores_once_the_cause_is_mended(resources, sender, rows, tmp_path):
    await sender.send(room(2, UNKNOWN), "m1")
    file = tmp_path / "later.jsonld"
    file.write_text('{"@context": {"count": "https://example.org/count"}}')
    resources.contexts._files[UNKNOWN] = file

    counts = await replay_dead_letters(resources, "default", ALL)

    assert counts == {"asked": 1, "stored": 1, "rejected": 0, "waiting": 0}
    assert await list_dead_letters(resources, "default") == []
    assert rows("SELECT jsonb_object_keys(document) FROM t_default.entity") == [("https://example.org/count",)]


async def test_what_is_large_is_shown_in_part_and_applied_whole(resources, sender, tmp_path):
    text = "x" * 100_000
    await sender.send({**room(2, UNKNOWN), "text": text}, "m1")
    (listed,) = await list_dead_letters(resources, "default")
    shown = await show_dead_letter(resources, "default", listed["id"])
    file = tmp_path / "later.jsonld"
    file.write_text('{"@context": {}}')
    resources.contexts._files[UNKNOWN] = file

    counts = await replay_dead_letters(resources, "default", ALL)

    assert len(shown["payload"]) == 64 * 1024
    assert counts == {"asked": 1, "stored": 1, "rejected": 0, "waiting": 0}


async def test_what_is_applied_again_keeps_its_order(resources, sender, rows, tmp_path):
    await sender.send([room(2, UNKNOWN) | {"count": count} for count in range(120)], "m1")
    file = tmp_path / "later.jsonld"
    file.write_text('{"@context": {}}')
    resources.contexts._files[UNKNOWN] = file

    counts = await replay_dead_letters(resources, "default", ALL)

    assert counts == {"asked": 120, "stored": 120, "rejected": 0, "waiting": 0}
    assert rows("SELECT count(*), max(number) FROM t_default.history") == [(120, 119)]
    assert rows("SELECT number FROM t_default.history ORDER BY modified_at DESC, time DESC LIMIT 1") == [(119,)]


async def test_a_connector_is_asked_in_messages_of_bounded_size(resources, sender):
    await sender.send({"state": "running"}, kind="state")
    await sender.send([{"reason": "no number", "record": 1}] * 700, "m1", "deadletters")

    counts = await replay_dead_letters(resources, "default", ALL)

    requests = await pending_requests(resources, "default", "sensors")
    assert counts["waiting"] == 700
    assert [len(orjson.loads(request.payload)) for request in requests] == [500, 200]


async def test_a_connector_that_reports_its_state_is_asked_to_map_again(resources, sender, rows):
    woken = []
    resources.wakeups.listen(lambda tenant, connector: woken.append((tenant, connector)))
    await sender.send({"state": "running"}, kind="state")
    await sender.send([{"reason": "no number", "record": {"x": "?"}}] * 2, "m1", "deadletters")

    counts = await replay_dead_letters(resources, "default", ALL)

    (request,) = await pending_requests(resources, "default", "sensors")
    assert counts == {"asked": 2, "stored": 0, "rejected": 0, "waiting": 2}
    assert woken == [("default", "sensors")]
    assert request.kind == "replay"
    assert request.payload.replace(b" ", b"") == b'[{"index":0,"message":"m1"},{"index":1,"message":"m1"}]'
    await requests_taken(resources, "default", [request.id])
    assert await pending_requests(resources, "default", "sensors") == []


async def test_connectors_that_do_not_run_are_named_where_letters_wait_for_them(resources, sender, rows):
    async def idle(selection: Selection = ALL) -> list[str]:
        return await idle_connectors(resources, "default", selection)

    others = replace(sender, connector="others")
    for one in (sender, others):
        await one.send({"state": "running"}, kind="state")
        await one.send([{"reason": "no number", "record": 1}], "m1", "deadletters")
    await replace(sender, connector="without-letters").send({"state": "stopped"}, kind="state")
    running = await idle()
    await sender.send({"state": "stopped"}, kind="state")
    rows("UPDATE t_default.connector SET reported_at = reported_at - interval '91 s' WHERE name = 'others' RETURNING 1")

    assert running == []
    assert await idle() == ["others", "sensors"]
    assert await idle(Selection(connector="others")) == ["others"]
    letters = {one["connector"]: one["id"] for one in await list_dead_letters(resources, "default")}
    assert await idle(Selection(ids=(int(letters["sensors"]),))) == ["sensors"]


async def test_a_record_that_is_mapped_again_leaves_the_list_when_it_is_stored(resources, sender):
    await sender.send({"state": "running"}, kind="state")
    await sender.send([{"reason": "no number", "record": {"x": "?"}}] * 2, "m1", "deadletters")

    await sender.send(room(7), "m1~0~1")
    await sender.send(room(8, UNKNOWN), "m1~1~1")

    (left,) = await list_dead_letters(resources, "default")
    assert (left["message"], left["index"], left["attempts"]) == ("m1", 1, 2)
    assert UNKNOWN in left["reason"]


async def test_dropped_letters_are_gone_and_their_connector_is_told(resources, sender):
    await sender.send({"state": "running"}, kind="state")
    await sender.send([{"reason": "no number", "record": 1}] * 3, "m1", "deadletters")
    letters = await list_dead_letters(resources, "default", limit=2)

    dropped = await drop_dead_letters(
        resources, "default", selection_of([one["id"] for one in letters], None, everything=False)
    )

    (request,) = await pending_requests(resources, "default", "sensors")
    assert dropped == {"dropped": 2}
    assert request.kind == "drop"
    assert [one["index"] for one in await list_dead_letters(resources, "default")] == [0]


async def test_letters_are_named_in_exactly_one_way():
    for arguments in (([], None, False), (["1"], "x", False), (["1"], None, True)):
        with pytest.raises(InvalidRequest):
            selection_of(*arguments[:2], everything=arguments[2])


async def test_an_unknown_letter_is_not_found(resources):
    for letter in ("7", "x", "-1", "9" * 30):
        with pytest.raises(NotFound):
            await show_dead_letter(resources, "default", letter)
