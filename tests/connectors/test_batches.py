# SPDX-License-Identifier: EUPL-1.2
"""Mapped records become few messages, and it is known which record is where."""

import json
from typing import Any

import pytest

from allmende.connector import Entity, Mapped, Problem, Record
from allmende.payloads import parse_json
from connectors.batches import LARGEST_BYTES, MESSAGE_BYTES, Batch, Packed


def reading(entity: str, value: Any, time: str | None = "T1", **more: Any) -> Entity:
    instance = {"type": "Property", "value": value, **({"observedAt": time} if time else {})}
    return {"id": f"urn:{entity}", "type": "T", "x": instance, **more}


def pack(*records: list[Entity], problems: dict[int, str] | None = None) -> list[Packed]:
    batch = Batch()
    for seq, entities in enumerate(records, 1):
        reasons = [Problem(reason=problems[seq], attribute="x")] if problems and seq in problems else []
        batch.add(seq, Record(content={"row": seq}), Mapped(entities=entities, problems=reasons), None)
    return batch.close()


def content(message: Packed) -> Any:
    return json.loads(message.payload)


def test_entities_that_come_once_are_sent_as_they_are() -> None:
    (message,) = pack([reading("a", 1)], [reading("b", 2)])

    assert message.kind == "entities"
    assert content(message) == [reading("a", 1), reading("b", 2)]
    assert [member.runs for member in message.members] == [[(1, 1)], [(2, 1)]]


def test_readings_of_one_entity_are_joined_and_known_by_their_records() -> None:
    records = [[reading("a", number, f"T{number}"), reading("b", 0, f"T{number}")] for number in (1, 2, 3)]

    (message,) = pack(*records)

    assert message.kind == "temporal"
    assert [entry["value"] for entry in content(message)[0]["x"]] == [1, 2, 3]
    assert [(member.count, member.runs) for member in message.members] == [(3, [(1, 3)])] * 2


def test_what_says_nothing_new_is_sent_once() -> None:
    name = {"type": "Property", "value": "Allee"}

    (message,) = pack([reading("a", 1, "T1", name=name)], [reading("a", 2, "T2", name=dict(name))])

    assert content(message)[0]["name"] == name


def test_values_without_a_time_are_not_joined() -> None:
    first, second = pack([reading("a", 1, None)], [reading("a", 2, None)])

    assert (content(first)[0]["x"]["value"], content(second)[0]["x"]["value"]) == (1, 2)


def test_a_message_is_not_larger_than_it_may_be() -> None:
    records = [[reading(f"e{number}", "x" * 5000)] for number in range(100)]

    messages = pack(*records)

    assert len(messages) > 1
    assert all(len(message.payload) <= MESSAGE_BYTES + 6000 for message in messages)
    assert [entity["id"] for message in messages for entity in content(message)] == [f"urn:e{n}" for n in range(100)]


def test_an_entity_that_is_larger_than_a_message_is_a_dead_letter() -> None:
    good, letter = pack([reading("a", 1), reading("big", "x" * LARGEST_BYTES)])

    assert [entity["id"] for entity in content(good)] == ["urn:a"]
    assert letter.kind == "deadletters"
    assert "urn:big is larger" in content(letter)[0]["reason"]


def test_what_could_not_be_mapped_is_a_dead_letter_with_its_record() -> None:
    good, letters = pack([reading("a", 1)], [], problems={2: "no id"})

    assert good.kind == "entities"
    assert content(letters) == [{"reason": "no id", "attribute": "x", "record": {"row": 2}}]
    assert [member.runs for member in letters.members] == [[(2, 1)]]


@pytest.mark.parametrize("count", [1, 999, 1000, 2500])
def test_a_message_holds_at_most_a_thousand_entities(count: int) -> None:
    messages = pack([reading(f"e{number}", 1) for number in range(count)])

    assert all(len(message.members) <= 1000 for message in messages)
    assert sum(len(message.members) for message in messages) == count


def test_what_json_cannot_hold_is_a_dead_letter_and_not_the_end() -> None:
    deep: Any = 1
    for _ in range(500):
        deep = [deep]

    good, letter = pack([reading("a", 1)], [reading("b", deep)], [reading("c", 2**70)])

    assert [entity["id"] for entity in content(good)] == ["urn:a"]
    assert ["cannot be written as JSON" in entry["reason"] for entry in content(letter)] == [True, True]


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("wrong", ["a\0b", nested(120)])
def test_what_would_spoil_a_whole_message_is_a_dead_letter_alone(wrong: Any) -> None:
    batch = Batch()
    for seq, value in enumerate([1, wrong, 3], 1):
        mapped = Mapped(entities=[reading("a", value, f"T{seq}")])
        batch.add(seq, Record(content={"x": value}), mapped, None)

    good, letter = batch.close()

    assert [entry["value"] for entry in content(good)[0]["x"]] == [1, 3]
    assert [member.runs for member in letter.members] == [[(2, 1)]]
    assert "urn:a cannot be sent" in parse_json(letter.payload)[0]["reason"]


def test_what_a_record_does_not_show_is_found_before_it_is_sent() -> None:
    good, letter = pack([reading("a", 1)], [reading("b", "from a lookup\0")])

    assert [entity["id"] for entity in content(good)] == ["urn:a"]
    assert "U+0000" in content(letter)[0]["reason"]
