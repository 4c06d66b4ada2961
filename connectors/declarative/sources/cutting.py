# SPDX-License-Identifier: EUPL-1.2
"""Cutting: the beginning of a file, down to its first records, for a fixture."""

import csv
import io
from contextlib import suppress
from itertools import islice

import orjson

from connectors.declarative.sources.growing import is_ascii_beneath
from connectors.declarative.sources.layouts import Layout
from connectors.declarative.sources.tables import find_delimiter


def cut_rows(raw: bytes, layout: Layout, count: int, *, selected: bool) -> bytes:
    """Give the file with its first `count` records; whole where records cannot be told apart in its text.

    `selected`: an expression of the connector file chooses the records.
    """
    if not is_ascii_beneath(layout.encoding):
        return raw
    if layout.format == "csv":
        return _cut_csv(raw, layout, count)
    if layout.format in {"json", "geojson"} and not selected:
        return _cut_json(raw, layout, count)
    return raw


def _cut_csv(raw: bytes, layout: Layout, count: int) -> bytes:
    # Latin-1 gives each byte a character, so what is cut off is not changed by decoding.
    text = raw.decode("latin-1")
    lines = list(io.StringIO(text, newline=""))
    delimiter = layout.delimiter or find_delimiter(text)
    if not delimiter.isascii():
        return raw
    rows = csv.reader(lines, delimiter=delimiter)
    if layout.header is True:
        with suppress(csv.Error):
            next(rows, None)
    while count > 0:
        try:
            count -= bool(next(rows))
        except StopIteration:
            break
        except csv.Error:
            count -= 1
    return "".join(islice(lines, rows.line_num)).encode("latin-1")


def _cut_json(raw: bytes, layout: Layout, count: int) -> bytes:
    try:
        content = orjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return raw
    if isinstance(content, list):
        content = content[:count]
    elif layout.format == "geojson" and isinstance(content, dict) and isinstance(content.get("features"), list):
        content["features"] = content["features"][:count]
    else:
        return raw
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
