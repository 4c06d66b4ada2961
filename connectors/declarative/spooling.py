# SPDX-License-Identifier: EUPL-1.2
"""The block `spool`: how much may wait for the platform, and what happens when it is too much."""

from typing import Annotated, Literal

from pydantic import Field

from connectors.declarative.block import Block
from connectors.declarative.quantities import Size

SMALLEST = 64 * 1024
DEFAULT = 256 * 1024**2


class SpoolBlock(Block):
    """The spool of the connector."""

    size: Annotated[Size, Field(ge=SMALLEST)] = Field(
        DEFAULT, description="Most that waits for the platform, such as 256MiB"
    )
    when_full: Literal["block", "drop_oldest"] = Field(
        "block", description="block: the source is not read on; drop_oldest: what waits longest is dropped and counted"
    )
