# SPDX-License-Identifier: EUPL-1.2
"""Words for people."""

import pytest

from api.readings import newest_glances, to_glance
from api.vocabulary import to_words
from broker.ngsi.contexts import CORE
from broker.ngsi.entities import State


def state(number, **attributes):
    return State(
        f"urn:a:{number}",
        [CORE.expand("AirQualityObserved")],
        {CORE.expand(name): [{"type": "Property", **instance}] for name, instance in attributes.items()},
        [],
        "",
        "",
    )


@pytest.mark.parametrize(
    ("iri", "language", "words"),
    [
        (CORE.expand("OffStreetParking"), "de", "Parkhäuser und Parkplätze"),
        ("https://example.org/city#TrafficLightObserved", "de", "Traffic light observed"),
        ("https://example.org/EVFleet", "en", "EV fleet"),
        ("https://example.org/some_thing/", "en", "Some thing"),
        ("urn:x", "en", "X"),
    ],
)
def test_a_name_is_told_in_words(iri, language, words):
    assert to_words(iri, language) == words


def test_numbers_are_told_with_their_units_and_fractions_in_per_cent():
    time = "2026-06-01T12:00:00Z"
    glance = to_glance(
        state(
            1,
            name={"value": "Markt"},
            temperature={"value": -3.5, "unitCode": "CEL", "observedAt": time},
            relativeHumidity={"value": 0.876, "observedAt": time},
            strange={"value": 7, "unitCode": "XYZ", "observedAt": time},
            text={"value": "x", "observedAt": time},
            flag={"value": True, "observedAt": time},
            timeless={"value": 1},
        ),
        "de",
    )

    assert glance.label == "Markt"
    assert [(one.measure, one.value.replace("\N{NO-BREAK SPACE}", " ")) for one in glance.readings] == [
        ("Temperatur", "-3,5 °C"),
        ("Luftfeuchte", "87,6 %"),
        ("Strange", "7 XYZ"),
    ]


def test_what_was_observed_last_comes_first_and_what_never_was_is_left_out():
    states = [
        state(1, no2={"value": 1, "observedAt": "2026-06-01T12:00:00Z"}),
        state(2, no2={"value": 1, "observedAt": "2026-06-01T12:05:00Z"}),
        state(3, no2={"value": 1}),
    ]

    assert [glance.entity for glance in newest_glances(states, 10, "en")] == ["urn:a:2", "urn:a:1"]
    assert [glance.label for glance in newest_glances(states, 1, "en")] == ["2"]
