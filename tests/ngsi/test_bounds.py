# SPDX-License-Identifier: EUPL-1.2
"""What a body of 16 MiB can state: parameters far beyond what they may hold are refused before they are read."""

from time import process_time

import pytest

from allmende.errors import BadRequestData
from broker.ngsi.contexts import CORE
from broker.ngsi.entities import Entity, State
from broker.ngsi.evolutionqueries import parse_parts
from broker.ngsi.filters.language import parse_q
from broker.ngsi.geoqueries import parse_geo_query
from broker.ngsi.history import changes
from broker.ngsi.languages import parse_languages
from broker.ngsi.merging import Merge, merge_entity
from broker.ngsi.orderings import parse_order
from broker.ngsi.selections import parse_selection

MANY = 3_000_000
PLACES = [[7.1, 50.7]] * 1_000_000


@pytest.mark.parametrize(
    "read",
    [
        lambda: parse_q("a==1" + ",1" * MANY, CORE),
        lambda: parse_languages("de" + ",de" * MANY),
        lambda: parse_parts({"attrs": "a" + ",a" * MANY}, CORE),
        lambda: parse_selection("A" + ",A" * MANY, CORE),
        lambda: parse_selection("," * MANY, CORE),
        lambda: parse_order({"orderBy": "a" + ",a" * MANY}, CORE),
        lambda: parse_geo_query(
            {"type": "Car", "georel": "within", "geometry": "MultiPoint", "coordinates": PLACES}, CORE
        ),
    ],
)
def test_what_holds_far_too_much_is_refused_at_once(read):
    begun = process_time()

    with pytest.raises(BadRequestData, match="at most"):
        read()

    assert process_time() - begun < 0.4


IRI = "urn:name:speed"
TIME = "2026-05-01T12:00:00.000000Z"


def many(value):
    """As many instances as twenty attributes may have, so that what takes a look at each for each is seen."""
    return {IRI: [{"type": "Property", "value": value, "datasetId": f"urn:d:{number}"} for number in range(20_000)]}


def test_many_instances_are_merged_in_a_time_that_grows_as_they_do():
    state = State("urn:a:1", ["Car"], many(1), [], TIME, TIME)
    patch = Merge(Entity("urn:a:1", [], many(2)), CORE)
    begun = process_time()

    merged = merge_entity(state, patch, TIME)

    assert process_time() - begun < 1
    assert [instance["value"] for instance in merged.attributes[IRI]] == [2] * 20_000


def test_what_many_instances_have_become_is_found_in_a_time_that_grows_as_they_do():
    before, after = many(1), many(2)
    del after[IRI][-1]
    begun = process_time()

    rows = changes(before, after, TIME)

    assert process_time() - begun < 1
    assert [row.deleted for row in rows] == [False] * 19_999 + [True]
