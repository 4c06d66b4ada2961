# SPDX-License-Identifier: EUPL-1.2
"""The reference page says what the code does."""

import json
import re
from pathlib import Path

import pytest

from broker.ngsi.contexts import CORE
from broker.ngsi.entities import VALUE_MEMBERS
from broker.ngsi.parsing import parse_entity
from broker.ngsi.patching import create
from broker.ngsi.representation import Representation, render

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "ngsi-ld.md").read_text()
EXAMPLES = {form: json.loads(text) for form, text in re.findall(r"<!-- (\w+) -->\n```json\n(.*?)```", PAGE, re.DOTALL)}
NOW = "2026-11-25T02:00:00.000000Z"


@pytest.mark.parametrize("form", ["normalized", "concise", "simplified"])
def test_the_example_is_shown_in_every_form(form):
    state = create(None, parse_entity(EXAMPLES["normalized"], CORE), NOW)

    assert render(state, CORE, Representation(form)) == EXAMPLES[form]


def test_the_concise_example_is_read_as_the_normalized_one():
    assert parse_entity(EXAMPLES["concise"], CORE) == parse_entity(EXAMPLES["normalized"], CORE)


def test_every_attribute_type_is_listed():
    assert ", ".join(sorted(VALUE_MEMBERS)) == ", ".join(
        sorted(re.search(r"attribute types \| (.*) \|", PAGE)[1].split(", "))
    )
