# SPDX-License-Identifier: EUPL-1.2
"""Connector files and mappings for tests."""

import asyncio
import textwrap
from pathlib import Path
from typing import Any

from allmende.connector import Mapped, Record
from connectors.declarative.connector import Declared, open_connector
from connectors.declarative.engines import Engine

HEAD = "apiVersion: connectors/v1\nname: test\n"


def write_file(folder: Path, text: str, name: str = "connector.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


def declare(folder: Path, text: str, engine: Engine | None = None) -> Declared:
    """A connector that reads `source.json` unless its text says something else."""
    source = "" if "source:" in text else "source: {type: file, path: source.json}\n"
    return open_connector(write_file(folder, HEAD + source + textwrap.dedent(text)), environment={}, engine=engine)


def map_one(connector: Declared, content: Any, state: Any = None, part: str = "source.json") -> Mapped:
    return connector.mapping.map(Record(content=content, part=part), state)


def read_all(connector: Declared, cursor: dict[str, Any] | None = None) -> list[Record]:
    async def collect() -> list[Record]:
        return [record async for record in connector.source.read(cursor or {})]

    return asyncio.run(collect())


def map_all(connector: Declared) -> list[Mapped]:
    states: dict[str, Any] = {}
    answers = []
    for record in read_all(connector):
        mapped = connector.mapping.map(record, states.get(record.part))
        states[record.part] = mapped.state
        answers.append(mapped)
    return answers
