# SPDX-License-Identifier: EUPL-1.2
"""Wide tables: columns of a row as elements, each a reading of its own."""

from functools import lru_cache
from typing import Any

from connectors.declarative.engines import ExpressionError
from connectors.declarative.values import is_nothing


def unpivot(row: Any = None, separator: Any = None) -> list[dict[str, Any]]:
    """Give {key, name, value} of each column whose name holds the separator and whose value is something.

    The key is the name up to the separator: of `100 (north)` and the separator ` (` it is `100`.
    """
    if type(row) is not dict or type(separator) is not str or not separator:
        raise ExpressionError(
            "$unpivot needs a row and what separates the key in a column's name, such as $unpivot($, ' (')"
        )
    return [
        {"key": key, "name": name, "value": value}
        for name, value in row.items()
        if (key := _key_of(name, separator)) is not None and not is_nothing(value)
    ]


@lru_cache(maxsize=10_000)
def _key_of(name: str, separator: str) -> str | None:
    key, found, _ = name.partition(separator)
    return key if found else None
