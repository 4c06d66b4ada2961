# SPDX-License-Identifier: EUPL-1.2
"""The source kind `http`."""

from typing import Literal

from pydantic import Field

from connectors.declarative.kinds.reading import Reading


class HttpSource(Reading):
    """An address that is asked."""

    type: Literal["http"] = Field(description="http: an address that is asked by GET or POST")
    url: str = Field(description="The address, http or https")
