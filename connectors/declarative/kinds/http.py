# SPDX-License-Identifier: EUPL-1.2
"""The source kind `http`."""

from typing import Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from connectors.declarative.kinds.addresses import Address
from connectors.declarative.kinds.asking import Asking
from connectors.declarative.kinds.paging import Paging
from connectors.declarative.kinds.reading import Reading


class HttpSource(Asking, Reading):
    """An address that is asked."""

    type: Literal["http"] = Field(description="http: an address that is asked by GET or POST")
    url: Address = Field(description="The address, http or https")
    method: Literal["GET", "POST"] = Field("GET", description="How it is asked")
    body: str | dict[str, Any] | list[Any] | None = Field(
        None, description="POST: a text, or an object that is sent as JSON"
    )
    paging: Paging | None = Field(None, description="How the pages of the answer follow each other; default: one page")

    @model_validator(mode="after")
    def _fits_together(self) -> "HttpSource":
        if self.body is not None and self.method != "POST":
            raise PydanticCustomError("body", "a body is sent with 'method: POST' only")
        return self
