# SPDX-License-Identifier: EUPL-1.2
"""The pages about connectors say what the code does."""

import json
import re
import select
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from connectors.declarative.block import Block
from connectors.declarative.connector import SHIPPED, check_expressions
from connectors.declarative.engines import open_engine
from connectors.declarative.entities import Attribute, EntityBlock
from connectors.declarative.format import (
    ConnectorFile,
    Dataset,
    Expectation,
    InlineTest,
    Lookup,
    Quality,
)
from connectors.declarative.kinds import BLOCKS
from connectors.declarative.loading import load_connector
from connectors.declarative.lorawan.codecs import Codec
from connectors.declarative.lorawan.devices import read_devices
from connectors.declarative.lorawan.examples import read_examples
from connectors.declarative.sources.layouts import Layout
from connectors.declarative.sources.messages import read_messages
from connectors.declarative.spooling import SpoolBlock
from connectors.declarative.vocabulary import OWN
from tests.connectors.writing import HEAD, write_file
from tests.docs.paths import ROOT
from tests.docs.running import Place, blocks, make_folder

REFERENCE = "".join((ROOT / "docs/reference" / page).read_text("utf-8") for page in ("connectors.md", "sources.md"))


def fenced(language: str) -> list[str]:
    """The blocks of that language in the reference."""
    return re.findall(rf"^```{language}\n(.*?)^```$", REFERENCE, re.DOTALL | re.MULTILINE)


TABLES = (EntityBlock, Expectation, Quality, Dataset)
"""Blocks that are looked at by themselves, or are described in words."""
PATIENCE_S = 60


@pytest.mark.parametrize("block", [ConnectorFile, Lookup, EntityBlock, Attribute, InlineTest, SpoolBlock, *BLOCKS])
def test_every_key_stands_in_the_reference(block: type[Block]) -> None:
    keys = keys_of(block)

    assert keys <= set(re.findall(r"`([A-Za-z0-9_]+)`", REFERENCE))


def keys_of(block: type[Block]) -> set[str]:
    """The keys of a block, and those of the blocks that stand in it."""
    keys = set()
    for name, field in block.model_fields.items():
        keys.add(field.alias or name)
        for inner in (field.annotation, *get_args(field.annotation)):
            if isinstance(inner, type) and issubclass(inner, Block) and inner not in TABLES:
                keys |= keys_of(inner)
    return keys


@pytest.mark.parametrize("function", OWN)
def test_every_function_stands_in_the_reference(function: str) -> None:
    assert f"`${function}(" in REFERENCE


EXAMPLES = [text for text in fenced("yaml") if text.startswith("source:")]


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_of_a_source_is_right(tmp_path: Path, example: str) -> None:
    entity = "" if "\nentity:" in example else "entity: {type: T, id: id, attributes: {x: x}}\n"
    path = write_file(tmp_path, HEAD + example + entity)

    loaded = load_connector(path, environment={}, strict=False)

    assert check_expressions(loaded, open_engine()) == []


def test_the_fixture_of_messages_is_one() -> None:
    (example,) = (text for text in fenced("json") if '"topic"' in text)

    messages = read_messages(example.encode(), Layout(format="json"), "example")

    assert [message.topic for message in messages] == ["taf10/sensors/17/heat", "taf10/sensors/18/heat"]


def test_the_codec_and_the_device_table_of_the_page_are_those_that_are_shipped(tmp_path: Path) -> None:
    (table,) = (text for text in fenced("csv") if "devEui" in text)
    (examples,) = (text for text in fenced("yaml") if text.startswith("uplinkDecoder"))
    script = (SHIPPED / "ttn-generic/codec/climate-sensor.js").read_text(encoding="utf-8")
    codec = write_file(tmp_path, script, "climate-sensor.js")
    write_file(tmp_path, examples, "climate-sensor-codec.yaml")

    (example,) = read_examples(codec)

    assert read_devices(write_file(tmp_path, table, "devices.csv"))["70b3d5e75e0a0001"]["type"] == "climate"
    assert Codec(codec).run(example.given)["data"] == example.expected["data"]


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
