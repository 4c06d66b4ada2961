# SPDX-License-Identifier: EUPL-1.2
"""What every kind of source says: how its content is written, and when it is read."""

from datetime import timedelta
from typing import Literal, Self, get_args

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from allmende.settings import Duration
from connectors.declarative.block import Block
from connectors.declarative.quantities import Period

Format = Literal["csv", "json", "geojson", "xml", "xlsx"]


_TEXTS = ("csv", "json", "geojson", "xml")
_FORMATS: dict[str, tuple[str, ...]] = {
    "encoding": _TEXTS,
    "delimiter": ("csv",),
    "header": ("csv", "xlsx"),
    "sheet": ("xlsx",),
    "records": _TEXTS[1:],
}
"""The formats that an option is for."""


def format_of_suffix(name: str) -> str | None:
    """Give the format that the suffix of a file's name says; None where it says none."""
    suffix = name.rsplit(".", 1)[-1].lower()
    return suffix if suffix in get_args(Format) else "csv" if suffix in {"tsv", "txt"} else None


_TYPES = {
    "application/json": "json",
    "text/json": "json",
    "application/geo+json": "geojson",
    "application/vnd.geo+json": "geojson",
    "text/csv": "csv",
    "application/csv": "csv",
    "text/tab-separated-values": "csv",
    "application/xml": "xml",
    "text/xml": "xml",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
MEDIA_TYPES = tuple(_TYPES)
"""Those that say a format, beside `…+json` and `…+xml`."""


def format_of_type(media_type: str) -> str | None:
    """Give the format that a media type says; None where it says none."""
    ending = media_type.rpartition("+")[2] if "+" in media_type else ""
    return _TYPES.get(media_type) or (ending if ending in {"json", "xml"} else None)


def refuse_option(option: str, form: str | None) -> None:
    """Refuse an option that is given and is not for the format; it would be ignored."""
    *others, last = _FORMATS[option]
    if form not in {None, *others, last}:
        right = f"{', '.join(others)} or {last}" if others else last
        given = {"key": option, "right": right, "form": form}
        raise PydanticCustomError("option", "'{key}' is for format {right}, not {form}", given)


FILES = ("devices", "certificate", "certificate_key", "ca")
"""Keys of sources that name a file."""


class Written(Block):
    """How the content of a source or of a further file is written."""

    format: Format | None = Field(None, description="Default: by the name's suffix or the content's type")
    encoding: str | None = Field(None, description="Characters of the content; default: UTF-8, else Windows-1252")
    delimiter: str | None = Field(None, min_length=1, max_length=1, description="CSV; default: found in the first line")
    header: bool | list[str] = Field(
        True, description="CSV, xlsx: whether the first line names the columns; else their names"
    )
    sheet: str | None = Field(None, description="xlsx: the sheet's name; default: the first")

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, given: str | None) -> str | None:
        try:
            "".encode(given or "utf-8")
        except LookupError as error:
            raise PydanticCustomError("encoding", "'{name}' is no encoding of text", {"name": given}) from error
        return given

    @model_validator(mode="after")
    def _options_fit(self) -> Self:
        for option in _FORMATS.keys() & type(self).model_fields.keys():
            if getattr(self, option) != type(self).model_fields[option].default:
                refuse_option(option, self.written_as())
        return self

    def written_as(self) -> str | None:
        """Give the format as far as this block says it."""
        return self.format


class Reading(Written):
    """What every kind of source says."""

    decimal: Literal[".", ","] = Field(".", description="The decimal sign that $number reads")
    every: Period = Field(timedelta(minutes=1), description="How often to look for something new")
    jitter: Duration | None = Field(
        None, description="Each pass starts up to this much later; default: a tenth of `every`"
    )

    def further_files(self) -> list[str]:
        """Name the files beside the connector file that count as part of it (codecs, tables of devices)."""
        named = (getattr(self, key, None) for key in FILES)
        return [name for name in named if isinstance(name, str)]
