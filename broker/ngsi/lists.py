# SPDX-License-Identifier: EUPL-1.2
"""Lists of names in parameters."""

from collections.abc import Mapping
from typing import Final

from allmende.errors import BadRequestData

MAX_NAMES: Final = 1000


def split_names(parameters: Mapping[str, str], name: str) -> list[str]:
    """A list separated by commas; empty where the parameter is absent.

    >>> split_names({"attrs": "name, speed"}, "attrs")
    ['name', 'speed']
    """
    text = parameters.get(name)
    if text is None:
        return []
    if text.count(",") >= MAX_NAMES:
        raise BadRequestData(f"Parameter {name!r} must name at most {MAX_NAMES}")
    parts = [part.strip() for part in text.split(",")]
    if not all(parts):
        raise BadRequestData(f"Parameter {name!r} must be a list without empty entries")
    return parts
