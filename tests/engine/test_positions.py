# SPDX-License-Identifier: EUPL-1.2
"""Pages go on where the one before them ended."""

import tracemalloc
from dataclasses import replace

import pytest

from auth.policy import Visible
from broker.engine.positions import LIFE_S, MOST, Positions
from broker.ngsi.contexts import CORE
from broker.ngsi.filters.language import parse_q
from broker.ngsi.geoqueries import GeoQuery
from broker.ngsi.orderings import Term
from broker.ngsi.queries import Query
from broker.ngsi.selections import OneType

ALL = Visible.everything()
FIRST = Query(types=OneType("urn:t"), filter=parse_q("a==1", CORE), limit=10)
SECOND = replace(FIRST, offset=10)


def test_the_page_after_one_that_was_given_out_goes_on_from_its_last_id():
    positions = Positions()

    positions.keep("t_a", FIRST, ALL, "urn:x:7")
    positions.keep("t_a", SECOND, ALL, "urn:x:9")

    assert positions.continued("t_a", SECOND, ALL) == replace(SECOND, after="urn:x:7", offset=0)
    assert positions.continued("t_a", replace(FIRST, offset=20, limit=50), ALL).after == "urn:x:9"


def test_what_is_kept_does_not_grow_with_what_a_query_names():
    positions = Positions()
    tracemalloc.start()
    try:
        for page in range(20):  # as those of an entity map are, whose ids come from the database for each page
            ids = tuple(f"urn:ngsi-ld:Entity:{number}" for number in range(10_000))
            positions.keep("t_a", replace(FIRST, ids=ids, offset=10 * page), ALL, ids[page])
        del ids

        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert kept < 200_000


@pytest.mark.parametrize(
    "other",
    [
        FIRST,
        replace(SECOND, offset=11),
        replace(SECOND, filter=parse_q("a==true", CORE)),
        replace(SECOND, types=OneType("urn:other")),
        replace(SECOND, count=True),
        replace(SECOND, order=(Term(core="id"),)),
        replace(SECOND, geo=GeoQuery(relation="within", geometry={"type": "Point"}, attribute="urn:a")),
    ],
)
def test_another_query_begins_where_it_says(other):
    positions = Positions()

    positions.keep("t_a", FIRST, ALL, "urn:x:7")

    assert positions.continued("t_a", other, ALL) == other
    assert positions.continued("t_b", SECOND, ALL) == SECOND
    assert positions.continued("t_a", SECOND, Visible(whole=False)) == SECOND


def test_positions_are_forgotten_in_time_and_kept_in_bounds():
    now = [0.0]
    positions = Positions(clock=lambda: now[0])

    for number in range(MOST + 1):
        positions.keep("t_a", replace(FIRST, offset=10 * number), ALL, f"urn:x:{number}")

    assert positions.continued("t_a", SECOND, ALL) == SECOND
    assert positions.continued("t_a", replace(FIRST, offset=20), ALL).after == "urn:x:1"
    now[0] = LIFE_S + 1
    assert positions.continued("t_a", replace(FIRST, offset=20), ALL).after == ""
