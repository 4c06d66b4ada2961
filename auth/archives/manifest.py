# SPDX-License-Identifier: EUPL-1.2
"""What an archive says of itself, in its first file. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from allmende.errors import BadRequestData

MANIFEST: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"
VERSION: Final = 1
"""Of the form of archives; one of another version is refused."""

DERIVED: Final[Mapping[str, str]] = {
    "settled": "the sums of hours are made anew where the server keeps any",
    "rights": "a tenant that is made anew has a version that no other one ever had",
}
"""Tables that are not in an archive, and why. Every other one is, so that a new one cannot be forgotten."""

_PART: Final = re.compile(r"([a-z_][a-z0-9_]*)/[0-9]{6,}\.csv")


@dataclass(frozen=True, slots=True)
class Table:
    """A table, its columns in order, and the one of them that PostgreSQL numbers, if any."""

    name: str
    columns: Sequence[str]
    number: str | None = None


class TableEntry(BaseModel):
    """A table as the manifest has it; `last` is the last number that was given out."""

    model_config = ConfigDict(frozen=True)

    name: str
    columns: list[str]
    number: str | None = None
    last: int | None = None


class Manifest(BaseModel):
    """The first file of an archive."""

    model_config = ConfigDict(frozen=True)

    format: str = "allmende-tenant"
    version: int = VERSION
    platform: str
    """The version of the platform that wrote it."""
    tenant: str
    exported_at: AwareDatetime
    """The moment whose state it holds."""
    steps: list[str]
    """The names of the steps by which the tables were made."""
    tables: list[TableEntry]


def write_manifest(manifest: Manifest) -> bytes:
    """Its text, to be read by people, too."""
    return orjson.dumps(
        manifest.model_dump(), option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
    )


def read_manifest(content: bytes) -> Manifest:
    """The manifest of a text; BadRequestData where it is none, or of a form that is not known here."""
    try:
        document: Any = orjson.loads(content)
    except ValueError as error:
        raise BadRequestData(f"The archive is damaged: its {MANIFEST} is not JSON") from error
    if not isinstance(document, dict) or document.get("format") != "allmende-tenant":
        raise BadRequestData("The archive is not that of a tenant; `allmende tenants export` makes one")
    if document.get("version") != VERSION:
        raise BadRequestData(
            f"The archive is of version {document.get('version')!r}, and this platform reads version {VERSION};"
            " import it with the version of the platform that wrote it, or a newer one"
        )
    try:
        return Manifest.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadRequestData(f"The archive is damaged: field '{place}' of its {MANIFEST}: {first['msg']}") from error


def require_steps(manifest: Manifest, known: Sequence[str]) -> int:
    """How many steps the tables of an archive have been made by; BadRequestData where this platform has not all of them."""
    if manifest.steps != list(known[: len(manifest.steps)]):
        raise BadRequestData(
            f"The archive was written by version {manifest.platform} of the platform, whose tables are not known here;"
            " bring this platform to that version or a newer one"
        )
    return len(manifest.steps)


def require_tables(manifest: Manifest, known: Sequence[Table]) -> None:
    """See to it that an archive holds exactly the tables that its tenant has, with their columns."""
    here = {table.name: (list(table.columns), table.number) for table in known if table.name not in DERIVED}
    there = {table.name: (table.columns, table.number) for table in manifest.tables}
    wrong = sorted(name for name in here.keys() | there.keys() if here.get(name) != there.get(name))
    if wrong or len(there) != len(manifest.tables):
        raise BadRequestData(f"The archive is damaged: its {MANIFEST} tells of other tables: {', '.join(wrong)}")


def part_name(table: str, number: int) -> str:
    """The name of a file with rows of a table."""
    return f"{table}/{number:06}.csv"


def table_of(part: str) -> str:
    """The table whose rows a file holds; BadRequestData where it is no such file."""
    match = _PART.fullmatch(part)
    if match is None:
        raise BadRequestData(f"The archive is damaged: it holds a file {part!r}")
    return match[1]


def file_name(tenant: str, moment: datetime) -> str:
    """What a file with an archive is called."""
    return f"{tenant}-{moment:%Y%m%dT%H%M%SZ}.tar.gz"
