# SPDX-License-Identifier: EUPL-1.2
"""The beginning of a document for a fixture: all of it but the records after the first ones."""

from itertools import islice
from typing import Any
from xml.parsers import expat

import orjson

from connectors.declarative.sources.cutting import cut_rows
from connectors.declarative.sources.layouts import Layout

Path = tuple[str, ...]


def cut_sample(raw: bytes, layout: Layout, path: Path, count: int) -> bytes:
    """Give the content with its first `count` records, which stand at `path`; whole where it cannot be cut."""
    if layout.format == "xml":
        return cut_xml(raw, path, count) if path else raw
    if layout.format == "json" and path and not layout.encoding:
        return cut_json(raw, path, count)
    return cut_rows(raw, layout, count, selected=False)


def cut_json(raw: bytes, path: Path, count: int) -> bytes:
    """Cut the list, or the object of records, at a path."""
    content: Any = orjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    parent = content
    for name in path[:-1]:
        parent = parent[name]
    rows = parent[path[-1]]
    parent[path[-1]] = rows[:count] if isinstance(rows, list) else dict(islice(rows.items(), count))
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def cut_xml(raw: bytes, path: Path, count: int) -> bytes:
    """Cut out the elements at a path after the first ones; whole where what is left would be no XML."""
    spans = _spans(raw, path)[count:]
    parts, place = [], 0
    for start, end in spans:
        parts.append(raw[place:start])
        place = end
    cut = b"".join([*parts, raw[place:]])
    try:
        expat.ParserCreate().Parse(cut, True)
    except expat.ExpatError:
        return raw
    return cut


def _spans(raw: bytes, path: Path) -> list[tuple[int, int]]:
    """Give where the elements at a path begin and end."""
    parser = expat.ParserCreate()
    names: list[str] = []
    starts: list[int] = []
    spans: list[tuple[int, int]] = []

    def start(name: str, _: dict[str, str]) -> None:
        names.append(name.rpartition(":")[2])
        if tuple(names) == path:
            starts.append(parser.CurrentByteIndex)

    def end(_: str) -> None:
        if tuple(names) == path:
            spans.append((starts[-1], raw.index(b">", parser.CurrentByteIndex) + 1))
        names.pop()

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.Parse(raw, True)
    return spans
