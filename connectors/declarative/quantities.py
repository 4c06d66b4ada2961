# SPDX-License-Identifier: EUPL-1.2
"""Sizes and times in a connector file: `500kB`, `64MiB`, or a number of bytes; `500ms`, `5m`, or a number of seconds."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from allmende.settings import Duration

_UNITS = {"": 1, "B": 1, "kB": 1000, "KiB": 1024, "MB": 1000**2, "MiB": 1024**2, "GB": 1000**3, "GiB": 1024**3}
_SIZE = re.compile(r"(\d{1,12})\s*(B|kB|KiB|MB|MiB|GB|GiB)?")


def parse_size(given: object) -> int:
    """Read a size; a bare number means bytes."""
    match = _SIZE.fullmatch(given.strip()) if isinstance(given, str) else None
    if match is not None:
        return int(match[1]) * _UNITS[match[2] or ""]
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    raise PydanticCustomError("size", "must be a number with a unit, such as 500kB, 64MiB or 2GiB")


Size = Annotated[int, BeforeValidator(parse_size, json_schema_input_type=int | str)]


def not_nothing(given: timedelta) -> timedelta:
    """Refuse no time at all: what is done every 0 s is done without a pause."""
    if given <= timedelta(0):
        raise PydanticCustomError("period", "must be longer than 0s")
    return given


Period = Annotated[Duration, AfterValidator(not_nothing)]
