# SPDX-License-Identifier: EUPL-1.2
"""Each shipped connector passes the test kit."""

from pathlib import Path

import pytest

from allmende.testing.cases import Case, fixtures_of
from allmende.testing.suite import CHECKS
from connectors.declarative.connector import find_file, shipped_names
from connectors.declarative.loading import load_connector

EVERY = [
    (name, test.fixture)
    for name in shipped_names()
    for test in load_connector(find_file(name), environment={}, strict=False).connector.tests
    if test.expect.count != 0  # an answer without a record has nothing to be checked with
]
FIRST = [(name, fixture) for name in shipped_names() for fixture in fixtures_of(find_file(name))[:1]]
QUICK = [name for name, checked in CHECKS.items() if checked.every]
SLOW = [name for name, checked in CHECKS.items() if not checked.every]


@pytest.mark.parametrize("check", QUICK)
@pytest.mark.parametrize(("name", "fixture"), EVERY)
def test_its_records_are_sound(name: str, fixture: str, check: str, tmp_path: Path) -> None:
    case = Case(path=find_file(name), fixture=fixture, folder=tmp_path)

    assert case.run(CHECKS[check].check) == []


@pytest.mark.server
@pytest.mark.parametrize("check", SLOW)
@pytest.mark.parametrize(("name", "fixture"), FIRST)
def test_it_loses_nothing(name: str, fixture: str, check: str, tmp_path: Path) -> None:
    case = Case(path=find_file(name), fixture=fixture, folder=tmp_path)

    assert case.run(CHECKS[check].check) == []
