# SPDX-License-Identifier: EUPL-1.2
"""Filters, and entities that they may be true of, for property tests: a small world where much is nearly equal."""

from typing import Any

from hypothesis import strategies as st

from broker.ngsi.contexts import CORE
from broker.ngsi.entities import State
from broker.ngsi.filters.moments import to_moment
from broker.ngsi.filters.tree import (
    And,
    Compares,
    Equals,
    Exists,
    Filter,
    Fits,
    Holds,
    InScope,
    Linked,
    Not,
    Or,
    Path,
    Span,
)
from broker.ngsi.parsing import parse_entity

NAMES = ("alpha", "beta")
IDS = tuple(f"urn:ngsi-ld:Thing:{number}" for number in range(3))
TEXTS = ("", "a", "b", "ab", "Ab", "ä", "\U0001f600", "\ufb01", "a\nb", "a\x0bb", "7", "true", IDS[0])
TIMES = (
    *("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.0Z", "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.50Z"),
    *("2026-01-01T00:00:00.049Z", "2026-01-01T00:00:00.123456789Z", "2026-01-01T00:00:01Z"),
)
MOMENTS = (*TIMES, "2026-01-01", "2026-01-02", "00:00:00Z", "00:00:00.50Z", "00:00:00.5Z")
NUMBERS = (0, -0.0, 1, 1.0, 1.5, -3, 1e16, 2**53, 2**53 + 1, 2**63, 9.007199254740993e15, 1e23, 10**15, 5e-324)
PATTERNS = ("a", "^a$", "b?", "^.b", "[^a]", "a.b", r"\s", r"[\s]b", r"^\S+$", r"^\w*$", "^$", "(a|7)", "a{1,2}", r"\d")
LANGUAGES = ("de", "en", "@none")
KEYS = ("k", "l", "@value")
CREATED, MODIFIED = "2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:00.500000Z"

numbers = st.sampled_from(NUMBERS)
texts = st.sampled_from((*TEXTS, *MOMENTS))
scalars = numbers | st.booleans() | texts
typed = texts.map(lambda text: {"@type": "DateTime", "@value": text})
values = scalars | st.recursive(
    scalars | typed,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner | st.none(), max_size=2),
    max_leaves=4,
)
uris = st.sampled_from(IDS)
language_maps = st.dictionaries(
    st.sampled_from(LANGUAGES), texts | st.lists(texts, min_size=1, max_size=2), min_size=1, max_size=3
)
points = st.just({"type": "Point", "coordinates": [7.5, 51.9]})

KINDS: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    "Property": ("value", values),
    "GeoProperty": ("value", points),
    "Relationship": ("object", uris | st.lists(uris, min_size=1, max_size=2)),
    "LanguageProperty": ("languageMap", language_maps),
    "VocabProperty": ("vocab", st.sampled_from(("a", "urn:x:b")) | st.just(["a", "b"])),
    "JsonProperty": ("json", st.lists(values, max_size=2) | st.dictionaries(st.sampled_from(KEYS), values, max_size=2)),
    "ListProperty": ("valueList", st.lists(values, max_size=3)),
    "ListRelationship": ("objectList", st.lists(uris, max_size=2)),
}


@st.composite
def instances(draw: st.DrawFn, depth: int = 1) -> dict[str, Any]:
    """An attribute instance as it is stored but for the names."""
    kind = draw(st.sampled_from(["Property"] * 6 + ["Relationship"] * 2 + sorted(KINDS)))
    member, drawn = KINDS[kind]
    instance = {"type": kind, member: draw(drawn)}
    if kind == "Property" and draw(st.booleans()):
        instance["unitCode"] = draw(st.sampled_from(("CEL", "a")))
    if draw(st.booleans()):
        instance["observedAt"] = draw(st.sampled_from(TIMES))
    if depth and draw(st.booleans()):
        instance |= draw(attributes(depth - 1))
    return instance


@st.composite
def datasets(draw: st.DrawFn, depth: int) -> list[dict[str, Any]]:
    """Several instances of an attribute."""
    return [draw(instances(depth)), {**draw(instances(depth)), "datasetId": draw(uris)}]


def attributes(depth: int = 1) -> st.SearchStrategy[dict[str, Any]]:
    """Attributes by name."""
    names = st.sampled_from(NAMES)
    return st.dictionaries(names, instances(depth) | instances(depth) | datasets(depth), min_size=depth, max_size=2)


