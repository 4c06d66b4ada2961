# SPDX-License-Identifier: EUPL-1.2
"""Languages of pages."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from api.exports.members import plain_value
from api.languages import choose_language, choose_text, to_number
from api.pages.texts import texts_of
from api.pages.words import to_age, to_moment, to_span
from broker.ngsi.labels import label_in


@pytest.mark.parametrize(
    ("asked", "remembered", "accepted", "language"),
    [
        ("de", "en", "en", "de"),
        (None, "de", "en", "de"),
        (None, None, "de-AT,de;q=0.9,en;q=0.8", "de"),
        (None, None, "fr, en;q=0.3, de;q=0.7", "de"),
        (None, None, "de;q=0, en;q=0.1", "en"),
        ("fr", "xx", "nonsense;q=x", "en"),
        (None, None, "", "en"),
    ],
)
def test_the_address_wins_over_the_cookie_and_the_cookie_over_the_browser(asked, remembered, accepted, language):
    assert choose_language(asked, remembered, accepted) == language


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3600, "in the future"),
        (-1, "just now"),
        (0, "just now"),
        (30, "30 s ago"),
        (119, "119 s ago"),
        (120, "2 min ago"),
        (7199, "119 min ago"),
        (7200, "2 h ago"),
        (86_400 * 3, "3 days ago"),
    ],
)
def test_an_age_is_told_in_words(seconds, words):
    assert to_age(timedelta(seconds=seconds), texts_of("frame", "en")) == words


@pytest.mark.parametrize(
    ("value", "language", "text"),
    [
        (1234567, "de", "1.234.567"),
        (1234.5, "de", "1.234,5"),
        (1234.5, "en", "1,234.5"),
        (2.0, "en", "2"),
        (0.12345, "de", "0,123"),
        (-3.10, "de", "-3,1"),
        (0.000012, "de", "1,20e-05"),
        (-6.02e23, "en", "-6.02e+23"),
        (0, "de", "0"),
    ],
)
def test_a_number_has_the_separators_of_the_language(value, language, text):
    assert to_number(value, language) == text


@pytest.mark.parametrize("year", [1, 9999])
def test_a_time_at_the_edge_of_the_calendar_is_told_too(year):
    edge = datetime(year, 12 if year > 1 else 1, 31 if year > 1 else 1, 23 if year > 1 else 0, 30, tzinfo=UTC)

    assert str(year) in to_moment(edge, "de", ZoneInfo("Europe/Berlin" if year > 1 else "America/New_York"))


@pytest.mark.parametrize(("language", "text"), [("de", "09.03.2026, 01:05"), ("en", "9 Mar 2026, 01:05")])
def test_a_time_is_that_of_the_towns_clock(language, text):
    assert to_moment(datetime(2026, 3, 9, 0, 5, tzinfo=UTC), language, ZoneInfo("Europe/Berlin")) == text


@pytest.mark.parametrize(
    ("hours", "text"),
    [(1, "09.03.2026, 01:05–02:05"), (24, "09.03.2026, 01:05 – 10.03.2026, 01:05")],
)
def test_a_span_names_a_day_once(hours, text):
    start = datetime(2026, 3, 9, 0, 5, tzinfo=UTC)

    assert to_span(start, start + timedelta(hours=hours), "de", ZoneInfo("Europe/Berlin")) == text


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        ({"fr": "Mairie", "en": "Town hall"}, "Town hall"),
        ({"en": "Town hall", "de-AT": "Rathaus"}, "Rathaus"),
        ({"en": "Town hall", "@none": "R 1"}, "R 1"),
        ({"fr": "Mairie"}, "Mairie"),
    ],
)
def test_an_entity_has_one_name_on_pages_in_lists_and_in_files(texts, name):
    instance = {"type": "LanguageProperty", "languageMap": texts}

    assert choose_text(texts, "de")[0] == label_in(texts, "de", "urn:a:1") == plain_value(instance, "de") == name
