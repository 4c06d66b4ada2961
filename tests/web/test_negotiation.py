# SPDX-License-Identifier: EUPL-1.2
"""Media types by Accept."""

import pytest

from broker.web.calls import ENTITIES
from broker.web.negotiation import GEO_JSON, JSON, JSON_LD, choose_media_type, media_type_of

OFFERS = (JSON, JSON_LD)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("*/*", JSON),
        ("", JSON),
        ("application/json", JSON),
        ("application/ld+json", JSON_LD),
        ("application/*", JSON),
        ("application/ld+json, application/json", JSON),
        ("application/json;q=0.5, application/ld+json", JSON_LD),
        ("application/json;q=0.5, */*;q=0.4", JSON),
        ("application/json;q=0, */*", JSON_LD),
        ("application/ld+json;q=0, application/json;q=0, */*", None),
        ("application/json;q=often", JSON),
        ("application/json;q=often, application/ld+json;q=0.9", JSON),
        ("application/xml, application/ld+json", JSON_LD),
        ("application/xml", None),
        ("application/geo+json", None),
        ("Application/JSON; charset=utf-8", JSON),
        ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
        ("application/json;q=0.2, application/*;q=0.8", JSON_LD),
    ],
)
def test_the_answer_has_the_type_that_the_client_prefers(accept, chosen):
    assert choose_media_type(accept, OFFERS) == chosen


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("application/geo+json", GEO_JSON),
        ("application/geo+json, application/ld+json, application/json", JSON),
        ("application/geo+json, application/ld+json", JSON_LD),
        ("application/geo+json;q=0.9, application/json;q=0.8", GEO_JSON),
        ("application/json;q=0, application/ld+json;q=0, */*", GEO_JSON),
        ("application/geo+json;q=0", None),
    ],
)
def test_of_types_of_one_weight_geojson_is_the_last(accept, chosen):
    assert choose_media_type(accept, ENTITIES) == chosen


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", " Application/JSON "])
def test_parameters_and_case_of_a_content_type_make_no_difference(content_type):
    assert media_type_of(content_type) == JSON
