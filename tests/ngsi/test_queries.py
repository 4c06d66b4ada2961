# SPDX-License-Identifier: EUPL-1.2
"""Parameters of queries, temporal ones too: what they mean and what is refused."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.errors import BadRequestData
from broker.ngsi.contexts import CORE, compile_context
from broker.ngsi.patterns import parse_pattern
from broker.ngsi.queries import MAX_LIMIT, Query, parse_flag, parse_query
from broker.ngsi.selections import AllOf, AnyOf, OneType, parse_selection
from broker.ngsi.temporal import TemporalQuery, parse_temporal_query

ROOM, HALL, YARD = (OneType(CORE.expand(name)) for name in ("Room", "Hall", "Yard"))
TIME = "2026-11-25T01:50:31Z"
MOMENT = datetime(2026, 11, 25, 1, 50, 31, tzinfo=UTC)


def test_a_query_has_defaults():
    assert parse_query({"type": "Room"}, CORE) == Query(types=ROOM, limit=20)


def test_a_query_says_everything():
    parameters = {
        "id": "urn:a:1,urn:a:2",
        "type": "Room",
        "attrs": "a, b",
        "limit": "5",
        "offset": "10",
        "count": "true",
    }

    query = parse_query(parameters, CORE)

    assert query == Query(
        ids=("urn:a:1", "urn:a:2"),
        types=ROOM,
        attrs=(CORE.expand("a"), CORE.expand("b")),
        limit=5,
        offset=10,
        count=True,
    )


def test_ids_are_stronger_than_their_pattern():
    assert parse_query({"local": "true", "id": "urn:a:1", "idPattern": "x"}, CORE).id_pattern is None
    assert parse_query({"local": "true", "idPattern": "urn:.*"}, CORE).id_pattern == "urn:.*"


def test_all_types_are_local():
    assert parse_query({"type": "*"}, CORE) == parse_query({"local": "true"}, CORE) == Query()
    with pytest.raises(BadRequestData, match="local"):
        parse_query({"type": "*", "local": "false"}, CORE)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({}, "at least one of"),
        ({"id": "urn:a:1"}, "at least one of"),
        ({"idPattern": ".*"}, "at least one of"),
        ({"local": "false"}, "at least one of"),
        ({"local": "yes"}, "'local' must be true or false"),
        ({"type": ""}, "at least one of"),
        ({"attrs": "id"}, "attribute name"),
        ({"attrs": "type"}, "attribute name"),
        ({"attrs": "createdAt"}, "cannot be an attribute"),
        ({"attrs": "a,,b"}, "empty"),
        ({"type": "Room", "id": "x"}, "must be a URI"),
        ({"type": "Room", "limit": "-1"}, "'limit'"),
        ({"type": "Room", "limit": "x"}, "'limit'"),
        ({"type": "Room", "limit": "0"}, "count=true"),
        ({"type": "Room", "limit": str(MAX_LIMIT + 1)}, "'limit'"),
        ({"type": "Room", "offset": "-1"}, "'offset'"),
        ({"type": "Room", "offset": "9" * 30}, "'offset'"),
        ({"type": "Room", "count": "1"}, "'count'"),
        ({"type": "Room", "idPattern": "(a"}, "'idPattern'"),
        ({"type": "bad-type"}, "entity type"),
    ],
)
def test_a_query_that_is_wrong_is_refused(parameters, words):
    with pytest.raises(BadRequestData, match=words):
        parse_query(parameters, CORE)


@pytest.mark.parametrize(
    ("text", "selection"),
    [
        ("Room", ROOM),
        ("Room,Hall", AnyOf((ROOM, HALL))),
        ("Room|Hall", AnyOf((ROOM, HALL))),
        ("Room;Hall", AllOf((ROOM, HALL))),
        ("Room;Hall,Yard", AnyOf((AllOf((ROOM, HALL)), YARD))),
        ("Room;(Hall,Yard)", AllOf((ROOM, AnyOf((HALL, YARD))))),
        ("((Room))", ROOM),
        ("https://example.org/Room", OneType("https://example.org/Room")),
    ],
)
def test_types_are_selected(text, selection):
    assert parse_selection(text, CORE) == selection


def test_types_are_expanded_by_the_context():
    context = compile_context({"Room": "http://x.org/Room"}, lambda url: {})

    assert parse_selection("Room", context) == OneType("http://x.org/Room")


@pytest.mark.parametrize(
    "text", ["", ",", "Room,", ";Room", "(Room", "Room)", "()", "Room Hall", "Room(Hall)", "(" * 300]
)
def test_a_selection_that_is_wrong_is_refused(text):
    with pytest.raises(BadRequestData):
        parse_selection(text, CORE)


@pytest.mark.parametrize(
    "pattern", ["urn:.*", "^urn:ngsi-ld:[A-Z]+:\\d{1,3}$", "(a|b)*?", "(?:a)+", "[^a-z\\]]", "\\.", "ü", "[]a]", ""]
)
def test_patterns_that_every_engine_reads_alike_are_accepted(pattern):
    assert parse_pattern(pattern) == pattern


@pytest.mark.parametrize(
    "pattern",
    [
        *["(?=a)", "(?<!a)b", "(?i)a", "(?P<n>a)", "(a)\\1", "a*+", "a{,3}", "a{2", "[[:alpha:]]", "\\b", "(a", "a)"],
        *["*a", "[b-a]", "a{101}", "a{2,1000}", "a{9}b{9}c{9}d{9}", "x" * 300, "***=a", "a**"],
    ],
)
def test_other_patterns_are_refused(pattern):
    with pytest.raises(BadRequestData, match="idPattern"):
        parse_pattern(pattern)


@given(st.text("ab(){}[]|*+?.\\^$:=!<,19-", max_size=12))
def test_what_is_accepted_as_a_pattern_compiles(pattern):
    try:
        accepted = parse_pattern(pattern)
    except BadRequestData:
        return

    assert re.compile(accepted)


@pytest.mark.parametrize(
    ("parameters", "query"),
    [
        ({}, None),
        ({"attrs": "a"}, None),
        ({"timerel": "before", "timeAt": TIME}, TemporalQuery("before", MOMENT)),
        ({"timerel": "after", "timeAt": TIME, "lastN": "3"}, TemporalQuery("after", MOMENT, None, 3)),
        ({"timerel": "between", "timeAt": TIME, "endTimeAt": TIME}, TemporalQuery("between", MOMENT, MOMENT)),
        ({"lastN": "03"}, TemporalQuery(last_n=3)),
        ({"timeproperty": "modifiedAt"}, TemporalQuery(timeproperty="modifiedAt")),
        ({"timerel": "before", "timeAt": "2026-11-25T01:50:31.000Z"}, TemporalQuery("before", MOMENT)),
    ],
)
def test_a_temporal_query_is_a_window_of_time(parameters, query):
    assert parse_temporal_query(parameters) == query


@pytest.mark.parametrize(
    "parameters",
    [
        {"timerel": "during", "timeAt": TIME},
        {"timerel": "before"},
        {"timerel": "between", "timeAt": TIME},
        {"timerel": "before", "timeAt": TIME, "endTimeAt": TIME},
        {"timeAt": TIME},
        {"endTimeAt": TIME},
        {"timerel": "before", "timeAt": "2026-11-25"},
        {"timerel": "before", "timeAt": "2026-11-25T01:50:31+01:00"},
        {"timeproperty": "seenAt"},
        {"lastN": "0"},
        {"lastN": "-1"},
        {"lastN": "1.5"},
        {"lastN": "x"},
    ],
)
def test_a_temporal_query_that_is_wrong_is_refused(parameters):
    with pytest.raises(BadRequestData, match="Parameter"):
        parse_temporal_query(parameters)


@pytest.mark.parametrize(("text", "expected"), [("true", True), ("false", False)])
def test_a_flag_is_true_or_false(text, expected):
    assert parse_flag({"details": text}, "details") is expected


@pytest.mark.parametrize("text", ["yes", "True", "1", ""])
def test_a_flag_of_another_word_is_an_error(text):
    with pytest.raises(BadRequestData, match=f"'details' must be true or false, not '{text}'"):
        parse_flag({"details": text}, "details")
