# SPDX-License-Identifier: EUPL-1.2
"""What the query language means for an entity (4.9): one case for each sentence."""

import pytest

from broker.ngsi.contexts import CORE, compile_context
from broker.ngsi.entities import State
from broker.ngsi.filters.language import parse_q
from broker.ngsi.filters.matching import matches
from broker.ngsi.filters.scopes import parse_scope_q
from broker.ngsi.parsing import parse_entity

CREATED, MODIFIED = "2026-01-01T00:00:00.000000Z", "2026-02-01T00:00:00.500000Z"
HOUSE = {
    "id": "urn:ngsi-ld:House:1",
    "type": ["House", "Building"],
    "number": 20,
    "half": 20.5,
    "text": "red",
    "figure": "20",
    "truth": True,
    "colors": {"type": "Property", "value": ["blue", "red", 7]},
    "nested": {"type": "Property", "value": [["red"]]},
    "empty": {"type": "Property", "value": []},
    "address": {"type": "Property", "value": {"city": "Berlin", "zip": None, "place": {"lat": 1}}},
    "day": "2026-11-25",
    "hour": "12:00:00Z",
    "opened": "2026-11-25T12:00:00Z",
    "typed": {"type": "Property", "value": {"@type": "DateTime", "@value": "2026-11-25T12:00:00.000Z"}},
    "measured": {
        "type": "Property",
        "value": 1,
        "unitCode": "CEL",
        "observedAt": "2026-11-25T12:00:00.5Z",
        "accuracy": {"type": "Property", "value": 0.1, "raw": {"type": "Property", "value": {"a": {"b": 40}}}},
    },
    "several": [
        {"type": "Property", "value": 1},
        {"type": "Property", "value": 2, "datasetId": "urn:d:2"},
    ],
    "parked": {"type": "Relationship", "object": "urn:ngsi-ld:Street:1"},
    "owners": {"type": "ListRelationship", "objectList": ["urn:a:1", "urn:a:2"]},
    "list": {"type": "ListProperty", "valueList": [1, "x"]},
    "kind": {"type": "VocabProperty", "vocab": "commercial"},
    "tickets": {"type": "JsonProperty", "json": {"value": "Overstay", "id": 5}},
    "color": {"type": "LanguageProperty", "languageMap": {"fr": "rouge", "en": "red", "de": ["rot", "feuerrot"]}},
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [7, 51]}},
}
ENTITY = parse_entity(HOUSE, CORE)
STATE = State(
    ENTITY.id, ENTITY.types, ENTITY.attributes, ["/Madrid/Gardens/ParqueNorte", "CompanyA"], CREATED, MODIFIED
)
STREET = parse_entity(
    {"id": "urn:ngsi-ld:Street:1", "type": "Street", "name": "Ring", "parked": {"object": HOUSE["id"]}}, CORE
)
BY_ID = {STATE.id: STATE, STREET.id: State(STREET.id, STREET.types, STREET.attributes, [], CREATED, MODIFIED)}
KIND = "https://uri.etsi.org/ngsi-ld/default-context/commercial"


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
    [
        *["number==20", "number==20.0", "number==2e1", "half==20.5", "number==1,20", "number==10..20", "half==20..21"],
        *['text=="red"', "text==red", 'text=="blue","red"', 'text=="a".."z"', "truth==true"],
        *['colors=="red"', "colors==7", 'colors=="x",7', "colors==6..8", 'list=="x"', "list==1"],
        *[
            "parked==urn:ngsi-ld:Street:1",
            'parked=="urn:ngsi-ld:Street:1"',
            "owners==urn:a:2",
            "owners==urn:a:9,urn:a:1",
        ],
        *[f"kind=={KIND}", 'address[city]=="Berlin"', "address[place.lat]==1", 'tickets[value]=="Overstay"'],
        *['color[en]=="red"', 'color[de]=="feuerrot"', 'color[*]=="rouge"', 'color=="rouge"'],
        *["measured.accuracy==0.1", "measured.accuracy.raw[a.b]==40", "measured.unitCode==CEL"],
        *["several==1", "several==2", "several.datasetId==urn:d:2"],
        *["opened==2026-11-25T12:00:00.000Z", "typed==2026-11-25T12:00:00Z", "day==2026-11-25", "hour==12:00:00.0Z"],
        "measured.observedAt==2026-11-25T12:00:00.500Z",
        "modifiedAt==2026-02-01T00:00:00.5Z",
        "number.modifiedAt==2026-02-01T00:00:00.5Z",
    ],
)
def test_equal(text):
    assert is_true(text)
    if not text.startswith("several"):
        assert not is_true(text.replace("==", "!="))


