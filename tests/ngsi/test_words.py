# SPDX-License-Identifier: EUPL-1.2
"""Words for search: what finds what, and queries that no text breaks."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.ngsi.words import MAX_ASKED, MAX_LENGTH, fold, has_enough, index_words, spellings, to_query

TEXTS = st.text(max_size=60) | st.text(alphabet="äöüßÄÖÜẞéğıİŁ ﬁa1'\\&|!():*<->", max_size=30)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("Mühle", "muhl"),
        ("Mühle", "MUEHLE"),
        ("Muehle", "Muehl"),
        ("Mu\u0308hle", "Mühle"),
        ("Lange Straße", "lange strasse"),
        ("LANGE STRASSE", "Straße"),
        ("Straße", "STRAẞE"),
        ("Café Ångström", "angstrom"),
        ("ﬁne dust", "fine"),
        ("مَدرَسة", "مدرسة"),
        ("Ταξίδι ΟΔΟΣ", "οδος"),
        ("Zähler_12/b", "12"),
        ("Room①", "room1"),
    ],
)
def test_what_finds_what(name, asked):
    indexed = set(index_words([name], []).split(" "))

    *whole, last = spellings(asked)

    assert all(indexed.intersection(forms) for forms in whole)
    assert any(word.startswith(form) for word in indexed for form in last)


def test_another_name_is_not_found():
    assert not any(word.startswith("muhl") for word in index_words(["Mahlow", "Müll"], []).split(" "))


@given(TEXTS)
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@given(TEXTS)
def test_a_text_is_found_by_itself_in_any_case(text):
    indexed = set(index_words([text], []).split(" "))

    for form in (text, text.casefold()):
        assert all(indexed.intersection(forms) for forms in spellings(form)[:MAX_ASKED])


@given(TEXTS)
def test_words_hold_letters_and_digits_only(text):
    words = [word for forms in spellings(text) for word in forms]

    assert all(word.isalnum() and 1 <= len(word) <= MAX_LENGTH for word in words)


@given(TEXTS, st.lists(st.text(min_size=1, max_size=20), max_size=3))
def test_a_query_is_made_of_quoted_words_and_operators(text, types):
    query = to_query(text, types)

    bare = re.sub(r"'(?:[^'\\]|''|\\\\)*'(?::\*)?", "w", query)
    assert re.fullmatch(r"(?:\(w(?: \| w)*\)(?: & (?=\())?)*", bare)


@pytest.mark.parametrize(
    ("text", "enough"), [("", False), ("a", False), ("- ä !", False), ("ab", True), ("a b cd", True)]
)
def test_a_search_needs_a_word_of_two_letters(text, enough):
    assert has_enough(text) is enough


def test_types_stand_beside_words_and_are_no_words():
    assert index_words(["Type"], ["https://example.org/Type"]) == "type =https://example.org/Type"
    assert to_query("Am Markt", ["urn:x:it's"]) == "('am') & ('markt':*) & ('=urn:x:it''s')"
    assert to_query("", []) == ""
