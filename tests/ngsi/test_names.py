# SPDX-License-Identifier: EUPL-1.2
"""Names, ids, types, scopes and times, each with what is right and what is wrong (ETSI GS CIM 009, 4.6)."""

from time import process_time

import pytest

from allmende.errors import BadRequestData
from broker.ngsi.contexts import CORE, compile_context
from broker.ngsi.datatypes import MAX_URI_BYTES
from broker.ngsi.entities import NULL
from broker.ngsi.parsing import (
    expand_name,
    parse_entity,
    parse_type_name,
    require_uri,
)
from tests.ngsi.model import (
    BASE,
    PLACE,
    PROPERTY,
    RELATIONSHIP,
    VOCAB,
    parsed,
)


@pytest.mark.parametrize(
    "time",
    [
        "2026-11-25T01:50:31Z",
        "2026-11-25T01:50:31.5Z",
        "2026-11-25T01:50:31.123456789Z",
        "2024-02-29T23:59:59Z",
    ],
)
def test_a_time_in_utc_is_kept_as_given(time):
    assert parsed({**PROPERTY, "observedAt": time})[0]["observedAt"] == time


def test_a_comma_before_the_fraction_becomes_a_point():
    assert parsed({**PROPERTY, "observedAt": "2026-11-25T01:50:31,5Z"})[0]["observedAt"] == "2026-11-25T01:50:31.5Z"


@pytest.mark.parametrize(
    "time",
    [
        "2026-11-25T01:50:31+00:00",
        "2026-11-25T01:50:31+01:00",
        "2026-11-25T01:50:31",
        "2026-11-25T01:50Z",
        "2026-11-25",
        "20261125T015031Z",
        "2026-11-25 01:50:31Z",
        "2026-11-25t01:50:31z",
        "2025-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-11-25T24:00:00Z",
        "2026-11-25T23:59:60Z",
        "0000-01-01T00:00:00Z",
        "٢٠٢٦-11-25T01:50:31Z",
        "2026-11-25T01:50:31.Z",
        "2026-11-25T01:50:31." + "5" * 20 + "Z",
        {"@type": "DateTime", "@value": "2026-11-25T01:50:31Z"},
        1764035431,
        None,
        NULL,
    ],
)
def test_any_other_time_is_refused(time):
    for attribute in (PROPERTY, RELATIONSHIP, PLACE, VOCAB):
        with pytest.raises(BadRequestData, match="'observedAt'"):
            parsed({**attribute, "observedAt": time})


@pytest.mark.parametrize(
    "name", ["a", "größe", "Straße_1", "x1", "日本", "ngsi-ld:x", "ex:y", "https://example.org/a-b"]
)
def test_names_are_letters_digits_and_underscores_or_iris(name):
    assert expand_name(name, CORE) in parse_entity({**BASE, name: 1}, CORE).attributes
    assert parse_type_name(name, CORE) in parse_entity({**BASE, "type": name}, CORE).types


@pytest.mark.parametrize(
    "name",
    [
        "",
        "1a",
        "_a",
        "a-b",
        "a b",
        "PM2.5",
        "a(b",
        "@a",
        "%2e%2e",
        "²a",
        "a:",
        "http://x.org/a b",
        "ex:a\u200b",
        ":a",
        NULL,
    ],
)
def test_other_names_are_refused(name):
    for body in ({**BASE, name: 1}, {**BASE, "type": name}, {**BASE, "a": {"value": 1, name: 2}}):
        with pytest.raises(BadRequestData):
            parse_entity(body, CORE)


@pytest.mark.parametrize(
    "name",
    [
        *["datasetId", "instanceId", "observedAt", "value", "object", "unitCode", "valueList", "dataset"],
        "https://uri.etsi.org/ngsi-ld/hasValue",
        "ngsi-ld:observedAt",
        "https://uri.etsi.org/ngsi-ld/scope",
    ],
)
def test_members_of_entities_and_attributes_are_no_attributes(name):
    with pytest.raises(BadRequestData, match="cannot be an attribute"):
        parse_entity({**BASE, name: 1}, CORE)


