# SPDX-License-Identifier: EUPL-1.2
"""The table of a lookup with an address."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from allmende.errors import Retry
from connectors.declarative.format import Lookup
from connectors.declarative.lookups import to_table
from connectors.declarative.sources.layouts import Unusable
from connectors.declarative.sources.readers import Select
from connectors.declarative.sources.web.answers import Answer
from connectors.declarative.sources.web.asking import Asker
from connectors.declarative.sources.web.reading import rows_of
from connectors.declarative.sources.web.requests import request_of


@dataclass(slots=True)
class WebTable:
    """The table of one lookup: what was answered last, and when it is asked again."""

    name: str
    lookup: Lookup
    asker: Asker
    select: Select | None
    due: float = 0.0
    digest: str = ""
    has_failed: bool = False

    async def ask(self) -> dict[str, Any] | None:
        """Give the table; None where it has not changed. Raises Retry or Stop."""
        async with self.asker.open() as session:
            answer = await session.ask(request_of(self.lookup, datetime.now(UTC)))
        if answer.digest == self.digest:
            return None
        table = to_table(self.lookup.key, self._rows(answer))
        self.digest = answer.digest
        return table

    def _rows(self, answer: Answer) -> list[Any]:
        rows = list(rows_of(answer, self.lookup, self.select, self.asker.shown))
        for row in rows:
            if type(row) is Unusable:
                raise Retry(f"{self.asker.shown.url(answer.url)}: {row.problem}")
        return rows
