# SPDX-License-Identifier: EUPL-1.2
"""The marks of types."""

import re
from itertools import combinations
from pathlib import Path

import pytest

from api import marks
from api.marks import SHAPES, TONES, mark_of
from tests.engine.conftest import VOCABULARY

STYLE = Path(marks.__file__).parent / "static" / "map.css"


def test_types_that_cities_have_differ_by_shape():
    paths = [mark_of(VOCABULARY + name).path for name in marks._KNOWN]

    assert all(one != other for one, other in combinations(paths, 2))


def test_any_other_type_has_a_mark_that_stays():
    found = {mark_of(f"https://example.org/{number}") for number in range(500)}

    assert mark_of("https://example.org/1") == mark_of("https://example.org/1")
    assert len(found) > 60
    assert {mark.path for mark in found} == set(SHAPES.values())


@pytest.mark.parametrize("path", SHAPES.values(), ids=SHAPES)
def test_a_shape_is_a_path_of_numbers(path):
    assert re.fullmatch(r"(?:M-?[\d.]+,-?[\d.]+[lhvcazM\d.,\s-]*z)+", path)


def test_the_style_sheet_has_each_tone_in_both_schemes():
    style = STYLE.read_text()

    for tone in range(TONES):
        assert len(re.findall(rf"--tone-{tone}: #", style)) == 2
        assert f".tone-{tone} {{ fill: var(--tone-{tone}); }}" in style
