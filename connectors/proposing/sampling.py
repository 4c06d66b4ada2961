# SPDX-License-Identifier: EUPL-1.2
"""A sample: the content of a file or an address as records, with how it is written."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from allmende.errors import SourceError, Stop
from connectors.declarative.sources.layouts import Layout, Unusable, decode
from connectors.declarative.sources.readers import read_rows
from connectors.declarative.sources.sheets import UnusableSheet, sheet_names
from connectors.declarative.sources.tables import find_delimiter
from connectors.declarative.sources.trees import UnusableXml, read_xml
from connectors.proposing.columns import Column
from connectors.proposing.documents import Found, count_leaves, find_records, stated_aliases
from connectors.proposing.fields import Field, make_fields
from connectors.proposing.places import stated_system
from connectors.proposing.values import infer

MAX_BYTES = 64 * 1024 * 1024
TIMEOUT_S = 30.0
_SHEET_ROWS = 200
_BEGINNINGS = ((b"PK\x03\x04", "xlsx"), (b"<", "xml"), (b"\xff\xfe<", "xml"), (b"\xfe\xff\x00<", "xml"), (b"{", "json"),
               (b"[", "json"))  # fmt: skip
_SUFFIXES = {"csv", "tsv", "txt", "json", "geojson", "xml", "xlsx"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was read: its records, and what the document says of itself."""

    origin: str
    raw: bytes
    layout: Layout
    found: Found
    fields: list[Field]
    system: int | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)
    unusable: int = 0

    @property
    def file_name(self) -> str:
        """A name for the fixture, with the format as its suffix."""
        name = Path(urlsplit(self.origin).path if is_address(self.origin) else self.origin).name or "sample"
        stem, _, suffix = name.rpartition(".")
        kept = name if suffix.lower() in _SUFFIXES and stem else f"{name}.{self.layout.format}"
        return "".join(letter if letter.isalnum() or letter in "._-" else "-" for letter in kept)


def is_address(origin: str) -> bool:
    """Whether an origin is asked over the network, not read from a file."""
    return origin.lower().startswith(("http://", "https://"))


def read_origin(origin: str, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Give the content of a file or of an http address; raises Stop with what to fix."""
    if is_address(origin):
        return _fetch(origin, max_bytes)
    path = Path(origin)
    try:
        if path.stat().st_size > max_bytes:
            raise Stop(f"{origin} is larger than {max_bytes} bytes: give a part of it")
        return path.read_bytes()
    except OSError as error:
        raise Stop(f"{origin} cannot be read: {error.strerror}") from error


def _fetch(address: str, max_bytes: int) -> bytes:
    import httpx

    content = bytearray()
    try:
        with (
            httpx.Client(timeout=TIMEOUT_S, follow_redirects=True) as client,
            client.stream("GET", address) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise Stop(f"{address} answers {answer.status_code} {answer.reason_phrase}")
            for chunk in answer.iter_bytes():
                content += chunk
                if len(content) > max_bytes:
                    raise Stop(f"{address} sends more than {max_bytes} bytes: save a part of it as a file")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Stop(f"{address} cannot be read: {error or type(error).__name__}") from error
    return bytes(content)


def take_sample(origin: str, raw: bytes) -> Sample:
    """Read content as records; raises Stop where it holds none."""
    if not raw.strip():
        raise Stop(f"{origin} is empty")
    form = detect_format(origin, raw)
    try:
        sample = _table(origin, raw, form) if form in {"csv", "xlsx"} else _document(origin, raw, form)
    except (orjson.JSONDecodeError, UnusableXml) as error:
        raise Stop(f"{origin} cannot be read as {form}: {error}") from error
    if not sample.fields:
        raise Stop(f"{origin} holds no records: lists of objects or rows are looked for")
    return sample


def detect_format(origin: str, raw: bytes) -> str:
    """Give the format by how the content begins; a suffix may be missing, or wrong."""
    start = raw[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    for beginning, form in _BEGINNINGS:
        if start.startswith(beginning):
            return form
    suffix = origin.rpartition(".")[2].lower()
    return {"json": "json", "geojson": "json", "xml": "xml", "xlsx": "xlsx"}.get(suffix, "csv")


def _document(origin: str, raw: bytes, form: str) -> Sample:
    content: Any = read_xml(raw) if form == "xml" else orjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    found = find_records(content)
    if isinstance(content, dict) and content.get("type") == "FeatureCollection" and found.path == ("features",):
        form, found = "geojson", Found(rows=found.rows)
    aliases = stated_aliases(content)
    fields = make_fields(found.rows, aliases)
    return Sample(
        origin=origin,
        raw=raw,
        layout=Layout(format=form),
        found=found,
        fields=fields,
        system=stated_system(content),
        aliases=aliases,
    )


def _table(origin: str, raw: bytes, form: str) -> Sample:
    try:
        layouts = _sheets(raw) if form == "xlsx" else [_csv_layout(raw)]
        tables = [(layout, list(read_rows(raw, layout))) for layout in layouts]
    except (SourceError, UnusableSheet) as error:
        raise Stop(f"{origin} cannot be read as {form}: {error}") from error
    layout, rows = max(tables, key=lambda table: count_leaves(table[1][:_SHEET_ROWS]))
    if rows and all(isinstance(row, Unusable) for row in rows):
        raise Stop(f"{origin}: {rows[0].problem}")
    records = [row for row in rows if isinstance(row, dict)]
    return Sample(
        origin=origin,
        raw=raw,
        layout=layout,
        found=Found(rows=records),
        fields=make_fields(records),
        unusable=len(rows) - len(records),
    )


def _sheets(raw: bytes) -> list[Layout]:
    """Give a layout for each sheet; the first needs no name."""
    first, *others = sheet_names(raw)
    return [Layout(format="xlsx"), *(Layout(format="xlsx", sheet=name) for name in others)] if first else []


def _csv_layout(raw: bytes) -> Layout:
    """Find the delimiter, and whether the first line names the columns: names are neither numbers nor times."""
    text = decode(raw, None)
    delimiter = find_delimiter(text)
    first = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    kinds = {infer(Column(path=(cell,), expression="", values=[cell])).kind for cell in first}
    return Layout(format="csv", delimiter=delimiter, header=not kinds & {"number", "time", "wkt"})
