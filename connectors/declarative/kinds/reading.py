# SPDX-License-Identifier: EUPL-1.2
"""What every kind of source says: how its content is written, and when it is read."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from allmende.settings import Duration
from connectors.declarative.block import Block

Format = Literal["csv", "json", "geojson", "xml", "xlsx"]


def only_xlsx(sheet: str | None, given: ValidationInfo) -> str | None:
    """Refuse a sheet where another format is named."""
    if sheet is not None and given.data.get("format") not in {None, "xlsx"}:
        raise PydanticCustomError("sheet", "'sheet' is for format xlsx, not {format}", {"format": given.data["format"]})
    return sheet


class Written(Block):
    """How the content of a source or of a further file is written."""

    format: Format | None = Field(None, description="Default: by the name's suffix or the content's type")
    encoding: str | None = Field(None, description="Characters of the content; default: UTF-8, else Windows-1252")
    delimiter: str | None = Field(None, min_length=1, max_length=1, description="CSV; default: found in the first line")
    header: bool | list[str] = Field(
        True, description="CSV, xlsx: whether the first line names the columns; else their names"
    )
    sheet: Annotated[str | None, AfterValidator(only_xlsx)] = Field(
        None, description="xlsx: the sheet's name; default: the first"
    )


class Reading(Written):
    """What every kind of source says."""

    decimal: Literal[".", ","] = Field(".", description="The decimal sign that $number reads")
    every: Duration = Field(timedelta(minutes=1), description="How often to look for something new")
    jitter: Duration | None = Field(
        None, description="Each pass starts up to this much later; default: a tenth of `every`"
    )

    def further_files(self) -> list[str]:
        """Name the files beside the connector file that count as part of it (codecs, tables of devices)."""
        return []
