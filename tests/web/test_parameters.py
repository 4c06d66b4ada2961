# SPDX-License-Identifier: EUPL-1.2
"""Query parameters."""

import pytest

from allmende.errors import BadRequestData, InvalidRequest
from broker.web.parameters import parse_form, parse_names, parse_options, parse_parameters

FORMS = frozenset({"normalized", "concise", "simplified", "keyValues"})
OPTIONS = FORMS | {"sysAttrs"}


def test_parameters_are_decoded():
    parameters = parse_parameters(b"type=Stra%C3%9Fe&attrs=a+b&limit=", frozenset({"type", "attrs", "limit"}))

    assert parameters == {"type": "Straße", "attrs": "a b", "limit": ""}


@pytest.mark.parametrize(
    "raw",
    [
        b"wrong=1",
        b"type=a&type=b",
        b"type=%00",
        b"type=%ff",
        b"type=\xff",
        b"&".join(b"type=%d" % n for n in range(200)),
    ],
)
def test_a_wrong_query_string_is_an_invalid_request(raw):
    with pytest.raises(InvalidRequest):
        parse_parameters(raw, frozenset({"type"}))


def test_an_unknown_parameter_is_told_what_is_known():
    with pytest.raises(InvalidRequest, match="'wrong' is not known here; known are: limit, type"):
        parse_parameters(b"wrong=1", frozenset({"type", "limit"}))


@pytest.mark.parametrize(
    ("parameters", "form"),
    [
        ({}, "normalized"),
        ({"options": "keyValues"}, "simplified"),
        ({"options": "concise,sysAttrs"}, "concise"),
        ({"options": "sysAttrs"}, "normalized"),
        ({"format": "simplified"}, "simplified"),
        ({"format": "concise", "options": "keyValues"}, "concise"),
        ({"options": "keyValues,simplified"}, "simplified"),
    ],
)
def test_format_wins_over_options(parameters, form):
    assert parse_form(parameters, parse_options(parameters, OPTIONS), FORMS) == form


@pytest.mark.parametrize(
    "parameters",
    [
        {"options": "unknown"},
        {"options": "sysAttrs,unknown"},
        {"options": ""},
        {"options": "unknown", "format": "simplified"},
        {"options": "keyValues", "format": "unknown"},
        {"format": "sysAttrs"},
        {"format": ""},
        {"options": "concise,keyValues"},
    ],
)
def test_an_unknown_representation_is_an_invalid_request_even_beside_a_known_one(parameters):
    with pytest.raises(InvalidRequest):
        parse_form(parameters, parse_options(parameters, OPTIONS), OPTIONS)


def test_names_are_separated_by_commas_and_none_is_empty():
    assert parse_names({"attrs": "a, b"}, "attrs") == ["a", "b"]
    assert parse_names({}, "attrs") is None
    with pytest.raises(BadRequestData):
        parse_names({"attrs": "a,,b"}, "attrs")
