# SPDX-License-Identifier: EUPL-1.2
"""How files are written, and their bytes as text."""

from dataclasses import dataclass
from typing import Any

from allmende.errors import Stop
from connectors.declarative.kinds.reading import Written, format_of_suffix


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
    try:
        if encoding:
            return raw.decode("utf-8-sig" if encoding.lower().replace("-", "") == "utf8" else encoding)
        return raw.decode("utf-8-sig")
    except LookupError as error:
        raise Stop(f"Encoding {encoding!r} does not exist") from error
    except UnicodeDecodeError:
        if encoding:
            raise
        return raw.decode("cp1252", "replace")
