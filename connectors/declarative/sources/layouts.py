# SPDX-License-Identifier: EUPL-1.2
"""How files are written, and their bytes as text."""

import codecs
import io
from dataclasses import dataclass
from typing import Any

from allmende.errors import Stop
from connectors.declarative.kinds.reading import Written, format_of_suffix

_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a file is written."""

    format: str
    encoding: str | None = None
    delimiter: str | None = None
    header: bool | list[str] = True
    sheet: str | None = None
    called: str = "file"
    """What problems call the content."""

    @classmethod
    def of(cls, written: Written, form: str, *, called: str = "file") -> "Layout":
        """Give the layout that a block describes, of that format."""
        return cls(
            format=form,
            encoding=written.encoding,
            delimiter=written.delimiter,
            header=written.header,
            sheet=written.sheet,
            called=called,
        )


@dataclass(frozen=True, slots=True)
class Unusable:
    """A row that cannot be a record, and why."""

    content: Any
    problem: str
    is_whole: bool = False
    """It stands for the whole file, of which nothing can be read."""
    is_sound: bool = False
    """The file is as it should be; what the connector file says of it fails."""


def format_of(name: str, given: str | None) -> str:
    """Give the format: as said, else by the name's suffix."""
    return given or format_of_suffix(name) or "json"


def decode(raw: bytes, encoding: str | None) -> str:
    """Give the text: as said, else UTF-8, else Windows-1252, which gives each byte a meaning."""
    name, errors = find_encoding(raw, encoding)
    return raw.decode(name, errors)


def text_lines(raw: bytes, encoding: str | None) -> io.TextIOWrapper:
    """Give the text line by line, with the ends of its lines as they are; it is never there as a whole."""
    name, errors = find_encoding(raw, encoding)
    return io.TextIOWrapper(io.BytesIO(raw), encoding=name, errors=errors, newline="")


def find_encoding(raw: bytes, encoding: str | None) -> tuple[str, str]:
    """Give the encoding of a text, and what becomes of bytes that are not of it."""
    try:
        name = encoding or "utf-8"
        name = "utf-8-sig" if name.lower().replace("-", "").replace("_", "") == "utf8" else name
        _check(raw, name)
    except LookupError as error:
        raise Stop(f"Encoding {encoding!r} does not exist") from error
    except UnicodeDecodeError as error:
        if encoding:
            raise
        # A text that ends within a character was cut: of Windows-1252, such an end would be the only such place.
        is_cut = error.reason == "unexpected end of data" and not raw[: error.start].isascii()
        return ("utf-8-sig" if is_cut else "cp1252"), "replace"
    return name, "strict"


def _check(raw: bytes, name: str) -> None:
    """Read a text by pieces, and forget them; raise UnicodeDecodeError with its place in the whole."""
    # The decoder that drops a byte-order mark takes half of one, at the end, for nothing.
    decoder = codecs.getincrementaldecoder("utf-8" if name == "utf-8-sig" else name)()
    for start in range(0, len(raw) + 1, _PIECE):
        before = len(decoder.getstate()[0])
        try:
            decoder.decode(raw[start : start + _PIECE], final=start + _PIECE > len(raw))
        except UnicodeDecodeError as error:
            error.start += start - before
            raise
