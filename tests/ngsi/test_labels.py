# SPDX-License-Identifier: EUPL-1.2
"""What people call an entity."""

import orjson
import pytest

from broker.ngsi.contexts import CORE
from broker.ngsi.entities import State, touched
from broker.ngsi.labels import has_new_label, label_in, label_of, label_texts, last_part
from broker.ngsi.parsing import parse_entity

TIME = "2026-06-01T12:00:00.000000Z"


def state(entity_id: str = "urn:ngsi-ld:Mill:7", **attributes: object) -> State:
    entity = parse_entity({"id": entity_id, "type": "Mill", **attributes}, CORE)
    return State(entity.id, entity.types, entity.attributes, [], TIME, TIME)


LANGUAGES = {"languageMap": {"de": "Alte Mühle", "en": ["Old Mill", "Mill"]}}


def test_a_label_has_so_many_languages_and_no_more():
    attributes = {"name": {"languageMap": {f"x-{number}": "Mühle" for number in range(60)}}}

    assert len(label_texts(state(**attributes).attributes)) == 50


@pytest.mark.parametrize(
    ("attributes", "texts"),
    [
        ({"name": "Mühle"}, {"@none": "Mühle"}),
        ({"name": "  Mühle\n"}, {"@none": "Mühle"}),
        ({"title": "Titel", "name": "Name"}, {"@none": "Name"}),
        ({"name": " ", "title": "Titel"}, {"@none": "Titel"}),
        ({"name": LANGUAGES}, {"de": "Alte Mühle", "en": "Old Mill"}),
        ({"https://schema.org/name": "Schema"}, {"@none": "Schema"}),
        ({"http://purl.org/dc/terms/title": "Dublin"}, {"@none": "Dublin"}),
        ({"filename": "x.csv", "subtitle": "no"}, {}),
        ({"name": 7}, {}),
        ({"name": {"object": "urn:a:b"}}, {}),
        ({"name": {"value": ["a"]}}, {}),
        ({}, {}),
    ],
)
def test_the_name_else_the_title_is_the_label(attributes, texts):
    assert label_texts(state(**attributes).attributes) == texts


def test_an_entity_without_a_name_is_found_by_the_last_part_of_its_id():
    label = label_of(state("https://example.org/mills/S-101/"))

    assert label.texts is None
    assert label.words.split(" ")[:2] == ["s", "101"]


def test_a_named_entity_is_found_in_each_of_its_languages_and_not_by_its_id():
    label = label_of(state(name=LANGUAGES))

    assert orjson.loads(label.texts or "") == {"de": "Alte Mühle", "en": "Old Mill"}
    assert {"alte", "muhle", "muehle", "old", "mill"} == {word for word in label.words.split(" ") if word[0] != "="}


@pytest.mark.parametrize(
    ("old", "new", "is_new"),
    [
        (None, state(), True),
        (state(name="a"), state(name="b"), True),
        (state(name="a"), state(), True),
        (state(), state(title="b"), True),
        (state(name="a"), state(name="a", count=2), False),
        (state(name={"value": "a", "observedAt": "2026-06-01T12:00:00Z"}), state(name="a"), False),
        (state(count=1), state(count=2), False),
    ],
)
def test_a_label_is_new_where_it_says_something_else(old, new, is_new):
    before = {} if old is None else old.attributes
    assert has_new_label(old, new, touched(before, new.attributes)) is is_new


def test_a_label_is_told_in_the_language_that_is_asked_for_where_there_is_one():
    assert label_in({"de": "Mühle", "en": "Mill"}, "de", "urn:a:1") == "Mühle"
    assert label_in({"fr": "Moulin", "@none": "M 1"}, "de", "urn:a:1") == "M 1"
    assert label_in({"fr": "Moulin"}, "de", "urn:a:1") == "Moulin"
    assert label_in({"fr": "Moulin", "en": "Mill"}, "de", "urn:a:1") == "Mill"
    assert label_in({"en": "Mill", "de-AT": "Mühle"}, "de", "urn:a:1") == "Mühle"
    assert label_in(None, "de", "urn:a:1") == "1"


@pytest.mark.parametrize(
    ("entity_id", "part"), [("urn:a:b", "b"), ("http://x.de/y#z", "z"), ("urn:a:", "a"), ("x", "x"), (":", ":")]
)
def test_the_last_part_of_an_id(entity_id, part):
    assert last_part(entity_id) == part
