# SPDX-License-Identifier: EUPL-1.2
"""How the pages of an answer follow each other: the block `paging`."""

from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from connectors.declarative.block import Block

_KINDS = ("link", "next", "offset", "page", "cursor")


class Paging(Block):
    """Exactly one of link, next, offset, page and cursor."""

    link: Literal[True] | None = Field(None, description="true: the next page is the `Link` header with rel=next")
    next: str | None = Field(None, description="Expression over the answer -> the address of the next page")
    offset: str | None = Field(None, description="The query parameter that says how many records to leave out")
    page: str | None = Field(None, description="The query parameter that holds the page's number")
    cursor: str | None = Field(None, description="Expression over the answer -> the value of `param` for the next page")
    param: str | None = Field(None, description="The query parameter that holds the cursor")
    first: int = Field(1, ge=0, description="The number of the first page")
    size: int | None = Field(None, ge=1, description="Records of a full page; one with fewer is the last")
    limit: str | None = Field(None, description="The query parameter that asks for `size` records")
    most: int = Field(100, ge=1, le=10_000, description="Pages of one pass; more are an error")

    @model_validator(mode="after")
    def _fits_together(self) -> "Paging":
        if sum(getattr(self, kind) is not None for kind in _KINDS) != 1:
            raise PydanticCustomError("kinds", "paging has exactly one of link, next, offset, page and cursor")
        if (self.cursor is None) != (self.param is None):
            raise PydanticCustomError("cursor", "paging by cursor needs both cursor and param")
        if self.size is None and (self.offset is not None or self.limit is not None):
            raise PydanticCustomError("size", "paging by offset or with limit needs size")
        return self
