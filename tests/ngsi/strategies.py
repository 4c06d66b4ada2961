# SPDX-License-Identifier: EUPL-1.2
"""Entities, @contexts and JSON for property tests."""

from functools import cache
from typing import Any

from hypothesis import strategies as st

from broker.ngsi.entities import NULL

TERMS = ("alpha", "beta", "gamma", "Delta", "größe", "x_1", "status", "location2", "name", "title")
NAMES = (*TERMS, "unknown", "ex:speed", "other:thing", "https://example.org/full", "ngsi-ld:default-context/alpha")
TIMES = ("2026-01-01T00:00:00Z", "2026-06-30T23:59:59.123456Z", "2025-02-28T12:00:00.5Z", "1999-12-31T23:59:59Z")
WORDS = ("alpha", "ex:word", "https://example.org/word", "nowhere", "Delta")

uris = st.builds("urn:ngsi-ld:{}:{}".format, st.sampled_from(["Device", "Room", "Straße"]), st.integers(0, 99))
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12).filter(lambda text: text != NULL)
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False, width=64)
scalars = numbers | st.booleans() | texts
json_values = st.recursive(
    scalars | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(texts, json_values, max_size=3)
positions = st.tuples(st.floats(-180, 180), st.floats(-90, 90)).map(list)
geometries = st.one_of(
    positions.map(lambda position: {"type": "Point", "coordinates": position}),
    st.lists(positions, min_size=2, max_size=4).map(lambda line: {"type": "LineString", "coordinates": line}),
    st.lists(positions, min_size=3, max_size=4).map(
        lambda ring: {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    ),
)
one_or_more_words = st.sampled_from(WORDS) | st.lists(st.sampled_from(WORDS), min_size=1, max_size=3)
language_maps = st.dictionaries(st.sampled_from(["de", "en-GB", "@none"]), texts, min_size=1, max_size=3)

VALUES: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    "Property": ("value", scalars | objects | st.lists(json_values, max_size=3) | geometries),
    "GeoProperty": ("value", geometries),
    "Relationship": ("object", uris | st.lists(uris, min_size=1, max_size=2)),
    "LanguageProperty": ("languageMap", language_maps),
    "VocabProperty": ("vocab", one_or_more_words),
    "JsonProperty": ("json", objects | st.lists(json_values, max_size=3)),
    "ListProperty": ("valueList", st.lists(scalars, max_size=3)),
    "ListRelationship": ("objectList", st.lists(uris.map(lambda uri: {"object": uri}), max_size=3)),
}


# Made once: to make a strategy at each draw takes longer than to draw.
kinds = st.sampled_from(sorted(VALUES))
unit_codes = st.sampled_from(["CEL", "P1"])
times = st.sampled_from(TIMES)
attribute_names = st.sampled_from([name for name in NAMES if name != "ngsi-ld:default-context/alpha"])
dataset_names = st.lists(uris, min_size=1, max_size=2, unique=True)
type_names = st.lists(st.sampled_from(["Delta", "Room", "ex:Type"]), min_size=1, max_size=2, unique=True)
scopes = st.sampled_from(["/A/B", ["/A", "C/d_1"]])


@cache
@st.composite
def instances(draw: st.DrawFn, depth: int = 1) -> dict[str, Any]:
    """A normalized attribute instance."""
    kind = draw(kinds)
    member, values = VALUES[kind]
    instance = {"type": kind, member: draw(values)}
    if kind == "Property" and draw(st.booleans()):
        instance["unitCode"] = draw(unit_codes)
    if draw(st.booleans()):
        instance["observedAt"] = draw(times)
    if depth and draw(st.booleans()):
        instance |= draw(attributes(depth=depth - 1, most=2))
    return instance


@cache
@st.composite
def datasets(draw: st.DrawFn, depth: int = 1) -> list[dict[str, Any]]:
    """Several instances of an attribute, the default one first."""
    with_datasets = [{**draw(instances(depth)), "datasetId": name} for name in draw(dataset_names)]
    return [draw(instances(depth)), *with_datasets]


@cache
def attributes(depth: int = 1, most: int = 4) -> st.SearchStrategy[dict[str, Any]]:
    """Attributes whose names do not stand for the same."""
    return st.dictionaries(attribute_names, instances(depth) | datasets(depth), max_size=most)


@st.composite
def entities(draw: st.DrawFn) -> dict[str, Any]:
    """A normalized entity."""
    types = draw(type_names)
    entity = {"id": draw(uris), "type": types[0] if len(types) == 1 else types, **draw(attributes())}
    if draw(st.booleans()):
        entity["scope"] = draw(scopes)
    return entity


IRIS = ("http://x.org/a", "http://x.org/b#", "urn:x:", "https://example.org/", "ex:term")


iris = st.sampled_from(IRIS)
definitions = iris | st.builds(
    lambda iri, kind: {"@id": iri, "@type": kind}, iris, st.sampled_from(["@id", "@vocab", "http://x.org/type"])
)
terms = st.dictionaries(st.sampled_from([*TERMS, "Room", "value", "observedAt"]), definitions, max_size=5)
prefixes = st.sampled_from(["http://ex.org/", "http://ex.org/#"])


@st.composite
def contexts(draw: st.DrawFn) -> dict[str, Any]:
    """A user's @context with prefixes, terms and a vocabulary."""
    context: dict[str, Any] = {"ex": draw(prefixes)}
    if draw(st.booleans()):
        context["@vocab"] = "http://vocab.org/"
    context |= draw(terms)
    return context
