# SPDX-License-Identifier: EUPL-1.2
"""Compiled @contexts say what PyLD says."""

import contextlib
import json
import timeit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pyld import jsonld

from allmende.errors import BadRequestData, LdContextNotAvailable, RequestError
from broker.ngsi.contexts import (
    CORE,
    CORE_CONTEXT_URL,
    MAX_TERMS,
    compile_context,
    is_addressed,
    link_target,
    validate_context,
)
from broker.ngsi.core_terms import CORE_TERMS, DEFAULT_VOCABULARY, NGSI_LD
from broker.ngsi.naming import MAX_KEPT
from broker.ngsi.parsing import parse_entity
from tests.ngsi.oracle import expand, loader_of, names_of_entity, names_of_expanded
from tests.ngsi.strategies import contexts, entities, json_values

DOCUMENTS = {
    "https://example.org/a.jsonld": {"@context": {"alpha": "http://a.org/alpha"}},
    "https://example.org/both.jsonld": {"@context": ["a.jsonld", {"beta": "http://a.org/beta"}, CORE_CONTEXT_URL]},
    "https://example.org/loop.jsonld": {"@context": "loop.jsonld"},
    "https://example.org/empty.jsonld": {},
    "https://example.org/list.jsonld": [],
    "https://example.org/scoped.jsonld": {"@context": {"alpha": {"@id": "http://a.org/", "@context": {}}}},
}


def load(url):
    if url not in DOCUMENTS:
        raise LdContextNotAvailable(f"@context {url} is not available")
    return json.loads(json.dumps(DOCUMENTS[url]))


def compiled(source):
    return compile_context(source, load)


@given(contexts(), entities())
def test_expansion_of_names_types_and_vocabulary_is_that_of_pyld(source, body):
    try:
        expected = names_of_expanded(expand(body, source))
    except jsonld.JsonLdError:
        assume(False)
    try:
        entity = parse_entity(body, compiled(source))
    except BadRequestData as error:
        assume("occurs twice" not in str(error))
        raise

    assert names_of_entity(entity) == expected


@given(contexts(), st.sampled_from(["alpha", "Room", "ex:speed", "nowhere", "ngsi-ld:default-context/beta", "title"]))
def test_compaction_inverts_expansion(source, name):
    context = compiled(source)

    iri = context.expand(name)

    assert context.expand(context.compact(iri)) == iri


@given(contexts(), st.sampled_from(["alpha", "Room", "ex:speed", "https://example.org/full"]))
def test_compaction_of_plain_terms_is_that_of_pyld(source, name):
    plain = {term: value for term, value in source.items() if isinstance(value, str)}
    context = compiled(plain)
    node = {"@id": "urn:x:1", "@type": [context.expand(name)]}

    shown = jsonld.compact(node, {"@context": [plain, CORE_CONTEXT_URL]}, {"documentLoader": loader_of({})})

    assert context.compact(context.expand(name)) == shown["type"]


@given(json_values)
def test_whatever_stands_for_a_context_is_compiled_or_refused(source):
    with contextlib.suppress(RequestError):
        compiled(source)


@pytest.mark.parametrize("keyword", ["@vocab", "@language", "@direction", "@base"])
def test_a_context_may_reset_what_nothing_has_set(keyword):
    context = compiled({keyword: None, "alpha": "https://example.org/a"})

    assert context.expand("alpha") == "https://example.org/a"
    assert context.expand("beta") == DEFAULT_VOCABULARY + "beta"


def test_without_a_context_terms_belong_to_the_default_vocabulary():
    assert compiled(None) is CORE
    assert CORE.expand("speed") == DEFAULT_VOCABULARY + "speed"
    assert CORE.expand("location") == NGSI_LD + "location"
    assert CORE.compact(DEFAULT_VOCABULARY + "speed") == "speed"
    assert CORE.compact("https://example.org/speed") == "https://example.org/speed"


