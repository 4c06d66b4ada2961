# SPDX-License-Identifier: EUPL-1.2
"""The catalogue and its words: complete, in order, and about no single feed."""

import json
import re
from pathlib import Path

import pytest

import connectors.proposing
from allmende.errors import SettingsError
from connectors.catalogue.models import FILE, load_models, require_model
from connectors.catalogue.words import FILLERS, GENERIC, MEANINGS, STRUCTURAL, VETOES
from connectors.proposing.names import plain

MAX_BYTES = 500_000
CODE = [FILE.parent, Path(connectors.proposing.__path__[0])]
# Cities and operators of the real feeds, and names of their columns that are words of no language.
FEEDS = [
    "aachen",
    "basel",
    "bielefeld",
    "esslingen",
    "freiburg",
    "goldbeck",
    "heidelberg",
    "karlsruhe",
    "kienzler",
    "konstanz",
    "pbw",
    "reutlingen",
    "stuttgart",
    "vrs",
    "muenster",
    "münster",
    "apcoa",
    "contipark",
    "b_pls",
    "pls",
    "obs_free",
    "obs_max",
    "obs_ts",
    "real_fcap",
    "anlagennamen",
    "anteil_frei",
    "kurzparker_frei",
    "sum_boxes",
    "echtzeit",
]


def test_there_are_some_sixty_types_in_less_than_half_a_megabyte() -> None:
    assert 55 <= len(load_models()) <= 80
    assert FILE.stat().st_size < MAX_BYTES


def test_types_and_attributes_stand_in_order_so_that_a_new_one_can_be_read() -> None:
    types = json.loads(FILE.read_text(encoding="utf-8"))["types"]

    assert list(types) == sorted(types)
    assert all(list(entry["attributes"]) == sorted(entry["attributes"]) for entry in types.values())


@pytest.mark.parametrize("name", load_models())
def test_a_type_says_what_it_stands_for_and_has_a_place_and_attributes(name: str) -> None:
    model = load_models()[name]

    assert model.description
    assert len(model.attributes) >= 5
    assert all(one.kind in {"Property", "GeoProperty", "Relationship"} for one in model.attributes.values())
    assert not {"id", "type", "dateModified"} & model.attributes.keys()


def test_units_and_words_come_from_the_models() -> None:
    status = require_model("OffStreetParking").attributes["status"]

    assert "spacesAvailable" in status.enum
    assert require_model("WeatherObserved").attributes["temperature"].unit == "CEL"
    assert require_model("AirQualityObserved").attributes["pm10"].unit == "GQ"
    assert require_model("OffStreetParking").attributes["occupancy"].maximum == 1


def test_an_unknown_type_names_the_nearest() -> None:
    with pytest.raises(SettingsError, match="Type airquality does not exist in the catalogue; the nearest are AirQ"):
        require_model("airquality")


def test_words_are_written_as_names_are_read() -> None:
    words = [word for text in MEANINGS.values() for word in text.split()]

    assert all(word == plain(word).lower() for word in words)
    assert MEANINGS.keys() >= GENERIC | VETOES
    assert not set(words) & FILLERS
    assert not {"name", "id", "status"} & STRUCTURAL


def test_no_feed_city_or_operator_stands_in_the_code() -> None:
    texts = {path: path.read_text(encoding="utf-8").lower() for place in CODE for path in place.rglob("*.*")
             if path.suffix in {".py", ".json", ".md"}}  # fmt: skip

    found = {(path.name, name) for path, text in texts.items() for name in FEEDS if re.search(rf"\b{name}\b", text)}

    assert len(texts) > 15
    assert found == set()
