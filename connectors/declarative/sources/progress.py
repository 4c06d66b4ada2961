# SPDX-License-Identifier: EUPL-1.2
"""How far a query was read: rows of one cursor value are not lost between passes, and none is sent twice. Pure."""

from typing import Any

from allmende.errors import Retry
from connectors.declarative.sources.columns import Row, digest, keep_value, kept_value

MOST_ROWS = 100_000
MOST_OF_A_VALUE = 10_000


class Reached:
    """With a cursor: the last value whose rows were all read, and which rows were read from it on.

    The next pass asks from the value before the last, and passes over the rows that it has: so a run may stop between
    two rows of one value, and rows of the last value that come later are found, with `>` as with `>=`.
    """

    def __init__(self, column: str, position: Any, start: Any) -> None:
        self._column = column
        known = _known(position, column)
        self._kept: list[Any] = known.get("value") or keep_value(start)
        self._given: dict[str, None] = dict.fromkeys(known.get("rows", ()))
        self._before: dict[str, None] = {}
        self._now: dict[str, None] = {}
        self._group: Any = None
        self._completed = 0

    @property
    def value(self) -> Any:
        """What the query is asked with."""
        return kept_value(self._kept)

    @property
    def position(self) -> dict[str, Any]:
        """Where a run goes on that stops after the rows so far."""
        return {"cursor": self._column, "value": self._kept, "rows": list(self._given | self._before | self._now)}

    def take(self, row: Row, record: Any) -> bool:
        """Whether a row is new; rows come in the order of the cursor's column. Retry where they cannot."""
        value = self._value_of(row)
        if self._group is not None and value != self._group:
            self._complete()
        self._group = value
        name = digest(record)
        is_known = name in self._given or name in self._before or name in self._now
        self._now[name] = None
        if len(self._now) > MOST_OF_A_VALUE:
            words = f"More than {MOST_OF_A_VALUE} rows have {self._column} = {value!r}"
            raise Retry(f"{words}: take a column that tells them apart")
        return not is_known

    def _complete(self) -> None:
        """All rows of a value were read: with `>=` in the query, they come again."""
        self._kept, self._before, self._now = keep_value(self._group), self._now, {}
        self._completed += 1
        if self._completed == 2:
            # What earlier passes gave is of two values: the one that is asked with, and the one after it.
            self._given = {}

    def _value_of(self, row: Row) -> Any:
        if self._column not in row:
            raise Retry(f"The query gives no column {self._column!r}, which is its cursor")
        value = row[self._column]
        if value is None:
            raise Retry(f"Column {self._column!r} is null in a row: leave it out by WHERE {self._column} IS NOT NULL")
        # How texts are ordered is the database's own matter.
        if self._group is not None and not isinstance(value, str) and value < self._group:
            raise Retry(
                f"The rows are not in the order of {self._column!r}: end the query with ORDER BY {self._column}"
            )
        return value


class Answered:
    """Without a cursor: the rows of the last pass, of which only those that are new or have changed are sent."""

    def __init__(self, position: Any) -> None:
        self._before: set[str] = set(_known(position, None).get("rows", ()))
        self._now: dict[str, None] = {}

    @property
    def position(self) -> dict[str, Any]:
        """What the next pass passes over."""
        return {"cursor": None, "rows": list(self._now)}

    def take(self, record: Any) -> bool:
        """Whether a row is new."""
        name = digest(record)
        if name in self._now:
            return False
        if len(self._now) >= MOST_ROWS:
            raise Retry(f"The query gives more than {MOST_ROWS} rows: name a column as cursor")
        self._now[name] = None
        return name not in self._before


def _known(position: Any, column: str | None) -> dict[str, Any]:
    """Give a position that was kept with the same cursor; where the file has another one now, it says nothing."""
    is_same = isinstance(position, dict) and position.get("cursor") == column
    return position if is_same else {}