def test_terms_that_stand_for_keywords_are_no_attributes():
    context = compile_context({"identifier": "@id"}, lambda url: {})

    with pytest.raises(BadRequestData, match="identifier"):
        parse_entity({**BASE, "identifier": "urn:a:1"}, context)


@pytest.mark.parametrize(
    "entity_id", ["urn:a:1", "https://example.org/1", "urn:straße:ä", "a:b", "urn:x:" + "y" * 1000]
)
def test_ids_are_uris(entity_id):
    assert parse_entity({**BASE, "id": entity_id}, CORE).id == entity_id
    assert parse_entity({"@id": entity_id, "@type": "Room"}, CORE).id == entity_id


@pytest.mark.parametrize(
    "entity_id",
    [
        *[
            "",
            "x",
            "Room 1",
            "urn:a b",
            "urn:a\tb",
            "urn:<b",
            "urn:a>",
            'urn:"',
            "urn:{a}",
            "urn:a|b",
            "urn:a\\b",
            "urn:",
        ],
        *[
            "urn:a\u200bb",
            *[f"urn:a{blank}b" for blank in "\u115f\u1160\u3164\uffa0\u2800\u034f\ufe0f\u180b\U000e0100"],
            "urn:a\u202eb",
            "urn:a\ufeff",
            "urn:a\ufffe",
            "urn:a\ufdd0",
            "urn:a\U0001ffff",
            "urn:a\u00a0b",
            "urn:a\u2028",
            "1a:b",
            "urn:\x7f",
        ],
        "urn:x:" + "y" * MAX_URI_BYTES,
        "urn:x:" + "ü" * 600,
        NULL,
        5,
        None,
        ["urn:a:1"],
    ],
)
def test_other_ids_are_refused(entity_id):
    with pytest.raises(BadRequestData, match="id of an entity"):
        parse_entity({**BASE, "id": entity_id}, CORE)


def test_a_text_that_is_much_too_long_for_an_id_is_refused_at_once():
    begun = process_time()

    with pytest.raises(BadRequestData, match="at most"):
        require_uri("urn:x:" + "ü" * 5_000_000, "It")

    assert process_time() - begun < 0.3


def test_an_entity_needs_id_and_type():
    for body, words in [
        ({"type": "Room"}, "'id'"),
        ({"id": "urn:a:1"}, "'type'"),
        ([], "JSON object"),
        (5, "JSON object"),
    ]:
        with pytest.raises(BadRequestData, match=words):
            parse_entity(body, CORE)
    for types in ([], None, 5, [5], [["Room"]], {"a": 1}):
        with pytest.raises(BadRequestData):
            parse_entity({"id": "urn:a:1", "type": types}, CORE)


def test_types_are_told_once_each():
    types = parse_entity({"id": "urn:a:1", "type": ["Room", "Hall", "Room"]}, CORE).types

    assert types == [CORE.expand("Room"), CORE.expand("Hall")]


@pytest.mark.parametrize("scope", ["/A", "A", "/A/b_1/C2", ["/A", "B/C"], "/Köln/Süd"])
def test_scopes_are_levels_of_names(scope):
    assert parse_entity({**BASE, "scope": scope}, CORE).scopes == (scope if isinstance(scope, list) else [scope])


@pytest.mark.parametrize(
    "scope", ["", "/", "//A", "/A/", "/A//B", "/1A", "/A-B", "/A B", ["/A", "/1"], 5, None, NULL, {}, "/A/+"]
)
def test_other_scopes_are_refused(scope):
    with pytest.raises(BadRequestData, match="scope"):
        parse_entity({**BASE, "scope": scope}, CORE)


def test_a_uri_is_asked_for_by_name():
    with pytest.raises(BadRequestData, match="The id in the path must be a URI"):
        require_uri("x y", "The id in the path")


@pytest.mark.parametrize("name", ["vocab", "value", "json", "object"])
def test_a_name_that_values_have_is_an_attribute_where_it_holds_one(name):
    entity = parse_entity({"id": "urn:a:1", "type": "T", name: {"type": "Property", "value": 1}}, CORE)

    assert list(entity.attributes) == [CORE.expand(name)]
    with pytest.raises(BadRequestData, match=f"'{name}' is a member"):
        parse_entity({"id": "urn:a:1", "type": "T", name: 5}, CORE)
