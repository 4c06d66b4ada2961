# SPDX-License-Identifier: EUPL-1.2
"""The shipped connectors of municipal feeds ask an address, tell who asks, and give what their fixtures give."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.declarative.connector import SHIPPED, find_file, open_connector
from connectors.declarative.loading import load_connector
from connectors.declarative.variables import variables_in
from connectors.testing import golden_of
from tests.connectors.hosts import Asked, Host, Reply, host
from tests.connectors.writing import map_all

NAMES = [
    "basel-parking", "bielefeld-parking", "freiburg-p-r", "freiburg-p-r-sites", "freiburg-parking", "heidelberg-parking",
    "karlsruhe-parking", "kienzler-boxes", "konstanz-parking", "pbw-parking",
]  # fmt: skip
REQUEST = {"user": "city", "password": 'a "b"', "action": "capacity", "context": "unit", "ids": ["unit9001"]}
SETTINGS = {
    "HEIDELBERG_PARKING_KEY": "key-of-heidelberg",
    "KIENZLER_BOXES_REQUEST": json.dumps(REQUEST),
    "PBW_PARKING_KEY": "key-of-pbw",
    "PBW_PARKING_CITY": "11",
}


@pytest.fixture
def city() -> Iterator[Host]:
    with host() as opened:
        yield opened


def fixture_of(name: str) -> Path:
    """The fixture of the only test of a shipped connector."""
    (test,) = load_connector(find_file(name), environment={}, strict=False).connector.tests
    return SHIPPED / name / test.fixture


def ask(name: str, city: Host) -> list[dict[str, Any]]:
    """Give the entities of a shipped connector whose addresses are all the host's."""
    wanted = variables_in(find_file(name).read_text(encoding="utf-8"))
    addresses = {variable: f"{city.url}/feed" for variable in wanted if variable.endswith("_URL")}
    mapped = map_all(open_connector(find_file(name), environment=addresses | SETTINGS))
    assert [problem for answer in mapped for problem in answer.problems] == []
    return [entity for answer in mapped for entity in answer.entities]


def serve_fixture(name: str, city: Host) -> None:
    """Answer with the fixture; where `type` is asked for, with the fixture that is called so."""
    fixture = fixture_of(name)

    def answer(asked: Asked) -> Reply:
        kind = asked.params.get("type")
        return Reply(content=(fixture.with_name(f"{kind}.json") if kind else fixture).read_bytes())

    city.answers["/feed"] = answer


@pytest.mark.parametrize("name", NAMES)
def test_what_is_asked_for_becomes_the_golden_entities(name: str, city: Host) -> None:
    serve_fixture(name, city)

    entities = ask(name, city)

    golden = golden_of(find_file(name), fixture_of(name).name)
    assert json.loads(json.dumps(entities)) == json.loads(golden.read_bytes())


def test_heidelberg_is_asked_for_all_with_a_key_in_a_header(city: Host) -> None:
    serve_fixture("heidelberg-parking", city)

    ask("heidelberg-parking", city)

    (asked,) = city.asked
    assert (asked.params, asked.headers["x-gravitee-api-key"]) == ({"limit": "1000"}, "key-of-heidelberg")


def test_kienzler_is_sent_the_request_as_json(city: Host) -> None:
    serve_fixture("kienzler-boxes", city)

    ask("kienzler-boxes", city)

    (asked,) = city.asked
    assert (asked.method, asked.headers["content-type"]) == ("POST", "application/json")
    assert json.loads(asked.body) == REQUEST


def test_pbw_is_asked_for_the_objects_of_a_city_first(city: Host) -> None:
    serve_fixture("pbw-parking", city)

    ask("pbw-parking", city)

    common = {"format": "json", "key": "key-of-pbw"}
    assert [asked.params for asked in city.asked] == [
        common | {"type": "object-by-city", "id": "11"},
        common | {"type": "object-dynamic-all"},
    ]