def test_every_core_term_is_compacted_to_one_of_its_names():
    for iri in CORE_TERMS.values():
        assert CORE.expand(CORE.compact(iri)) == iri


@pytest.mark.parametrize("version", ["", "-v1.3", "-v1.8", "-v1.10"])
def test_every_version_of_the_core_context_means_the_core(version):
    url = f"https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context{version}.jsonld"

    context = compiled(url)

    assert context.expand("speed") == DEFAULT_VOCABULARY + "speed"
    assert context.source == url


def test_the_core_is_protected_wherever_it_stands():
    redefined = {"Property": "http://x.org/P", "location": "http://x.org/l", "alpha": "http://x.org/a"}

    for source in (redefined, [redefined, CORE_CONTEXT_URL], [CORE_CONTEXT_URL, redefined]):
        context = compiled(source)

        assert context.expand("Property") == NGSI_LD + "Property"
        assert context.expand("location") == NGSI_LD + "location"
        assert context.expand("alpha") == "http://x.org/a"


def test_a_prefix_may_be_any_name():
    context = compiled({"größe": "http://ex.org/"})

    assert context.compact("http://ex.org/full") == "größe:full"
    assert context.attribute_names["größe:full"] == "http://ex.org/full"
    for name in ("größe:a b", "gr-öße:full"):
        with pytest.raises(BadRequestData):
            context.attribute_names[name]


def test_a_name_whose_short_form_is_redefined_becomes_a_compact_iri():
    context = compiled({"speed": "http://x.org/speed"})

    assert context.compact(DEFAULT_VOCABULARY + "speed") == "ngsi-ld:default-context/speed"
    assert context.expand("ngsi-ld:default-context/speed") == DEFAULT_VOCABULARY + "speed"


def test_documents_name_others_relative_to_themselves():
    context = compiled("https://example.org/both.jsonld")

    assert context.expand("alpha") == "http://a.org/alpha"
    assert context.expand("beta") == "http://a.org/beta"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (5, "not valid JSON-LD"),
        (["https://example.org/a.jsonld", 5], "not valid JSON-LD"),
        ({"alpha": 5}, "not valid JSON-LD"),
        ({"alpha": {"@id": "http://a.org/", "@context": {}}}, "scoped"),
        ("https://example.org/scoped.jsonld", "scoped"),
        ("https://example.org/empty.jsonld", "member '@context'"),
        ("https://example.org/list.jsonld", "member '@context'"),
        ("https://example.org/loop.jsonld", "not valid JSON-LD"),
        ({"@import": "https://example.org/a.jsonld"}, "@import"),
        ({f"t{number}": "http://a.org/" for number in range(MAX_TERMS + 1)}, "at most 10000 terms"),
    ],
)
def test_a_context_that_is_no_context_is_refused_with_its_reason(source, words):
    with pytest.raises(BadRequestData, match=words):
        compiled(source)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (42, "must be a URL, an object, or a list"),
        (True, "must be a URL, an object, or a list"),
        (None, "must be a URL, an object, or a list"),
        (["https://example.org/a.jsonld", 7], "must be a URL, an object, or a list"),
        ([[{}]], "must be a URL, an object, or a list"),
        ({"alpha": 5}, "not valid JSON-LD"),
        ([{"alpha": "http://a.org/"}, {"beta": 5}], "not valid JSON-LD"),
        ({"alpha": {"@id": "http://a.org/", "@context": {}}}, "scoped"),
        ([{"@import": "http://a.org/"}, "https://example.org/a.jsonld"], "@import"),
        ([{f"t{number}": "http://a.org/" for number in range(MAX_TERMS + 1)}, "http://a.org/"], "at most 10000 terms"),
    ],
)
def test_what_is_no_context_is_refused_before_anybody_uses_it(source, words):
    with pytest.raises(BadRequestData, match=words):
        validate_context(source)


