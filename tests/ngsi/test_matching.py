# SPDX-License-Identifier: EUPL-1.2
"""What the query language means for an entity (4.9): one case for each sentence."""

import pytest

from broker.ngsi.contexts import CORE, compile_context
from broker.ngsi.filters.language import parse_q
from broker.ngsi.filters.matching import matches
from broker.ngsi.filters.scopes import parse_scope_q
from tests.ngsi.house import BY_ID, EQUAL, LINKS, ORDERS, OTHER, PATTERNS, SCOPES, STATE, STREET


def is_true(text):
    return matches(parse_q(text, CORE), STATE, BY_ID.get)


@pytest.mark.parametrize(
    "text", ["number", "address[city]", "address[zip]", "address[place.lat]", "color[en]", "color[*]"]
)
def test_what_is_there_exists(text):
    assert is_true(text)
    assert not is_true(f"!{text}")


@pytest.mark.parametrize(
    "text",
    [
        *["nothing", "address[street]", "address[city.x]", "number[x]", "color[it]", "number[*]", "colors[red]"],
        *["measured.nothing", "number.unitCode", "color[en.x]", "kind[x]", "parked[x]"],
    ],
)
@pytest.mark.parametrize("test", ["", '=="red"', '!="red"', ">1", '~="r"', '!~="r"'])
def test_what_is_absent_passes_no_test(text, test):
    assert not is_true(text + test)
    assert is_true(f"!{text}")


@pytest.mark.parametrize(
    "text",
    EQUAL,
)
def test_equal(text):
    assert is_true(text)
    if not text.startswith("several"):
        assert not is_true(text.replace("==", "!="))


@pytest.mark.parametrize(
    "text",
    OTHER,
)
def test_other_values_and_kinds_are_never_equal_and_always_unequal(text):
    assert not is_true(text)
    assert is_true(text.replace("==", "!="))


@pytest.mark.parametrize("test", ["", "==2020-01-01T00:00:00Z", "!=2020-01-01T00:00:00Z", ">2020-01-01T00:00:00Z"])
def test_what_was_not_observed_has_no_time(test):
    assert not is_true(f"number.observedAt{test}")


def test_unequal_asks_for_one_instance_none_of_whose_values_is_equal():
    assert is_true("several!=1")
    assert is_true("several!=2")
    assert not is_true("several!=1,2")


@pytest.mark.parametrize(
    ("text", "expected"),
    ORDERS,
)
def test_orders(text, expected):
    assert is_true(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    PATTERNS,
)
def test_patterns_are_for_texts_only(text, expected):
    assert is_true(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    LINKS,
)
def test_links_lead_to_other_entities(text, expected):
    assert is_true(text) is expected


def test_terms_are_combined():
    assert is_true('number==1|text=="red";half>20')
    assert not is_true('(number==1|text=="red");half>21')


def test_the_same_name_of_another_context_is_another_attribute():
    context = compile_context({"number": "https://x.org/number"}, lambda url: {})

    assert not matches(parse_q("number", context), STATE)


@pytest.mark.parametrize(
    ("text", "expected"),
    SCOPES,
)
def test_scopes(text, expected):
    assert matches(parse_scope_q(text), STATE) is expected


def test_any_scope_is_one_that_was_given():
    assert not matches(parse_scope_q("/#"), BY_ID[STREET.id])
