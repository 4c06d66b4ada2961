# SPDX-License-Identifier: EUPL-1.2
"""Silence: nothing was stored for longer than the connector file allows. Said once, and once when it is over."""

from datetime import datetime, timedelta

import structlog

log = structlog.get_logger()


class Silence:
    """Whether a connector is silent, by the time at which something of it was stored last."""

    def __init__(self, max_age: timedelta | None, began: datetime) -> None:
        self._max_age = max_age
        self._began = began
        """Counts as long as nothing was ever stored."""
        self.since: datetime | None = None

    def look(self, last_stored: datetime | None, now: datetime) -> bool:
        """Look at the clock; whether it has fallen silent, or speaks again."""
        if self._max_age is None:
            return False
        heard = last_stored or self._began
        is_silent = now - heard > self._max_age
        if is_silent == (self.since is not None):
            return False
        self.since = heard if is_silent else None
        if is_silent:
            log.warning("connector_silent", since=heard.isoformat(), max_age_s=self._max_age.total_seconds())
        else:
            log.info("connector_speaks_again")
        return True
