# SPDX-License-Identifier: EUPL-1.2
"""Parts of the test kit: values of records, times that cannot be right, and what is lost or changed."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from allmende.testing.clocks import ahead, at_1970, fault_of, times_in, without_zone
from allmende.testing.deliveries import compare
from allmende.testing.documents import broken_documents, to_xml
from allmende.testing.leaves import WRONG, broken_copies, insert_after, leaves, with_leaf
from allmende.testing.memory import Memory
from broker.engine.messages import Message
from connectors.declarative.sources.layouts import Layout
from connectors.declarative.sources.trees import read_xml

RECORD = {"id": 7, "place": {"x": [1, 2]}, "free": None}
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_the_values_of_a_record_are_found_with_their_ways() -> None:
    assert dict(leaves(RECORD)) == {("id",): 7, ("place", "x", 0): 1, ("place", "x", 1): 2, ("free",): None}


def test_a_copy_differs_in_one_value_and_leaves_the_record_as_it_was() -> None:
    copy = with_leaf(RECORD, ("place", "x", 1), 9)

    assert copy == {"id": 7, "place": {"x": [1, 9]}, "free": None}
    assert RECORD["place"] == {"x": [1, 2]}


def test_broken_copies_are_wrong_in_all_then_in_one_then_empty() -> None:
    copies = list(broken_copies({"id": 7, "free": 3}))

    assert copies == [{"id": WRONG, "free": WRONG}, {"id": WRONG, "free": 3}, {"id": 7, "free": WRONG}, {}, WRONG]


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ([1, 2, 1], [1, "new", 2, 1]),
        ({"a": {"b": [0, 1]}}, {"a": {"b": [0, 1, "new"]}}),
        ({"a": 1}, None),
        ([], None),
    ],
)
def test_an_element_is_put_behind_the_first_that_is_equal(document: Any, found: Any) -> None:
    assert insert_after(document, 1, "new") == found


XML = """<d:root xmlns:d="urn:d"><d:site id="7 &amp; 8"><name lang="de">Süd &lt;1&gt;<b>x</b></name><free>3</free>
<level>1</level><level>2</level><empty/></d:site></d:root>"""


def test_a_document_is_written_as_it_was_read() -> None:
    assert read_xml(to_xml(read_xml(XML))) == read_xml(XML)


def test_a_record_that_stands_alone_in_xml_gets_a_broken_one_beside_it() -> None:
    record = read_xml(XML)["root"]["site"]

    documents = list(broken_documents(XML.encode("latin-1"), Layout(format="xml", encoding="latin-1"), record))

    first, broken = read_xml(documents[0])["root"]["site"]
    assert first == record
    assert broken["free"] == {"malformed": "True"}
    assert broken["@id"] == ""
    assert len(documents) == len(list(broken_copies(record)))


def test_a_record_that_was_made_by_an_expression_stands_in_no_document() -> None:
    assert list(broken_documents(b"[1, 2]", Layout(format="json"), 3)) == []


@pytest.mark.parametrize(
    ("value", "later", "old"),
    [
        ("2026-06-01T12:00:00Z", "2126-06-01T12:00:00Z", "1970-06-01T12:00:00Z"),
        ("01.06.2026 12:00", "01.06.2126 12:00", "01.06.1970 12:00"),
        (1780315200, 4936075200, 0),
        ("1780315200000", "4936075200000", "0"),
        (1780315200.5, 4936075200, 0),
        ("12026", None, None),
        (2026, None, None),
        (True, None, None),
        (None, None, None),
        ("Musterweg", None, None),
    ],
)
def test_a_value_that_may_be_a_time_is_moved(value: Any, later: Any, old: Any) -> None:
    assert (ahead(value), at_1970(value)) == (later, old)


@pytest.mark.parametrize(
    ("value", "bare"),
    [
        ("2026-06-01T12:00:00Z", "2026-06-01T12:00:00"),
        ("2026-06-01T12:00:00+02:00", "2026-06-01T12:00:00"),
        ("2026-06-01 12:00 +0200", "2026-06-01 12:00"),
        ("2026-06-01T12:00:00", None),
        ("2026-06-01", None),
        (1780315200, None),
    ],
)
def test_a_zone_is_left_out_where_there_is_one(value: Any, bare: Any) -> None:
    assert without_zone(value) == bare


@pytest.mark.parametrize("time", ["2026-06-01T12:00:00Z", "2026-06-01T14:04:00+02:00", "1893-01-01T00:00:00Z"])
def test_nothing_is_said_of_a_time_that_may_be(time: str) -> None:
    # Measurements of old are no fault; only the first days of 1970 are a clock's.
    assert fault_of(time, NOW, may_be_ahead=False) is None


def test_the_times_of_every_instance_are_looked_at() -> None:
    entity = {"id": "urn:a", "type": "T", "x": [{"observedAt": "1"}, {"observedAt": "2"}], "y": {"value": 1}}

    assert list(times_in(entity)) == [("x", "1"), ("x", "2")]


def send(memory: Memory, name: str, *values: int, kind: str = "entities") -> None:
    entities = [{"id": "urn:a", "type": "T", "x": {"type": "Property", "value": value}} for value in values]
    memory.take(Message("default", "test", kind, name, orjson.dumps(entities)))


def reading(value: int) -> tuple[str, str, str]:
    return ("urn:a", "x", f'{{"type":"Property","value":{value}}}')


def test_what_is_lost_invented_or_repeated_with_another_content_is_said() -> None:
    memory = Memory()
    send(memory, "1", 1)
    send(memory, "1", 3)
    send(memory, "2", 4)

    assert compare(memory, {reading(1), reading(2), reading(3)}) == [
        "urn:a, attribute x is lost",
        "urn:a, attribute x arrives with what no whole run gives",
        "message 1 is repeated with another content",
    ]


def test_nothing_is_said_of_a_message_that_is_repeated() -> None:
    memory = Memory()
    for _ in "12":
        send(memory, "1", 1, 2)
    send(memory, "2", 5, kind="deadletters")

    assert compare(memory, {reading(1), reading(2)}) == []
