# SPDX-License-Identifier: EUPL-1.2
"""The query language: what its texts mean as trees, and where a wrong one is wrong."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.errors import BadRequestData
from broker.ngsi.contexts import CORE, compile_context
from broker.ngsi.filters.language import MAX_DEPTH, MAX_TERMS, parse_q
from broker.ngsi.filters.moments import to_moment
from broker.ngsi.filters.requests import parse_filters
from broker.ngsi.filters.scopes import MAX_SCOPES, parse_scope_q
from broker.ngsi.filters.tree import (
    And,
    Compares,
    Equals,
    Exists,
    Fits,
    Holds,
    InScope,
    Linked,
    Not,
    Or,
    Path,
    Span,
    depth_of,
    names_attribute,
)

A, B, C = (CORE.expand(name) for name in "abc")
AT_A = Path((A,))
TIME = "2026-11-25T01:50:31Z"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a", AT_A),
        ("größe", Path((CORE.expand("größe"),))),
        ("a.b", Path((A, B))),
        ("a.b.c", Path((A, B, C))),
        ("a.observedAt", Path((A,), "observedAt")),
        ("a.b.unitCode", Path((A, B), "unitCode")),
        ("a.datasetId", Path((A,), "datasetId")),
        ("createdAt", Path((), "createdAt")),
        ("modifiedAt", Path((), "modifiedAt")),
        ("a[city]", Path((A,), None, ("city",))),
        ("a.b[x.y]", Path((A, B), None, ("x", "y"))),
        ("a[en]", Path((A,), None, ("en",))),
        ("a[de-AT]", Path((A,), None, ("de-AT",))),
        ("a[*]", Path((A,), None, ("*",))),
        ("https://example.org/v1.2#a", Path(("https://example.org/v1.2#a",))),
    ],
)
def test_a_path_leads_to_attributes_members_and_keys(text, path):
    assert parse_q(text, CORE) == Exists(path)
    assert parse_q(f"!{text}", CORE) == Not(Exists(path))


def test_names_are_those_of_the_context():
    context = compile_context({"a": "https://x.org/a", "ex": "https://ex.org/"}, lambda url: {})

    assert parse_q("a", context) == Exists(Path(("https://x.org/a",)))
    assert parse_q("ex:b.a", context) == Exists(Path(("https://ex.org/b", "https://x.org/a")))


@pytest.mark.parametrize(
    ("text", "test"),
    [
        ("==20", Equals((20,))),
        ("==-1.5e3", Equals((-1500.0,))),
        ('=="red"', Equals(("red",))),
        ('=="20"', Equals(("20",))),
        (r'=="\"ä\" ; | )"', Equals(('"ä" ; | )',))),
        ("==true", Equals((True,))),
        ("!=false", Equals((False,), negated=True)),
        ("==urn:ngsi-ld:City:Pisa", Equals(("urn:ngsi-ld:City:Pisa",))),
        ("==commercial", Equals(("commercial",))),
        (f"=={TIME}", Equals((to_moment(TIME),))),
        (f'=="{TIME}"', Equals((TIME,))),
        ("==2026-11-25", Equals((to_moment("2026-11-25"),))),
        ("==01:50:31Z", Equals((to_moment("01:50:31Z"),))),
        ('=="black","red"', Equals(("black", "red"))),
        ("!=1,true,urn:a:b", Equals((1, True, "urn:a:b"), negated=True)),
        ("==10..20", Equals((Span(10, 20),))),
        ("!=-1.5..2.5", Equals((Span(-1.5, 2.5),), negated=True)),
        ('=="a".."b"', Equals((Span("a", "b"),))),
        (
            "==2026-01-01..2026-02-01",
            Equals((Span(to_moment("2026-01-01"), to_moment("2026-02-01")),)),
        ),
        (">20", Compares(">", 20)),
        (">=20", Compares(">=", 20)),
        ('<"m"', Compares("<", "m")),
        (f"<={TIME}", Compares("<=", to_moment(TIME))),
        ('~="^Eif"', Fits("^Eif")),
        ('!~="^Eif"', Fits("^Eif", negated=True)),
        ("~=^Eif.*l$", Fits("^Eif.*l$")),
        (r'~="\d+"', Fits(r"\d+")),
        (r'~="\\d+"', Fits(r"\d+")),
        (r'~="a\"b"', Fits('a"b')),
    ],
)
def test_an_operator_and_a_value_are_a_test(text, test):
    assert parse_q(f"a{text}", CORE) == Holds(AT_A, test)


def test_a_time_in_quotes_is_a_time_where_times_stand():
    expected = Holds(Path((), "modifiedAt"), Compares(">", to_moment(TIME)))

    assert parse_q(f'modifiedAt>"{TIME}"', CORE) == parse_q(f"modifiedAt>{TIME}", CORE) == expected


def test_and_binds_more_tightly_than_or():
    a, b, c = (Exists(Path((iri,))) for iri in (A, B, C))

    assert parse_q("a;b|c", CORE) == Or((And((a, b)), c))
    assert parse_q("a|b;c", CORE) == Or((a, And((b, c))))
    assert parse_q("(a|b);c", CORE) == And((Or((a, b)), c))
    assert parse_q("((a))", CORE) == a
    assert parse_q("((a|b);c)", CORE) == And((Or((a, b)), c))


def test_links_are_followed():
    there = Holds(Path((C,)), Equals((1,)))
    types = (CORE.expand("T"), CORE.expand("U"))

    assert parse_q("a{c}==1", CORE) == Linked(A, (), there)
    assert parse_q("a{T,U:c}==1", CORE) == Linked(A, types, there)
    assert parse_q("a{T:b{c}}==1", CORE) == Linked(A, types[:1], Linked(B, (), there))
    assert parse_q("!a{c}", CORE) == Not(Linked(A, (), Exists(Path((C,)))))
    assert depth_of(parse_q("x|(a{b{c}};!a{c})", CORE)) == 2


def test_only_what_asks_for_an_attribute_narrows_a_query():
    assert not names_attribute(parse_q(f"modifiedAt>{TIME}|!createdAt", CORE))
    assert not names_attribute(parse_scope_q("/A"))
    assert names_attribute(parse_q(f"modifiedAt>{TIME};a", CORE))
    assert names_attribute(parse_q("a{b}", CORE))


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("", 1, "name of an attribute is expected here, not the end"),
        ("a=1", 2, "an operator such as =="),
        ("a==", 4, "a value such as"),
        ("a==;b", 4, "a value such as"),
        ("a==1;", 6, "name of an attribute"),
        ("a;;b", 3, "name of an attribute"),
        ("a b", 2, "an operator such as =="),
        ("a ==1", 2, "an operator such as =="),
        ("(a", 3, "or )"),
        ("a)", 2, "or the end"),
        ("()", 2, "name of an attribute"),
        ("a.", 3, "name of an attribute"),
        (".a", 1, "name of an attribute"),
        ("1a", 1, "name of an attribute"),
        ("a[", 3, "a key such as city"),
        ("a[]", 3, "a key such as city"),
        ("a[b", 4, "a dot or ]"),
        ("a[b.]", 5, "a key such as city"),
        ("a{b", 4, "}"),
        ("a{}", 3, "name of an attribute"),
        ("a.b{c}", 5, "a link must be one Relationship"),
        ("!a==1", 3, "an operator such as =="),
        ("!(a)", 2, "name of an attribute"),
        ('a=="b', 4, "a value such as"),
        (r'a=="\x"', 4, "as JSON writes it"),
        (r'a=="\u0000"', 4, "U+0000"),
        (r'a=="\ud800"', 4, "as JSON writes it"),
        ("a>4..5", 4, "takes one value"),
        ('a<"b","c"', 6, "takes one value"),
        ("a>true", 3, "a number, a text in quotes or a time"),
        ("a>urn:x:y", 3, "a number, a text in quotes or a time"),
        ("a==true..false", 4, "a number, a text in quotes or a time"),
        ("a==x..y", 4, "a number, a text in quotes or a time"),
        ('a==1.."b"', 4, "of one kind"),
        ("a==1..", 7, "a number, a text in quotes or a time"),
        ("a==1,", 6, "a value such as"),
        ("a==1e999", 4, "too large"),
        ("a==2026-02-30", 4, "does not exist"),
        ("a==25:00:00Z", 4, "does not exist"),
        ("a.observedAt>5", 14, "must be compared with a time"),
        ("createdAt==2026-01-01", 12, "must be compared with a time"),
        ("a.observedAt.b", 13, "an operator such as =="),
        ("id==urn:a:b", 1, "parameter 'id'"),
        ("type==T", 1, "parameter 'type'"),
        ("a|scope", 3, "parameter 'scopeQ'"),
        ("observedAt>5", 1, "cannot be an attribute"),
        ("a.value", 3, "cannot be an attribute"),
        ('a~="(?=b)"', 4, "look-around and back references"),
        (r'a~="(b)\1"', 4, "look-around and back references"),
        ('a~="b{1,1000}"', 4, "counted repetitions"),
        ('a~="("', 4, "not a regular expression"),
        ("a~=", 4, "a pattern such as"),
    ],
)
def test_a_wrong_query_is_told_where_it_is_wrong(text, column, words):
    with pytest.raises(BadRequestData, match=rf"'q', column {column}: .*{re.escape(words)}"):
        parse_q(text, CORE)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("|".join(["a"] * (MAX_TERMS + 1)), "at most 100 terms"),
        ("(" * (MAX_DEPTH + 1) + "a", "nested deeper"),
        (".".join(["a"] * 30), "at most 20 names"),
        ("a[" + ".".join(["a"] * 30) + "]", "at most 20 keys"),
        ("a{" * 11 + "b" + "}" * 11, "at most 10 follow each other"),
        ("a==" + ",".join(["1"] * 1001), "at most 1000 values"),
    ],
)
def test_a_query_has_its_limits(text, words):
    with pytest.raises(BadRequestData, match=words):
        parse_q(text, CORE)


@given(st.text('ab.[]{}():;|!=<>~"\\*,-+ 019TZeu:\x00ä', max_size=20))
def test_whatever_is_asked_is_understood_or_refused(text):
    with suppress(BadRequestData):
        parse_q(text, CORE)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("/A", InScope(("A",))),
        ("A/B", InScope(("A", "B"))),
        ("/A/+/C", InScope(("A", "+", "C"))),
        ("/A/#", InScope(("A",), below=True)),
        ("/+/#", InScope(("+",), below=True)),
        ("/#", InScope((), below=True)),
        ("/A,/B", Or((InScope(("A",)), InScope(("B",))))),
        ("/A|/B", Or((InScope(("A",)), InScope(("B",))))),
        ("/A;/B", And((InScope(("A",)), InScope(("B",))))),
        ("(/A;/B)|/C", Or((And((InScope(("A",)), InScope(("B",)))), InScope(("C",))))),
        ("/A;/B,C", Or((And((InScope(("A",)), InScope(("B",)))), InScope(("C",))))),
        ("(/A,/B);/C", And((Or((InScope(("A",)), InScope(("B",)))), InScope(("C",))))),
    ],
)
def test_scopes_are_selected(text, condition):
    assert parse_scope_q(text) == condition


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("", 1),
        ("/", 2),
        ("/1A", 2),
        ("/A-B", 3),
        ("/A/", 4),
        ("/A//B", 4),
        ("/A#", 3),
        ("/#/A", 3),
        ("#", 1),
        ("/A,", 4),
        ("(/A", 4),
        ("/A)", 3),
        ("()", 2),
        ("/A/#/B", 5),
        ("(" * 30, 22),
        (",".join(["/A"] * (MAX_SCOPES + 1)), 301),
    ],
)
def test_a_wrong_scope_query_is_told_where_it_is_wrong(text, column):
    with pytest.raises(BadRequestData, match=rf"'scopeQ', column {column}: "):
        parse_scope_q(text)


def test_the_parameters_of_a_request_hold_together():
    wanted = parse_filters({"q": "a", "scopeQ": "/A", "csf": "b==1", "jsonKeys": "a,b"}, CORE)

    assert wanted == And((Exists(AT_A), InScope(("A",))))
    assert parse_filters({"scopeQ": "/A"}, CORE) == InScope(("A",))
    assert parse_filters({"csf": "b==1"}, CORE) is None
    assert parse_filters({"type": "T"}, CORE) is None


def test_values_are_expanded_where_it_is_asked_for():
    context = compile_context({"red": "https://x.org/red"}, lambda url: {})
    wanted = parse_filters({"q": "a==red,5|b==red", "expandValues": "a"}, context)

    assert wanted == Or((Holds(AT_A, Equals(("https://x.org/red", 5))), Holds(Path((B,)), Equals(("red",)))))


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"csf": "))bad(("}, "'csf', column 1"),
        ({"q": "a{b}"}, "join=inline"),
        ({"q": "a{b}", "join": "@none"}, "join=inline"),
        ({"q": "a{b{c}}", "join": "inline"}, "joinLevel=2"),
        ({"q": "a{b{c}}", "join": "flat", "joinLevel": "1"}, "joinLevel=2"),
        ({"q": "a", "expandValues": "a,,b"}, "'expandValues' must be a list"),
        ({"q": "a", "jsonKeys": "id"}, "attribute name"),
    ],
)
def test_parameters_that_are_wrong_are_refused(parameters, words):
    with pytest.raises(BadRequestData, match=words):
        parse_filters(parameters, CORE)


def test_links_are_followed_as_far_as_linked_entities_are_asked_for():
    assert depth_of(parse_filters({"q": "a{b}", "join": "inline"}, CORE)) == 1
    assert depth_of(parse_filters({"q": "a{b{c}}", "join": "flat", "joinLevel": "2"}, CORE)) == 2
