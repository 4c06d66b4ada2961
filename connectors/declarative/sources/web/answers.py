# SPDX-License-Identifier: EUPL-1.2
"""An answer, and how its content is written; no I/O."""

import codecs
import hashlib
import re
from dataclasses import dataclass, replace
from functools import cached_property

import httpx

from connectors.declarative.kinds.reading import Written, format_of_type
from connectors.declarative.sources.cutting import cut_rows
from connectors.declarative.sources.layouts import Layout

_SUFFIXES = {"csv": "csv", "tsv": "csv", "json": "json", "geojson": "geojson", "xml": "xml", "xlsx": "xlsx"}
_FEATURES = re.compile(rb'"type"\s*:\s*"FeatureCollection"')
_LOOKED_AT = 64 * 1024
_GUESSED = {"utf-8", "ascii"}
_TEXTS = re.compile(r"iso8859|cp\d|utf-|koi8|mac-|big5|gb|euc_|shift_jis")
"""Python's other encodings are none of texts."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What an address has answered."""

    status: int
    url: httpx.URL
    headers: httpx.Headers
    content: bytes = b""

    @property
    def media_type(self) -> str:
        """The type in Content-Type, without its parameters."""
        return str(self.headers.get("content-type", "")).partition(";")[0].strip().lower()

    @property
    def validators(self) -> dict[str, str]:
        """What the next request can ask by whether this answer is still right: etag, modified."""
        named = {"etag": "etag", "modified": "last-modified"}
        return {key: self.headers[header] for key, header in named.items() if self.headers.get(header)}

    @cached_property
    def digest(self) -> str:
        """A digest of the content."""
        return hashlib.sha256(self.content).hexdigest()[:32]

    @property
    def is_web_page(self) -> bool:
        """Whether it is HTML: a page for people that stands in the place of data."""
        return self.content[:512].lstrip(b"\xef\xbb\xbf \t\r\n")[:14].lower().startswith((b"<!doctype html", b"<html"))


def layout_of(answer: Answer, written: Written) -> Layout:
    """Give how an answer is written: as the file says, else as its head says, else as it looks."""
    layout = Layout.of(written, written.format or find_format(answer), called="answer")
    return layout if layout.encoding else replace(layout, encoding=find_charset(answer))


def sample_of(answer: Answer, written: Written, count: int, *, selected: bool) -> bytes:
    """Give the content cut after so many records where its format allows it, as a file would hold it."""
    layout, content = layout_of(answer, written), answer.content
    if layout.encoding and not written.encoding and layout.format in {"csv", "json", "geojson"}:
        # A file has no head that would name its charset.
        content = content.decode(layout.encoding, "replace").encode()
        layout = replace(layout, encoding=None)
    return cut_rows(content, layout, count, selected=selected)


def find_format(answer: Answer) -> str:
    """Give the format by Content-Type, else by the suffix of the path, else by the content."""
    suffix = _SUFFIXES.get(answer.url.path.rpartition("/")[2].rpartition(".")[2].lower())
    form = format_of_type(answer.media_type) or suffix or _by_content(answer.content)
    if form == "json" and (suffix == "geojson" or _FEATURES.search(answer.content[:_LOOKED_AT])):
        return "geojson"
    return form


def find_charset(answer: Answer) -> str | None:
    """Give the charset of Content-Type; none where it is UTF-8, which is found and not always true."""
    match = re.search(r'charset\s*=\s*"?([^\s";]+)', str(answer.headers.get("content-type", "")), re.IGNORECASE)
    if match is None:
        return None
    try:
        name = codecs.lookup(match[1]).name
    except (LookupError, ValueError):
        return None
    return None if name in _GUESSED or not _TEXTS.match(name) else match[1]


def _by_content(content: bytes) -> str:
    start = content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"PK\x03\x04"):
        return "xlsx"
    if start.startswith(b"<"):
        return "xml"
    return "json" if start.startswith((b"{", b"[")) else "csv"