@pytest.mark.parametrize(
    "source", ["https://nowhere.example/", {"alpha": "http://a.org/"}, [{}, "https://nowhere.example/"], []]
)
def test_a_context_is_judged_without_what_it_names_elsewhere(source):
    validate_context(source)


def test_documents_have_so_many_terms_at_most_all_together():
    half = {"@context": {f"t{number}": "http://a.org/" for number in range(MAX_TERMS // 2 + 1)}}

    with pytest.raises(BadRequestData, match="with those of all documents"):
        compile_context(["https://example.org/1", "https://example.org/2"], lambda _: half)


@pytest.mark.parametrize(
    ("source", "is_whole"),
    [
        (None, True), (CORE_CONTEXT_URL, True), ("https://example.org/a.jsonld", True), (["https://example.org/a.jsonld"], True),
        ([CORE_CONTEXT_URL, "https://example.org/a.jsonld"], True), ({"alpha": "http://a.org/"}, False),
        (["https://example.org/a.jsonld", "https://example.org/both.jsonld"], False),
        (["https://example.org/a.jsonld", {"beta": "http://b.org/"}], False),
    ],
)  # fmt: skip
def test_one_url_names_the_whole_of_some_contexts(source, is_whole):
    context = compiled(source)

    assert is_addressed(context) is is_whole
    assert link_target(context.at("https://example.org/made")) == "https://example.org/made"
    assert context.address is None


def test_a_path_of_this_api_is_loaded_as_it_was_named():
    asked = []

    compile_context(
        ["/here/a", "https://example.org/a"],
        lambda url: asked.append(url) or {"@context": ["b"] if url == "/here/a" else {}},
    )

    assert asked == ["/here/a", "/here/b", "https://example.org/a"]


def test_a_context_that_cannot_be_had_says_so():
    with pytest.raises(LdContextNotAvailable, match=r"https://example\.org/gone"):
        compiled(["https://example.org/gone.jsonld"])


def test_a_term_without_meaning_is_refused_when_it_is_used():
    context = compiled({"alpha": None, "beta": {"@reverse": "http://x.org/b"}})

    for term in ("alpha", "beta"):
        with pytest.raises(BadRequestData, match=term):
            context.attribute_names[term]


def test_names_that_senders_make_up_do_not_fill_the_memory():
    context = compiled({"alpha": "http://x.org/a"})

    for number in range(30_000):
        context.attribute_names[f"made_up_{number}"]

    assert len(context.attribute_names) <= MAX_KEPT
    assert context.attribute_names["made_up_29999"] == DEFAULT_VOCABULARY + "made_up_29999"


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (None, CORE_CONTEXT_URL),
        ("https://example.org/a.jsonld", "https://example.org/a.jsonld"),
        ([CORE_CONTEXT_URL, "https://example.org/a.jsonld"], "https://example.org/a.jsonld"),
        ({"alpha": "http://x.org/a"}, CORE_CONTEXT_URL),
    ],
)
def test_the_link_header_names_the_users_context(source, target):
    assert link_target(compiled(source)) == target


def test_expansion_is_a_hundred_times_as_fast_as_that_of_pyld():
    source = {name: f"http://x.org/{name}" for name in ("Room", "temperature", "humidity", "refDevice")}
    reading = {"type": "Property", "value": 1.5, "unitCode": "CEL", "observedAt": "2026-01-01T00:00:00Z"}
    body = {"id": "urn:x:1", "type": "Room", **{f"m{number}": reading for number in range(9)}, "temperature": reading}
    context = compiled(source)
    names = [name for name in body if name not in {"id", "type"}]

    ours = _seconds(lambda: (context.type_names[body["type"]], [context.attribute_names[name] for name in names]), 500)
    theirs = _seconds(lambda: expand(body, source), 3)

    assert names_of_entity(parse_entity(body, context)) == names_of_expanded(expand(body, source))
    assert theirs / ours >= 100


def _seconds(work, number):
    return min(timeit.repeat(work, number=number, repeat=5)) / number
