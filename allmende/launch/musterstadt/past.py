# SPDX-License-Identifier: EUPL-1.2
"""What was before the town began to send: it is told piece by piece, and the newest day first."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from allmende.launch.musterstadt.readings import history

REMEMBERED: Final = timedelta(days=7)
_PIECE: Final = timedelta(days=1)


def tell(start: datetime, end: datetime) -> Iterator[list[dict[str, Any]]]:
    """Messages of `up/temporal` with all that was measured after `start` and up to `end`: one a sensor and day."""
    until = end
    while until > start:
        since = max(start, until - _PIECE)
        for entity in history(since, until):
            yield [entity]
        until = since
