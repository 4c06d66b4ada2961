# SPDX-License-Identifier: EUPL-1.2
"""Each behaviour in the tables of docs/conformance/checklist*.md names tests that exist."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.docs.paths import ROOT

PAGES = sorted((ROOT / "docs" / "conformance").glob("checklist*.md"))
HEADS = re.compile(r"\|\s*behaviour\s*\||\|[\s:|-]+\|$")


def rows(page: Path) -> Iterator[tuple[str, str]]:
    """The behaviours of a page, each with the cell that names its tests."""
    for line in page.read_text().splitlines():
        if line.startswith("|") and not HEADS.match(line):
            behaviour, _, tests = line.strip("| ").rpartition("|")
            yield behaviour.strip(), tests


@cache
def names_in(path: str) -> frozenset[str]:
    """The names of the tests in a file; none where there is no such file."""
    file = ROOT / path
    body = ast.parse(file.read_text()).body if file.is_file() else []
    functions = [node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return frozenset(name for name in functions if name.startswith("test_"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_behaviour_names_tests_that_exist(page: Path) -> None:
    named = [(behaviour, re.findall(r"`([^`]+)`", tests)) for behaviour, tests in rows(page)]

    untested = [behaviour for behaviour, tests in named if not tests]
    places = {test: test.partition("::") for _, tests in named for test in tests}
    missing = [test for test, (path, _, name) in places.items() if name not in names_in(path)]
    assert untested == [], f"{page.name} names no test of these: write it into the second column"
    assert missing == [], f"{page.name} names tests that do not exist: write path::name of a test, or mend the page"
    assert named, f"{page.name} holds no table of behaviours and tests"


def test_no_behaviour_is_there_twice() -> None:
    counted = Counter(behaviour for page in PAGES for behaviour, _ in rows(page))

    assert [behaviour for behaviour, count in counted.items() if count > 1] == []


def test_the_record_is_there() -> None:
    assert PAGES
