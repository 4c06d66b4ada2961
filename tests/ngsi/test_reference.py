# SPDX-License-Identifier: EUPL-1.2
"""The reference page says what the code does."""

import json
import re
from pathlib import Path

import pytest

from allmende import payloads
from allmende.outbound.client import MAX_URL
from broker.ngsi import instances
from broker.ngsi.contexts import CORE, MAX_TERMS
from broker.ngsi.datatypes import MAX_SCOPES, MAX_URI_BYTES
from broker.ngsi.entities import VALUE_MEMBERS
from broker.ngsi.instances import MAX_DATASETS
from broker.ngsi.lists import MAX_NAMES
from broker.ngsi.parsing import MAX_ATTRIBUTES, MAX_TYPES, parse_entity
from broker.ngsi.patching import replace
from broker.ngsi.representation import Representation, render

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "ngsi-ld.md").read_text()
EXAMPLES = {form: json.loads(text) for form, text in re.findall(r"<!-- (\w+) -->\n```json\n(.*?)```", PAGE, re.DOTALL)}
NOW = "2026-11-25T02:00:00.000000Z"


@pytest.mark.parametrize("form", ["normalized", "concise", "simplified"])
def test_the_example_is_shown_in_every_form(form):
    state = replace(None, parse_entity(EXAMPLES["normalized"], CORE), NOW)

    assert render(state, CORE, Representation(form)) == EXAMPLES[form]


def test_the_concise_example_is_read_as_the_normalized_one():
    assert parse_entity(EXAMPLES["concise"], CORE) == parse_entity(EXAMPLES["normalized"], CORE)


def test_every_attribute_type_is_listed():
    assert ", ".join(sorted(VALUE_MEMBERS)) == ", ".join(
        sorted(re.search(r"attribute types \| (.*) \|", PAGE)[1].split(", "))
    )


@pytest.mark.parametrize(
    ("words", "limits"),
    [
        ("attributes of an entity", [MAX_ATTRIBUTES]),
        ("types, scopes of an entity", [MAX_TYPES]),
        ("instances of an attribute with different `datasetId`", [MAX_DATASETS]),
        ("levels of sub-attributes", [instances.MAX_DEPTH]),
        ("bytes of a URI or a name", [MAX_URI_BYTES]),
        ("levels of JSON, keys of a request", [payloads.MAX_DEPTH, payloads.MAX_KEYS]),
        ("terms of a @context, with those of all documents that it names", [MAX_TERMS]),
        ("bytes of the URL of a @context that is named", [MAX_URL]),
        ("names in a list of a parameter", [MAX_NAMES]),
    ],
)
def test_every_limit_is_that_of_the_code(words, limits):
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| {words} |")]

    assert MAX_TYPES == MAX_SCOPES
    assert all(f"{limit:,}" in row for limit in limits)
