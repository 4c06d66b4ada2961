# SPDX-License-Identifier: EUPL-1.2
"""Links between documents lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.docs.paths import ROOT

PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_link_inside_the_repository_leads_to_a_file(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text)]

    missing = [target for target in targets if target and "://" not in target and not (page.parent / target).exists()]

    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_file_named_in_a_page_exists(page: Path) -> None:
    named = re.findall(
        r"`((?:allmende|api|auth|broker|connectors|tests|scripts|docs)/[A-Za-z0-9_/.-]+\.(?:py|sql|md|sh))`",
        page.read_text(),
    )

    missing = [path for path in named if not (ROOT / path).exists()]

    assert missing == []
