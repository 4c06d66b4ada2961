# SPDX-License-Identifier: EUPL-1.2
"""Temporal queries as bodies and as parameters."""

import pytest

from allmende.errors import BadRequestData
from broker.ngsi.contexts import CORE
from broker.ngsi.evolutionqueries import parse_evolution_query
from broker.ngsi.temporalbodies import to_temporal_parameters

KNOWN = {"type", "q", "attrs", "timerel", "timeAt", "lastN", "aggrMethods", "aggrPeriodDuration"}
WINDOW = {"timerel": "after", "timeAt": "2026-06-01T00:00:00Z"}


def body(**members):
    return {"type": "Query", "entities": [{"type": "Car"}], "temporalQ": WINDOW, **members}


def test_each_member_is_the_parameter_of_its_name():
    asked = body(
        q="speed>3", temporalQ={**WINDOW, "lastN": 3, "aggrMethods": ["avg", "max"], "aggrPeriodDuration": "PT1H"}
    )

    assert to_temporal_parameters(asked, KNOWN) == {
        "type": "Car",
        "q": "speed>3",
        **WINDOW,
        "lastN": "3",
        "aggrMethods": "avg,max",
        "aggrPeriodDuration": "PT1H",
    }


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"temporalQ": []}, "temporalQ"),
        ({"temporalQ": {**WINDOW, "lastN": 0}}, "temporalQ.lastN"),
        ({"temporalQ": {**WINDOW, "lastN": 2.5}}, "temporalQ.lastN"),
        ({"temporalQ": {**WINDOW, "lastN": True}}, "temporalQ.lastN"),
        ({"temporalQ": {**WINDOW, "timeRel": "after"}}, "temporalQ.timeRel"),
        ({"temporalQ": {**WINDOW, "timeAt": 7}}, "temporalQ.timeAt"),
        ({"temporalQ": {**WINDOW, "aggrMethods": [1]}}, "temporalQ.aggrMethods"),
        ({"aggrParams": {"lastN": 3}}, "aggrParams.lastN"),
        ({"join": "inline"}, "join"),
    ],
)
def test_a_member_that_makes_no_sense_is_named(members, words):
    with pytest.raises(BadRequestData, match=words):
        to_temporal_parameters(body(**members), KNOWN)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"type": "Car"}, "timerel and timeAt"),
        ({"type": "Car", "lastN": "3"}, "timerel and timeAt"),
        ({**WINDOW}, "at least one of type"),
        ({**WINDOW, "id": "urn:a:1"}, "at least one of type"),
        ({**WINDOW, "type": "Car", "pick": "owner{name}"}, "'pick' must not follow links"),
        ({**WINDOW, "type": "Car", "omit": "owner{name}"}, "'omit' must not follow links"),
        ({**WINDOW, "type": "Car", "q": 'owner{name}=="x"'}, "'q'"),
        ({**WINDOW, "type": "Car", "orderBy": "name"}, "'orderBy' must be id"),
        ({**WINDOW, "type": "Car", "orderBy": "id,name"}, "'orderBy' must be id"),
        ({**WINDOW, "type": "Car", "orderBy": "id;dist-asc"}, "'orderBy' must be id"),
        ({**WINDOW, "type": "Car", "collation": "!"}, "'collation'"),
        ({**WINDOW, "type": "Car", "csf": "))bad(("}, "'csf'"),
        ({**WINDOW, "type": "Car", "id": "not a uri"}, "'id'"),
        ({**WINDOW, "type": "Car", "attrs": "speed", "pick": "speed"}, "'attrs' must not stand beside"),
        ({**WINDOW, "type": "Car", "pick": "speed", "omit": "speed"}, "both 'pick' and 'omit'"),
        ({**WINDOW, "type": "Car", "datasetId": "x y"}, "'datasetId'"),
        ({**WINDOW, "type": "Car", "scopeQ": "//"}, "'scopeQ'"),
        ({**WINDOW, "attrs": "createdAt"}, "createdAt"),
    ],
)
def test_a_temporal_query_that_makes_no_sense_says_why(parameters, words):
    with pytest.raises(BadRequestData, match=words):
        parse_evolution_query(parameters, CORE)
