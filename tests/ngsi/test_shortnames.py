# SPDX-License-Identifier: EUPL-1.2
"""Short names of attributes, meant by what an entity has."""

import doctest

import pytest

from allmende.errors import BadRequestData
from broker.ngsi import shortnames
from broker.ngsi.core_terms import DEFAULT_VOCABULARY
from broker.ngsi.shortnames import find_attribute

NO2, AIR, ROAD = DEFAULT_VOCABULARY + "no2", "https://example.org/air#no2", "https://example.org/road/no2"
TITLE = "http://purl.org/dc/terms/title"


def test_the_examples_in_the_code_hold():
    assert doctest.testmod(shortnames).failed == 0
    assert doctest.testmod(shortnames).attempted > 0


@pytest.mark.parametrize(
    ("name", "iris", "meant"),
    [
        (AIR, {NO2, AIR}, AIR),
        ("no2", {NO2, AIR, ROAD}, NO2),
        ("no2", {AIR, TITLE}, AIR),
        ("title", {TITLE}, TITLE),
        ("PM2.5", {"https://example.org/air/PM2.5"}, "https://example.org/air/PM2.5"),
        ("urn:x:level", {"urn:x:level"}, "urn:x:level"),
        ("level", {"urn:x:level"}, "urn:x:level"),
        ("o3", {NO2, AIR}, None),
        ("air", {AIR}, None),
        ("", {AIR}, None),
        ("no2", set(), None),
    ],
)
def test_a_name_means_the_attribute_that_bears_it(name, iris, meant):
    assert find_attribute(name, iris) == meant


def test_a_name_that_two_attributes_bear_is_not_guessed():
    with pytest.raises(BadRequestData, match="'no2' may be any of") as refused:
        find_attribute("no2", {AIR, ROAD, TITLE})

    assert AIR in str(refused.value)
    assert ROAD in str(refused.value)
    assert TITLE not in str(refused.value)
