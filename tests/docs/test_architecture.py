# SPDX-License-Identifier: EUPL-1.2
"""docs/architecture.md leads to lines of code that exist."""

import ast
import re

import pytest

from tests.docs.paths import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text()
PLACES = sorted(set(re.findall(r"`([a-z_/]+\.py):([A-Za-z_.]+)`", PAGE)))


@pytest.mark.parametrize(("path", "name"), PLACES)
def test_each_place_that_it_names_exists(path: str, name: str) -> None:
    body = ast.parse((ROOT / path).read_text()).body

    for part in name.split("."):
        found = [node for node in body if getattr(node, "name", None) == part]
        assert found, f"{path} has no {name}"
        body = getattr(found[0], "body", [])


def test_it_names_a_place_for_most_steps() -> None:
    assert len(PLACES) > 20
