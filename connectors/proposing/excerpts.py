# SPDX-License-Identifier: EUPL-1.2
"""The beginning of a document for a fixture: all of it but the records after the first ones."""

from itertools import islice
from typing import Any
from xml.parsers import expat

import orjson

from connectors.declarative.sources.cutting import cut_rows
from connectors.declarative.sources.layouts import Layout
from connectors.proposing.documents import Found

Path = tuple[str, ...]


def cut_sample(raw: bytes, layout: Layout, found: Found, count: int) -> bytes:
    """Give the content with its first `count` records; whole where it cannot be cut."""
    if layout.format == "xml":
        return cut_xml(raw, found.path, count) if found.path else raw
    if layout.format == "json" and (found.path or found.keyed):
        content = cut_tree(orjson.loads(raw.removeprefix(b"\xef\xbb\xbf")), found.path, count)
        return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return cut_rows(raw, layout, count, selected=False)


def cut_tree(content: Any, path: Path, count: int) -> Any:
    """Cut the list, or the object of records, at a path."""
    if path:
        return {**content, path[0]: cut_tree(content[path[0]], path[1:], count)}
    return dict(islice(content.items(), count)) if isinstance(content, dict) else content[:count]


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
