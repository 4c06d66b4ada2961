# SPDX-License-Identifier: EUPL-1.2
"""Which values of an attribute a filter may find."""

from time import process_time

import pytest

from broker.ngsi.contexts import CORE
from broker.ngsi.filters.language import parse_q
from broker.ngsi.filters.reaches import Interval, ways_of


@pytest.mark.parametrize(
    ("q", "intervals"),
    [
        ("a==1..5;a>2", [(2.0, 5.0)]),
        ("a==1,2,3,4;a==4,2,7", [(2.0, 2.0), (4.0, 4.0)]),
        ("a==3,3,9;a==0..5", [(3.0, 3.0)]),
        ("a==0..4;a==4..9", [(4.0, 4.0)]),
        ("a==1..2;a>3", []),
        ("a==5..2;a>0", []),
        ('a=="b","d","x";a=="c".."z"', [("d", "d"), ("x", "x")]),
    ],
)
def test_tests_of_one_attribute_leave_what_passes_all_of_them(q, intervals):
    ((reach,),) = ways_of(parse_q(q, CORE))

    assert list(reach.intervals) == [Interval(*each) for each in intervals]


@pytest.mark.parametrize("values", ["1,1", ",".join(map(str, range(1_000)))])
def test_many_lists_of_values_are_put_together_at_once(values):
    wanted = parse_q(";".join([f"a=={values}"] * 20), CORE)
    begun = process_time()

    ((reach,),) = ways_of(wanted)

    assert process_time() - begun < 1
    assert len(reach.intervals) <= 1_000
