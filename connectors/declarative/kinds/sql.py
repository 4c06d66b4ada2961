# SPDX-License-Identifier: EUPL-1.2
"""The source kind `sql`."""

from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_core import PydanticCustomError

from connectors.declarative.kinds.reading import Reading
from connectors.declarative.quantities import Period

PLACE = "%(cursor)s"
SCHEMES = ("postgresql", "postgres", "sqlite")


class SqlSource(Reading):
    """A query that a database answers."""

    type: Literal["sql"] = Field(description="sql: a query of PostgreSQL or SQLite, which is never written to")
    url: SecretStr = Field(
        description="`postgresql://user@host/database?sslmode=…`, or `sqlite:///path` relative to this connector file"
    )
    query: str = Field(min_length=1, description="SELECT …; with a cursor: WHERE column > %(cursor)s ORDER BY column")
    cursor: str | None = Field(None, description="The column whose last value the next pass goes on from")
    start: str | int | float | None = Field(None, description="What the first pass goes on from")
    timeout: Period = Field(timedelta(seconds=30), description="The longest time of a statement; default 30s")

    @field_validator("url")
    @classmethod
    def _known_database(cls, given: SecretStr) -> SecretStr:
        text = given.get_secret_value()
        try:
            is_known = text.startswith("${") or urlsplit(text).scheme in SCHEMES
        except ValueError:
            is_known = False
        if not is_known:
            # The URL may hold a password, so it is not shown.
            raise PydanticCustomError("url", "must be a URL that begins with postgresql:// or sqlite:///")
        return given

    @model_validator(mode="after")
    def _cursor_in_query(self) -> "SqlSource":
        if self.cursor is None and PLACE in self.query:
            raise PydanticCustomError("cursor", "the query holds %(cursor)s, but no 'cursor' names the column")
        if self.cursor is not None and PLACE not in self.query:
            raise PydanticCustomError(
                "cursor", "the query must hold %(cursor)s, else each pass reads all of it", {"key": "query"}
            )
        if self.cursor is not None and self.start is None:
            raise PydanticCustomError("start", "key 'start' is required: what the first pass goes on from")
        return self
