# SPDX-License-Identifier: EUPL-1.2
"""Parsing of whatever comes: nothing but an entity or a reason; the short way says what the long way says."""

import contextlib
import copy

from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.errors import RequestError
from broker.ngsi.contexts import CORE
from broker.ngsi.entities import NULL
from broker.ngsi.instances import Reading, parse_attribute
from broker.ngsi.parsing import parse_entity, parse_fragment, parse_instance, parse_temporal_entity
from tests.ngsi.strategies import entities, json_values

BASE = {"id": "urn:a:1", "type": "T"}
MEMBERS = [
    *["type", "@type", "id", "value", "object", "languageMap", "vocab", "json", "valueList", "objectList"],
    *["dataset", "datasetId", "scope", "unitCode", "objectType", "coordinates", "@context", "alpha", "location"],
]


@settings(max_examples=50)
@given(entities())
def test_parsing_leaves_the_request_as_it_was(body):
    before = copy.deepcopy(body)

    parse_entity(body, CORE)

    assert body == before


members = st.dictionaries(
    st.sampled_from(["type", "value", "object", "unitCode", "observedAt", "datasetId", "alpha", "createdAt"]),
    st.sampled_from(
        [
            "Property",
            "Relationship",
            "GeoProperty",
            "urn:ngsi-ld:A:1",
            NULL,
            "",
            None,
            1,
            1.5,
            True,
            "2026-01-01T00:00:00Z",
            "2026-13-01T00:00:00Z",
            {"a": [NULL]},
            {"a": [1]},
            {"type": "Point", "coordinates": [7, 51]},
            {"type": "Point", "coordinates": [7, 151]},
            {"type": "Point", "coordinates": [True, 51]},
        ]
    )
    | json_values,
)


@settings(max_examples=400)
@given(
    st.lists(st.tuples(st.sampled_from(["alpha", "beta", "location", "ngsildproof"]), members), max_size=3),
    st.booleans(),
)
def test_the_short_way_of_parsing_says_what_the_long_way_says(attributes, nulls):
    body = {**BASE, **dict(attributes)}

    assert _short_way(body, nulls) == _long_way(body, nulls)


hostile = st.recursive(
    json_values | st.sampled_from([NULL, "Property", "Point", "urn:a:1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(MEMBERS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=400)
@given(hostile, st.booleans())
def test_whatever_stands_for_an_entity_is_read_or_refused(part, nulls):
    for body in (
        part,
        {**BASE, "alpha": part},
        {**BASE, "location": [part]},
        {"id": part, "type": part, "scope": part},
    ):
        for parse in (
            lambda body: parse_entity(body, CORE, nulls=nulls),
            lambda body: parse_temporal_entity(body, CORE),
            lambda body: parse_fragment(body, CORE, nulls=nulls),
            lambda body: parse_instance("alpha", body, CORE, nulls=nulls),
        ):
            with contextlib.suppress(RequestError):
                parse(body)


def _short_way(body, nulls):
    try:
        return parse_entity(body, CORE, nulls=nulls).attributes
    except RequestError as error:
        return str(error)


def _long_way(body, nulls):
    reading = Reading(CORE, nulls)
    try:
        return {
            CORE.expand(name): parse_attribute(name, CORE.attribute_names[name], value, reading)
            for name, value in body.items()
            if name not in BASE
        }
    except RequestError as error:
        return str(error)
