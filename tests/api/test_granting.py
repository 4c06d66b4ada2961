# SPDX-License-Identifier: EUPL-1.2
"""Documents of datasets and grants say all of what is stored, and patches change what they name."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.granting import datasets, grants
from api.granting.models import DatasetDocument
from api.granting.names import merged
from api.openapi.describing import to_schema
from auth.granting.rows import to_dataset
from auth.granting.values import Dataset, Grant
from auth.policy import Rounding, Share
from auth.principals import AUTHENTICATED, Subject
from broker.ngsi.contexts import CORE, compile_context

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
CITY = compile_context({"Tree": "https://city.example/Tree", "city": "https://city.example/"}, lambda url: url)

iris = st.frozensets(
    st.sampled_from(["https://city.example/Tree", "https://uri.etsi.org/ngsi-ld/location", "urn:x:y"])
    | st.sampled_from(["Tree", "owner", "Größe"]).map(lambda name: CORE.attribute_names[name]),
    min_size=1,
)
maybe_iris = st.none() | iris
scopes = st.none() | st.frozensets(st.sampled_from(["/A", "/A/B", "/A/+", "/A/#", "/#"]), min_size=1)
shown = st.tuples(iris, st.just(frozenset())) | st.tuples(
    st.none(), st.frozensets(st.sampled_from(["urn:x:y", "urn:x:z"]))
)
times = st.none() | st.integers(1, 100).map(lambda hours: NOON + timedelta(hours=hours))
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)


@st.composite
def made_datasets(draw):
    pick, omit = draw(shown)
    rounding = Rounding(place_m=draw(st.sampled_from([0.0, 0.5, 100.0])), time_s=draw(st.integers(0, 200_000)))
    ids = draw(st.none() | st.just(frozenset({"urn:ngsi-ld:Tree:1", "urn:ngsi-ld:Tree:2"})))
    share = Share(types=draw(maybe_iris), scopes=draw(scopes), ids=ids, pick=pick, omit=omit, rounding=rounding)
    return Dataset(
        slug=draw(st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True)),
        title=draw(st.dictionaries(st.sampled_from(["de", "en"]), texts)),
        license=draw(st.none() | texts),
        visibility=draw(st.sampled_from(["private", "registered", "public"])),
        share=share,
    )


@st.composite
def made_grants(draw):
    kind = draw(st.sampled_from(["tenant", "dataset", "type", "scope", "entity"]))
    ids = {"tenant": "", "dataset": "trees", "scope": "/A/#", "entity": "urn:a:1", "type": "https://city.example/Tree"}
    pick, omit = draw(shown)
    begin, until = draw(times), draw(times)
    return Grant(
        subject=draw(st.sampled_from([AUTHENTICATED, Subject("user", "anna"), Subject("role", "town hall")])),
        action=draw(st.sampled_from(["read", "write", "admin"])),
        target_kind=kind,
        target_id=ids[kind],
        pick=pick,
        omit=omit,
        valid_from=None if until and begin and begin >= until else begin,
        valid_until=until,
    )


@given(made_datasets(), st.sampled_from([CORE, CITY]))
def test_a_document_says_all_of_a_dataset(dataset, context):
    document = datasets.to_document(dataset, context.compact, whole=True)

    assert datasets.parse_dataset(json.loads(json.dumps(document)), context) == dataset


@given(made_datasets())
def test_a_patch_that_names_nothing_changes_nothing(dataset):
    assert datasets.patched(dataset, {}, CITY) == dataset
    assert datasets.patched(dataset, {"slug": dataset.slug}, CITY) == dataset


@given(made_datasets())
def test_others_are_not_told_what_is_left_out(dataset):
    told = datasets.to_document(dataset, str, whole=False)

    assert "omit" not in told.get("attributes", {})
    assert {**told, "attributes": 0} == {**datasets.to_document(dataset, str, whole=True), "attributes": 0}


@given(made_grants(), st.sampled_from([CORE, CITY]))
def test_a_document_says_all_of_a_grant(grant, context):
    document = grants.to_document(grant, context.compact)
    document.pop("id")

    assert grants.parse_grant(document, context, tenant="default", now=NOON) == grant


@pytest.mark.parametrize(
    ("document", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch_does_what_rfc_7396_says(document, patch, result):
    assert merged(document, patch) == result


def test_a_dataset_is_the_same_after_it_was_stored():
    row = {
        "slug": "a",
        "title": {},
        "license": None,
        "visibility": "public",
        "types": None,
        "scopes": ["/A"],
        "ids": None,
    }
    row |= {"pick": None, "omit": ["urn:x:y"], "place_m": 1.5, "time_s": 60}

    share = Share(scopes=frozenset({"/A"}), omit=frozenset({"urn:x:y"}), rounding=Rounding(place_m=1.5, time_s=60))
    assert to_dataset(row) == Dataset(slug="a", visibility="public", share=share)


def test_a_schema_refers_to_nothing_beside_it():
    assert "$ref" not in json.dumps(to_schema(DatasetDocument))
