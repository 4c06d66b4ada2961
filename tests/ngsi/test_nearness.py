# SPDX-License-Identifier: EUPL-1.2
"""What somebody may have meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.errors import BadRequestData, NotFound
from broker.ngsi.contexts import CORE, DEFAULT_VOCABULARY
from broker.ngsi.entities import State
from broker.ngsi.geoqueries import parse_geo_query
from broker.ngsi.nearness import did_you_mean, did_you_mean_iri
from broker.ngsi.orderings import parse_order
from broker.ngsi.patching import delete_attribute
from broker.ngsi.querybodies import to_parameters
from broker.ngsi.snapshots import parse_snapshot
from broker.ngsi.temporal import parse_temporal_query

NAMES = ["availableSpotNumber", "totalSpotNumber", "name", "location", "q", "id"]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("availableSpotNumbers", "availableSpotNumber"),
        ("avialableSpotNumber", "availableSpotNumber"),
        ("availablespotnumber", "availableSpotNumber"),
        ("nmae", "name"),
        ("locaton", "location"),
    ],
)
def test_a_slip_is_understood(given, meant):
    assert did_you_mean(given, NAMES) == f"; did you mean {meant!r}?"
    iris = [DEFAULT_VOCABULARY + name for name in NAMES if name != "location"]
    hint = did_you_mean_iri(DEFAULT_VOCABULARY + given, iris)
    assert hint == ("" if meant == "location" else f"; did you mean {meant!r}?")


@pytest.mark.parametrize("given", ["", "temperature", "x", "qq1", "spot"])
def test_what_is_like_nothing_gets_no_advice(given):
    assert did_you_mean(given, NAMES) == ""


def test_iris_of_one_vocabulary_are_not_alike_for_that():
    assert did_you_mean_iri("https://a.example/vocabulary/x", ["https://a.example/vocabulary/temperature"]) == ""


@given(st.text(max_size=2000), st.lists(st.text(max_size=200), max_size=50))
def test_any_names_are_compared(given, known):
    hint = did_you_mean(given, known)

    assert hint == "" or any(hint == f"; did you mean {name!r}?" for name in known)
    assert did_you_mean_iri(given, known) is not None


@pytest.mark.parametrize(
    ("parse", "meant"),
    [
        (lambda: parse_geo_query({"georel": "witihn", "geometry": "Point", "coordinates": "[1,2]"}, CORE), "within"),
        (lambda: parse_geo_query({"georel": "within", "geometry": "polygon", "coordinates": "[1,2]"}, CORE), "Polygon"),
        (lambda: parse_order({"orderBy": "name", "orderGeometry": "Pointt"}, CORE), "Point"),
        (lambda: to_parameters({"type": "Query", "entites": []}), "entities"),
        (lambda: to_parameters({"type": "Query", "geoQ": {"gerel": "within"}}), "georel"),
        (lambda: parse_snapshot({"type": "Snapshot", "snapshotPriorty": 1}, queries=True), "snapshotPriority"),
        (lambda: parse_temporal_query({"timerel": "betwen"}), "between"),
        (lambda: parse_temporal_query({"timerel": "before", "timeproperty": "observedat"}), "observedAt"),
    ],
)
def test_values_that_are_listed_are_advised(parse, meant):
    with pytest.raises(BadRequestData, match=f"did you mean '{meant}'"):
        parse()


def test_an_attribute_that_an_entity_has_not_is_advised():
    state = State("urn:a:1", ["Car"], {DEFAULT_VOCABULARY + "speed": [{"type": "Property", "value": 1}]}, [], "", "")

    with pytest.raises(NotFound, match="did you mean 'speed'"):
        delete_attribute(state, DEFAULT_VOCABULARY + "sped", None, False, "")