@st.composite
def states(draw: st.DrawFn, entity_id: str = IDS[0]) -> State:
    """An entity as it is stored: some instances have times of their own."""
    scopes = draw(
        st.lists(st.sampled_from(("/A", "A/B", "/A/B", "/A/Bb", "/A/B/C", "D/B", "/ä")), max_size=2, unique=True)
    )
    types = draw(st.sampled_from((["T"], ["T", "U"])))
    entity = parse_entity({"id": entity_id, "type": types, **draw(attributes())}, CORE)
    for found in entity.attributes.values():
        for instance in found:
            if draw(st.booleans()):
                instance["createdAt"] = CREATED[:-7] + "7Z"
    return State(entity_id, entity.types, entity.attributes, scopes, CREATED, MODIFIED)


@st.composite
def simple_states(draw: st.DrawFn) -> State:
    """An entity of which one attribute has one value, or a few."""
    value = draw(scalars | typed | st.lists(scalars, max_size=2))
    kind = draw(st.sampled_from(("Property", "ListProperty"))) if type(value) is list else "Property"
    attribute = {"type": kind, KINDS[kind][0]: value}
    entity = parse_entity({"id": IDS[0], "type": "T", NAMES[0]: attribute}, CORE)
    return State(entity.id, entity.types, entity.attributes, [], CREATED, MODIFIED)


@st.composite
def towns(draw: st.DrawFn) -> list[State]:
    """Entities that may lead to each other."""
    return [draw(states(entity_id)) for entity_id in IDS[: draw(st.integers(1, 3))]]


iris = st.sampled_from([CORE.expand(name) for name in NAMES])
moments = st.sampled_from(MOMENTS).map(to_moment)
literals = numbers | texts | moments
times = st.sampled_from(TIMES).map(to_moment)


def paths() -> st.SearchStrategy[Path]:
    """Paths to attributes, members and keys."""
    dotted = st.lists(iris, min_size=1, max_size=2).map(tuple)
    keys = st.sampled_from([("k",), ("k", "l"), ("de",), ("*",), ("@value",), ("type",)])
    plain = st.builds(Path, st.tuples(iris))
    return plain | plain | plain | st.builds(Path, dotted) | st.builds(Path, dotted, st.none(), keys)


def spans(ends: st.SearchStrategy[Any]) -> st.SearchStrategy[Span]:
    return st.builds(Span, ends, ends)


def tests() -> st.SearchStrategy[Any]:
    """Tests of values."""
    kinds = [
        st.sampled_from([one for one in map(to_moment, MOMENTS) if one.kind == kind]) for kind in ("DateTime", "Time")
    ]
    ranges = spans(numbers) | spans(texts) | spans(kinds[0]) | spans(kinds[1])
    one_or_more = st.lists(literals | st.booleans() | uris | ranges, min_size=1, max_size=5).map(tuple)
    return (
        st.builds(Equals, one_or_more, st.booleans())
        | st.builds(Compares, st.sampled_from(("<", "<=", ">", ">=")), literals)
        | st.builds(Fits, st.sampled_from(PATTERNS), st.booleans())
    )


def member_terms() -> st.SearchStrategy[Filter]:
    """Tests of members of instances, and of the entity's own times."""
    dotted = st.lists(iris, min_size=1, max_size=2).map(tuple)
    of_times = st.builds(Equals, times.map(lambda one: (one,)), st.booleans()) | st.builds(
        Compares, st.sampled_from(("<", "<=", ">", ">=")), times
    )
    of_texts = st.builds(Equals, st.sampled_from((*IDS, "a", "CEL")).map(lambda one: (one,)), st.booleans())
    timed = st.builds(Path, dotted, st.sampled_from(("createdAt", "modifiedAt", "observedAt")))
    own = st.builds(Path, st.just(()), st.sampled_from(("createdAt", "modifiedAt")))
    worded = st.builds(Path, dotted, st.sampled_from(("unitCode", "datasetId")))
    return (
        st.builds(Holds, timed | own, of_times) | st.builds(Holds, worded, of_texts) | st.builds(Exists, timed | worded)
    )


scopes = st.builds(
    InScope, st.lists(st.sampled_from(("A", "B", "C", "+", "ä")), max_size=3).map(tuple), st.booleans()
).filter(lambda scope: scope.levels or scope.below)
terms = st.builds(Holds, paths(), tests()) | st.builds(Exists, paths()) | member_terms() | scopes
filters = st.recursive(
    terms,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(And, st.lists(inner, min_size=1, max_size=3).map(tuple))
        | st.builds(Or, st.lists(inner, min_size=1, max_size=3).map(tuple))
        | st.builds(Linked, iris, st.sampled_from(((), (CORE.expand("U"),))), inner)
    ),
    max_leaves=5,
)
