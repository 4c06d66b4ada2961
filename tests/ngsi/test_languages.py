# SPDX-License-Identifier: EUPL-1.2
"""The language filter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.errors import BadRequestData
from broker.ngsi.contexts import CORE
from broker.ngsi.languages import choose_language, in_language, parse_languages
from broker.ngsi.parsing import parse_entity
from tests.ngsi.model import BASE
from tests.ngsi.strategies import entities

TAGS = ["@none", "de", "de-AT", "en-US", "fr", "nl", "zh-Hant-TW"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("de", ("de",)),
        ("fr;q=0.2,nl;q=0.9", ("nl", "fr")),
        ("fr-CH, fr;q=0.9 ,EN ; q = 0.8,*;q=0.5", ("fr-ch", "fr", "en", "*")),
        ("de;q=0,en", ("en",)),
        ("de,en", ("de", "en")),
    ],
)
def test_languages_are_ordered_by_their_weight_and_then_as_they_stand(text, wanted):
    assert parse_languages(text) == wanted


@pytest.mark.parametrize("text", ["", ",", "de,", "d_e", "de;q=", "de;q=2", "de;q=1.5", "de;x=1", "*-de", "a" * 9])
def test_what_is_no_list_of_languages_is_refused(text):
    with pytest.raises(BadRequestData, match="lang"):
        parse_languages(text)


@pytest.mark.parametrize(
    ("tags", "wanted", "chosen"),
    [
        (["fr", "nl"], ["nl", "fr"], "nl"),
        (["fr", "nl"], ["FR".lower()], "fr"),
        (["FR", "nl"], ["fr"], "FR"),
        (["fr", "nl"], ["nl-be"], "nl"),
        (["de", "en-US"], ["en"], "en-US"),
        (["de", "zh-Hant-TW"], ["zh-hant-hk"], "zh-Hant-TW"),
        (["de-DE", "en"], ["de-at", "en"], "de-DE"),
        (["fr", "nl"], ["pt"], "fr"),
        (["fr", "@none"], ["pt"], "@none"),
        (["fr", "@none"], ["*"], "@none"),
        (["fr", "nl"], ["pt", "*", "nl"], "fr"),
        (["fr", "nl"], [], "fr"),
    ],
)
def test_the_language_is_the_one_that_serves_best(tags, wanted, chosen):
    assert choose_language(tags, wanted) == chosen


@given(st.lists(st.sampled_from(TAGS), min_size=1, unique=True), st.lists(st.sampled_from(TAGS).map(str.lower)))
def test_some_language_is_always_chosen(tags, wanted):
    chosen = choose_language(tags, wanted)

    assert chosen in tags
    assert not wanted or wanted[0] not in map(str.lower, tags) or chosen.lower() == wanted[0]


def test_texts_of_attributes_of_attributes_are_chosen_too():
    body = {**BASE, "alpha": {"value": 1, "beta": {"languageMap": {"de": ["a", "b"], "en": "c"}}}}

    (alpha,) = in_language(parse_entity(body, CORE).attributes, ("de",)).values()

    assert alpha[0][CORE.expand("beta")] == [{"type": "Property", "value": ["a", "b"], "lang": "de"}]
    assert alpha[0]["value"] == 1


@given(entities())
def test_no_text_in_several_languages_is_left(body):
    assert "languageMap" not in str(in_language(_without_values(parse_entity(body, CORE).attributes), ("de",)))


def _without_values(attributes):
    return {
        name: [
            instance if instance["type"] == "LanguageProperty" else {"type": "Property", "value": 1}
            for instance in instances
        ]
        for name, instances in attributes.items()
    }
