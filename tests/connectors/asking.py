# SPDX-License-Identifier: EUPL-1.2
"""Connector files that ask an address, and what they read."""

from pathlib import Path
from typing import Any

from allmende.connector import Record
from connectors.declarative.connector import Declared, open_connector
from tests.connectors.writing import HEAD, read_all, write_file

ENTITY = "entity: {type: T, id: id, attributes: {x: x}}\n"


def asking(folder: Path, url: str, more: str = "", rest: str = "", **environment: str) -> Declared:
    """A connector that asks an address; `more` are lines of its source, `rest` further blocks."""
    lines = "".join(f"  {line}\n" for line in more.splitlines())
    text = f"{HEAD}source:\n  type: http\n  url: {url}\n{lines}{rest}{ENTITY}"
    return open_connector(write_file(folder, text), environment=environment)


def ids(records: list[Record]) -> list[Any]:
    return [record.content["id"] for record in records]


def cursor_after(records: list[Record]) -> dict[str, Any]:
    """The cursor when these records are committed."""
    return {record.part: record.position for record in records}


def read_on(connector: Declared, cursor: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Read a pass; give the ids, and the cursor after it."""
    records = read_all(connector, cursor)
    return ids(records), cursor | cursor_after(records)


def rows(*numbers: int, x: int = 0) -> list[dict[str, int]]:
    return [{"id": number, "x": x} for number in numbers]