@pytest.mark.parametrize(
    "text",
    [
        *["number==21", 'number=="20"', "figure==20", 'truth=="true"', "truth==1", "number==true", "number==21..30"],
        *['text=="Red"', 'text=="rouge","blau"', 'colors=="blu"', 'nested=="red"', "empty==1", "location==7"],
        *["parked==urn:ngsi-ld:Street:2", "owners==urn:a:3", "kind==commercial", 'parked=="a".."z"'],
        *['color[en]=="rouge"', 'color[*]=="blau"', "address[city]==Paris", "address[zip]==0", 'address=="Berlin"'],
        *[
            "opened==2026-11-25",
            "day==2026-11-25T00:00:00Z",
            'opened=="2026-11-25T12:00:00.000Z"',
            "number==2026-11-25",
        ],
        *['typed=="2026-11-25T12:00:00.000Z"', "measured.unitCode==FAH", "text==2026-11-25T12:00:00Z"],
    ],
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
    [
        *[
            ("number>19", True),
            ("number>20", False),
            ("number>=20", True),
            ("number<20.5", True),
            ("number<=19.9", False),
        ],
        *[('text>"re"', True), ('text>"red"', False), ('text>="red"', True), ('text<"s"', True), ('text<"Z"', False)],
        *[("figure>1", False), ('number>"1"', False), ("truth>0", False), ("colors>6", True), ("nested<9", False)],
        *[('parked>"urn:a"', False), ('owners<"z"', False), ("several>1", True), ("several>2", False)],
        *[('color[de]>"rou"', False), ('color>"rou"', True), ('kind>"a"', True)],
        *[("opened>2026-11-25T11:59:59.999Z", True), ("opened>2026-11-25T12:00:00.0Z", False)],
        *[("opened<2026-11-25T12:00:00.001Z", True), ("opened>2026-11-24", False), ("day>2026-11-24", True)],
        *[("typed>=2026-11-25T12:00:00Z", True), ("hour<12:00:00.1Z", True), ("text>2026-11-25", False)],
        *[
            ("measured.observedAt>2026-11-25T12:00:00.49Z", True),
            ("measured.observedAt>=2026-11-25T12:00:00.51Z", False),
        ],
        *[("createdAt<2026-01-01T00:00:00.000001Z", True), ("measured.createdAt>2025-12-31T23:59:59Z", True)],
        ("measured.accuracy.createdAt>2025-12-31T23:59:59Z", False),
    ],
)
def test_orders(text, expected):
    assert is_true(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *[
            ('text~="^r"', True),
            ('text~="e"', True),
            ('text~="^e"', False),
            ('text!~="^e"', True),
            ('text!~="r"', False),
        ],
        *[('number~="2"', False), ('number!~="x"', False), ('truth~="t"', False), ('parked~="urn"', False)],
        *[('parked!~="x"', False), ('colors~="^re"', True), ('colors!~="x"', False), ('list~="x"', True)],
        *[
            ('color[en]~="^re"', True),
            ('color[*]~="^ro"', True),
            ('color[de]!~="^x"', True),
            ('color[de]!~="^r"', False),
        ],
        *[('empty!~="x"', False), ('address[city]~="^B"', True), ('measured.unitCode~="^C"', True)],
        ('measured.observedAt~="^2026-11"', True),
    ],
)
def test_patterns_are_for_texts_only(text, expected):
    assert is_true(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *[('parked{name}=="Ring"', True), ('parked{name}=="x"', False), ('parked{Street:name}=="Ring"', True)],
        *[('parked{House:name}=="Ring"', False), ("parked{parked{number}}==20", True), ("owners{name}", False)],
        *[("!parked{name}", False), ("!parked{x}", True), ("number{name}", False)],
    ],
)
def test_links_lead_to_other_entities(text, expected):
    assert is_true(text) is expected


def test_terms_are_combined():
    assert is_true('number==1|text=="red";half>20')
    assert not is_true('(number==1|text=="red");half>21')


def test_beyond_what_a_float_can_hold_numbers_are_compared_as_they_are_written():
    attributes = {CORE.expand("n"): [{"type": "Property", "value": 2**60 + 1}]}
    state = State("urn:a:1", ["T"], attributes, [], CREATED, MODIFIED)

    assert matches(parse_q(f"n=={2**60 + 1}", CORE), state)
    assert not matches(parse_q(f"n=={2**60}", CORE), state)
    assert matches(parse_q("n>1.152921504606846e18", CORE), state)


def test_the_same_name_of_another_context_is_another_attribute():
    context = compile_context({"number": "https://x.org/number"}, lambda url: {})

    assert not matches(parse_q("number", context), STATE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *[("/Madrid/Gardens/ParqueNorte", True), ("/Madrid", False), ("/Madrid/Gardens", False), ("/madrid/#", False)],
        *[("/Madrid/+/ParqueNorte", True), ("/Madrid/+", False), ("/+/+/+", True), ("+", True), ("/+/Gardens", False)],
        *[("/Madrid/#", True), ("/Madrid/Gardens/ParqueNorte/#", True), ("/Gardens/#", False), ("/#", True)],
        *[("/CompanyA", True), ("CompanyA", True), ("/CompanyA;/Madrid/#", True), ("/CompanyA;/Madrid", False)],
        *[
            ("/X,/CompanyA", True),
            ("/X|/CompanyA", True),
            ("(/X;/CompanyA)|/Madrid/+/+", True),
            ("(/X,/CompanyA);/Y", False),
        ],
    ],
)
def test_scopes(text, expected):
    assert matches(parse_scope_q(text), STATE) is expected


def test_any_scope_is_one_that_was_given():
    assert not matches(parse_scope_q("/#"), BY_ID[STREET.id])
