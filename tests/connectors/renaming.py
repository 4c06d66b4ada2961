# SPDX-License-Identifier: EUPL-1.2
"""Copies of feeds whose file, feed and record ids have other names."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from connectors.declarative.sources.sheets import read_sheet
from connectors.declarative.sources.tables import find_delimiter
from tests.connectors.workbooks import make_workbook


def renamed(key: Any) -> str:
    """The new name of a record."""
    return f"r-{int(key) if isinstance(key, float) else key}-x"


def rename_json(raw: bytes, keys: tuple[str, ...]) -> bytes:
    """Rename the values of these members wherever they stand, and the feed."""

    def walk(content: Any) -> Any:
        if isinstance(content, list):
            return [walk(element) for element in content]
        if not isinstance(content, dict):
            return content
        return {
            name: renamed(value) if name in keys and not isinstance(value, dict | list | None) else walk(value)
            for name, value in content.items()
        }

    content = walk(orjson.loads(raw))
    if isinstance(content, dict) and isinstance(content.get("name"), str):
        content["name"] = "another"
    return orjson.dumps(content)


def rename_csv(raw: bytes, keys: tuple[str, ...]) -> bytes:
    text = raw.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=find_delimiter(text)))
    written = io.StringIO()
    writer = csv.writer(written, delimiter=find_delimiter(text))
    places = [rows[0].index(key) for key in keys]
    writer.writerow(rows[0])
    writer.writerows([renamed(c) if place in places and c else c for place, c in enumerate(row)] for row in rows[1:])
    return written.getvalue().encode()


def rename_xml(raw: bytes, keys: tuple[str, ...]) -> bytes:
    """Rename the ids of the elements of these names."""
    text = raw.decode()
    for key in keys:
        text = re.sub(
            rf'(<(?:\w+:)?{key}\b[^>]*?\bid=")([^"]*)"', lambda found: f'{found[1]}{renamed(found[2])}"', text
        )
    return re.sub(r"(nationalIdentifier>)[^<]*<", r"\1XX-Another<", text).encode()


def rename_xlsx(raw: bytes, keys: tuple[str, ...]) -> bytes:
    head, *rows = read_sheet(raw)
    places = [head.index(key) for key in keys]
    table = [
        [renamed(cell) if place in places else (cell if cell != "" else None) for place, cell in enumerate(row)]
        for row in rows
    ]
    return make_workbook(Another=[head, *table])


RENAME: dict[str, Callable[[bytes, tuple[str, ...]], bytes]] = {
    ".json": rename_json,
    ".geojson": rename_json,
    ".csv": rename_csv,
    ".xml": rename_xml,
    ".xlsx": rename_xlsx,
}


def rename(path: Path, keys: tuple[str, ...], folder: Path) -> Path:
    """Write a copy of a feed with other names and give its path."""
    copy = folder / f"another-one{path.suffix}"
    copy.write_bytes(RENAME[path.suffix](path.read_bytes(), keys))
    return copy
