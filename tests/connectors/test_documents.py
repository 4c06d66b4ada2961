# SPDX-License-Identifier: EUPL-1.2
"""The pages about connectors say what the code does."""

import json
import re
import select
import subprocess
from collections.abc import Iterator

import pytest

from connectors.declarative.block import Block
from connectors.declarative.expressions import OWN
from connectors.declarative.format import Attribute, ConnectorFile, EntityBlock, Lookup
from connectors.declarative.kinds import BLOCKS
from connectors.declarative.spooling import SpoolBlock
from tests.docs.paths import ROOT
from tests.docs.running import Place, blocks, make_folder

REFERENCE = (ROOT / "docs/reference/connectors.md").read_text(encoding="utf-8")
PATIENCE_S = 60


@pytest.mark.parametrize("block", [ConnectorFile, Lookup, EntityBlock, Attribute, SpoolBlock, *BLOCKS])
def test_every_key_stands_in_the_reference(block: type[Block]) -> None:
    keys = {field.alias or name for name, field in block.model_fields.items()}

    assert keys <= set(re.findall(r"`([A-Za-z_]+)`", REFERENCE))


@pytest.mark.parametrize("function", OWN)
def test_every_function_stands_in_the_reference(function: str) -> None:
    assert f"`${function}(" in REFERENCE


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("reader")
    make_folder(folder)
    command = [".venv/bin/allmende", "up", "--port", "0", "--mqtt-port", "0"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert select.select([process.stdout], [], [], PATIENCE_S)[0]
            _, http, mqtt = process.stdout.readline().split()
            yield Place(folder=folder, http=http, mqtt=mqtt)
        finally:
            process.terminate()
            assert process.wait(PATIENCE_S) == 0


@pytest.mark.server
def test_the_tutorial_works_from_first_to_last(place: Place) -> None:
    steps = blocks("docs/tutorials/first-connector.md")

    said = [place.run(step) for step in steps]

    valid, preview, tested, sent, listed, letters, mended, tested_again = said
    assert "is valid" in valid
    assert json.loads(preview)["records"] == 4
    assert [error["attribute"] for error in json.loads(preview)["errors"]] == ["waterLevel"]
    assert tested.splitlines()[0].endswith("golden/2026-10.csv.json written")
    assert [line for line in tested.splitlines() if "failures" in line] == ["1 tests, 0 failures"] * 2
    first, history = sent.splitlines()
    assert json.loads(first) == {"read": 4, "stored": 3, "rejected": 1}
    assert json.loads(history)["waterLevel"]["values"] == [
        [1.25, "2026-10-24T21:00:00Z"], [1.30, "2026-10-25T00:00:00Z"], [1.35, "2026-10-25T01:00:00Z"],
    ]  # fmt: skip
    assert "water-levels" in listed
    assert "stopped" in listed
    assert "defekt" in letters
    assert '{"read": 0, "stored": 1, "rejected": 0}' in mended
    assert '"status":"broken"' in mended.replace(" ", "")
    assert "defekt" not in mended
    assert [line for line in tested_again.splitlines() if "failures" in line] == [
        "1 tests, 6 failures",
        "1 tests, 0 failures",
    ]
