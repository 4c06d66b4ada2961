# SPDX-License-Identifier: EUPL-1.2
"""Parameters that a body of 16 MiB can state, far beyond what they may hold, are refused before they are read."""

from time import process_time

import pytest

from allmende.errors import BadRequestData
from broker.ngsi.contexts import CORE
from broker.ngsi.evolutionqueries import parse_parts
from broker.ngsi.filters.language import parse_q
from broker.ngsi.geoqueries import parse_geo_query
from broker.ngsi.languages import parse_languages
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
