# SPDX-License-Identifier: EUPL-1.2
"""Words for people."""

import re
from datetime import UTC, datetime

import pytest
import yaml

from allmende.launch.musterstadt.city import SENSORS
from allmende.launch.musterstadt.kinds import KINDS
from api.languages import LANGUAGES
from api.readings import to_glance
from api.vocabulary import TELLING, read_words, to_meaning, to_unit, to_words
from broker.ngsi.contexts import CORE
from broker.ngsi.entities import State
from tests.docs.paths import ROOT

_NAME = re.compile(r"[A-Z]\w+")
_CODE = re.compile(r"[A-Z0-9]{2,3}")


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

    assert [(one.name, one.value.replace("\N{NO-BREAK SPACE}", " ")) for one in glance.readings] == [
        ("Temperatur", "-3,5 °C"),
        ("Luftfeuchte", "87,6 %"),
        ("Strange", "7 XYZ"),
    ]


def test_every_word_is_there_for_both_languages():
    for name in ("units", "types", "attributes", "terms"):
        for key, words in read_words(name).items():
            told = [words] if isinstance(words, str) else [words[language] for language in LANGUAGES]
            assert all(text or key in {"C62", "EA"} for text in told), key


@pytest.mark.parametrize(
    ("code", "language", "symbol"),
    [
        ("CEL", "de", "°C"),
        ("H67", "en", "mm/h"),
        ("IE", "de", "Personen"),
        ("IE", "en", "people"),
        ("C62", "de", ""),
        ("", "de", ""),
        ("XYZ", "en", "XYZ"),
        ("<b>", "en", "<b>"),
    ],
)
def test_a_unit_is_told_by_its_symbol(code, language, symbol):
    assert to_unit(code, language) == symbol


@pytest.mark.parametrize(
    ("attribute", "value", "words"),
    [
        ("category", "parkingGarage", "Parkhaus"),
        ("category", "nobodyKnowsIt", "nobodyKnowsIt"),
        ("name", "parkingGarage", "parkingGarage"),
    ],
)
def test_a_term_is_told_in_words_where_an_attribute_tells_by_terms(attribute, value, words):
    assert to_meaning(CORE.expand(attribute), value, "de") == words


def test_what_shipped_connectors_send_has_words_and_symbols():
    files = sorted((ROOT / "connectors" / "shipped").glob("*/connector.yaml"))
    blocks = [block for file in files for block in _blocks(yaml.safe_load(file.read_text()))]

    types = {block["type"] for block in blocks if _NAME.fullmatch(block["type"])}
    attributes = {name: told for block in blocks for name, told in block["attributes"].items()}
    units = {told["unit"] for told in attributes.values() if isinstance(told, dict) and "unit" in told}

    assert len(files) > 20
    assert types - read_words("types").keys() == set()
    assert attributes.keys() - read_words("attributes").keys() == set()
    assert {unit for unit in units if _CODE.fullmatch(unit)} - read_words("units").keys() == set()


def test_what_the_demo_city_sends_has_words_and_symbols():
    assert set(KINDS) - read_words("types").keys() == set()
    at = datetime(2026, 6, 15, 12, tzinfo=UTC)
    told = [kind for sensor in SENSORS for kind in _measured(sensor, at)]

    assert {name for name, _ in told} - read_words("attributes").keys() == set()
    assert {value.unit for _, value in told} - read_words("units").keys() == {None}
    texts = {text for name, value in told if name in TELLING for text in _texts(value.value)}
    assert texts - read_words("terms").keys() == set()


def _texts(value):
    return [value] if isinstance(value, str) else value


def _measured(sensor, at):
    kind = KINDS[sensor.type]
    return [*kind.measure(sensor, at).items(), *kind.describe(sensor).items()]


def _blocks(connector):
    found = connector.get("entities") or [connector["entity"]]
    return [block for block in found if "attributes" in block]
