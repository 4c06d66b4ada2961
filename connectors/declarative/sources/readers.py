# SPDX-License-Identifier: EUPL-1.2
"""Readers: the content of a file as records."""

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from connectors.declarative.engines import ExpressionError
from connectors.declarative.sources.layouts import Layout, Unusable, decode, text_lines
from connectors.declarative.sources.tables import csv_rows, sheet_rows
from connectors.declarative.sources.trees import UnusableXml, read_xml

Select = Callable[[Any], list[Any]]
"""Gives the records of a document, as the file's `records` says."""


def read_rows(raw: bytes, layout: Layout, select: Select | None = None) -> Iterator[Any]:
    """Give the records of a file: dicts, or Unusable."""
    try:
        if layout.format == "csv":
            return csv_rows(text_lines(raw, layout.encoding), layout)
        if layout.format == "xlsx":
            return iter(sheet_rows(raw, layout))
        return iter(_document_rows(raw, layout, select))
    except UnicodeDecodeError as error:
        reason = f"The {layout.called} is not written in {layout.encoding}: {error.reason} at byte {error.start}"
        return iter([Unusable(raw[:4096].decode("cp1252", "replace"), reason, is_whole=True)])


def read_document(raw: bytes, layout: Layout) -> Any:
    """Give the content of a JSON or XML file that read_rows has read without a problem."""
    return _read_xml(raw, layout) if layout.format == "xml" else _read_json(raw, layout)


def _document_rows(raw: bytes, layout: Layout, select: Select | None) -> list[Any]:
    try:
        content = read_document(raw, layout)
        if select is not None:
            return select(content)
    except (orjson.JSONDecodeError, UnusableXml) as error:
        words = "cannot be read as XML" if layout.format == "xml" else "is not JSON"
        return [Unusable(_beginning(raw, layout), f"The {layout.called} {words}: {error}", is_whole=True)]
    except ExpressionError as error:
        return [Unusable(_beginning(raw, layout), f"records: {error}", is_whole=True, is_sound=True)]
    if layout.format == "geojson" and isinstance(content, dict) and isinstance(content.get("features"), list):
        features: list[Any] = content["features"]
        return features
    return content if isinstance(content, list) else [content]


def _read_json(raw: bytes, layout: Layout) -> Any:
    return orjson.loads(decode(raw, layout.encoding) if layout.encoding else raw.removeprefix(b"\xef\xbb\xbf"))


def _read_xml(raw: bytes, layout: Layout) -> Any:
    return read_xml(decode(raw, layout.encoding) if layout.encoding else raw)


def _beginning(raw: bytes, layout: Layout) -> str:
    try:
        # Cut as text: bytes would be cut within a character.
        return decode(raw, layout.encoding)[:4096]
    except UnicodeDecodeError:
        return raw[:4096].decode("cp1252", "replace")
