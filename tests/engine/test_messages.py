# SPDX-License-Identifier: EUPL-1.2
"""Messages become operations: what is read when they arrive agrees with what is applied."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.engine.messages import Message, to_operation
from broker.engine.operations import Operation, Rejection, Step
from broker.ngsi.contexts import CORE

IDS = st.sampled_from(
    ["urn:ngsi-ld:Room:1", "urn:ngsi-ld:Room:\N{SNOWMAN}", "no uri", "", 5, None, [], {"id": "urn:a:b"}]
)
ENTITIES = st.dictionaries(
    st.sampled_from(["id", "@id", "type", "value", "t"]),
    st.one_of(IDS, st.just("Room"), st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**70), 2**70)),
)
PAYLOADS = st.one_of(ENTITIES, st.lists(st.one_of(ENTITIES, st.integers(), st.text(max_size=3)), max_size=4))


def operation(payload: bytes) -> Operation:
    message = Message("default", "sensors", "entities", "m1", payload)
    return to_operation(message, "t_default", lambda _: CORE)


def is_locked(step: Step | Rejection, locked: tuple[str, ...]) -> bool:
    return isinstance(step, Rejection) or step.entity_id in locked


@given(PAYLOADS, st.booleans())
def test_every_entity_that_is_applied_was_locked(content, spaced):
    import json

    payload = json.dumps(content, ensure_ascii=spaced, indent=1 if spaced else None).encode()
    asked = operation(payload)
    steps = list(asked.steps())
    assert all(is_locked(step, asked.ids) for step in steps)
    assert len(steps) == (len(content) if isinstance(content, list) else 1)


@pytest.mark.parametrize("kind", ["entities", "temporal", "deadletters"])
@given(st.binary(max_size=6), st.integers(0, 60), st.booleans())
def test_no_bytes_are_more_than_a_rejection(kind, bytes_, at, is_list):
    sound = b'{"id":"urn:a:b","type":"T","x":{"type":"Property","value":1}}'
    broken = sound[:at] + bytes_ + sound[at + len(bytes_) :]
    payload = b"[%b,%b]" % (broken, sound) if is_list else broken
    asked = to_operation(Message("default", "sensors", kind, "m1", payload), "t_default", lambda _: CORE)

    assert all(is_locked(step, asked.ids) for step in asked.steps())


@pytest.mark.parametrize("where", [b'{"id":"urn:a:%b","type":"T"}', b'[{"@id":"urn:a:%b","type":"T"}]'])
def test_an_id_that_is_no_utf_8_is_a_rejection(where):
    (step,) = operation(where % b"\xff").steps()

    assert isinstance(step, Rejection)


def test_the_rejection_of_an_unsound_entity_names_it():
    first, second = operation(b'[{"id":"urn:a:1","type":"T","x":"\\u0000"},{"id":"urn:a:2","type":"T"}]').steps()

    assert (first.position, first.entity) == (0, "urn:a:1")
    assert isinstance(second, Step)


@pytest.mark.parametrize("levels", [120, 300, 1100, 5000])
def test_levels_are_counted_though_brackets_stand_in_strings(levels):
    deep = b'{"id":"urn:a:b","type":"T","x":%b1%b}' % (b'["]",' * levels, b',"["]' * levels)

    (step,) = operation(deep).steps()

    assert isinstance(step, Rejection)
    assert "deeper" in step.reason


def test_an_empty_time_is_a_rejection():
    (step,) = operation(b'{"id":"urn:a:b","type":"T","x":{"type":"Property","value":1,"observedAt":""}}').steps()

    assert isinstance(step, Rejection)
    assert step.attribute == "x"


def test_what_is_nested_too_deep_is_a_rejection():
    deep = b'{"id": "urn:ngsi-ld:Room:1", "type": "Room", "x": %b1%b}' % (b"[" * 100_000, b"]" * 100_000)

    (step,) = operation(deep).steps()

    assert isinstance(step, Rejection)


@pytest.mark.parametrize(
    "wrong",
    [b'{"id": "urn:a:b", "id": "urn:a:c", "type": "T"}', b'{"id": "urn:a:b", "type": "T", "x": "\\u0000"}', b"7"],
)
def test_what_is_not_sound_in_a_list_rejects_itself_alone(wrong):
    sound = orjson.dumps({"id": "urn:ngsi-ld:Room:1", "type": "Room", "t": 1})
    first, second, third = operation(b"[%b, %b, %b]" % (sound, wrong, sound)).steps()
    assert isinstance(first, Step)
    assert isinstance(second, Rejection)
    assert isinstance(third, Step)
    assert (second.position, second.payload) == (1, wrong)
