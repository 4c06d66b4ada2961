# SPDX-License-Identifier: EUPL-1.2
"""The block `spool`: how much may wait for the platform, and what happens when it is too much."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from connectors.declarative.block import Block

_UNITS = {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
SMALLEST = 64 * 1024
DEFAULT = 256 * 1024**2


def parse_size(given: object) -> object:
    """Read `256MiB`; a bare number means bytes."""
    if not isinstance(given, str):
        return given
    match = re.fullmatch(r"(\d{1,6}) ?(KiB|MiB|GiB)", given.strip())
    if match is None:
        raise ValueError("must be a number with a unit, such as 512KiB, 256MiB or 2GiB")
    return int(match[1]) * _UNITS[match[2]]


class SpoolBlock(Block):
    """The spool of the connector."""

    size: Annotated[int, BeforeValidator(parse_size, json_schema_input_type=int | str), Field(ge=SMALLEST)] = Field(
        DEFAULT, description="Most that waits for the platform, such as 256MiB"
    )
    when_full: Literal["block", "drop_oldest"] = Field(
        "block", description="block: the source is not read on; drop_oldest: what waits longest is dropped and counted"
    )
