# SPDX-License-Identifier: EUPL-1.2
"""How long the history of entities is kept, by their types."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Final

from broker.ngsi.shortnames import to_short_name

OTHERS: Final = "*"


@dataclass(frozen=True, slots=True)
class Retention:
    """Durations by type: its IRI, or the last part of that; `*` stands for the types that are not named."""

    rules: Mapping[str, timedelta] = field(default_factory=dict)

    @property
    def longest(self) -> timedelta | None:
        """After so long no history is kept; None where some is kept for ever."""
        return max(self.rules.values()) if OTHERS in self.rules else None

    def of(self, types: Sequence[str] | None) -> timedelta | None:
        """How long the history of an entity is kept: of several types the longest, None for ever.

        >>> rules = Retention({"Room": timedelta(days=7), "urn:x:Hall": timedelta(days=30)})
        >>> rules.of(["https://example.org/Room", "urn:x:Hall"])
        datetime.timedelta(days=30)
        >>> rules.of(["https://example.org/Room", "urn:x:Tower"])
        """
        kept = [self._of(name) for name in types or [OTHERS]]
        known = [duration for duration in kept if duration is not None]
        return max(known) if len(known) == len(kept) else None

    def _of(self, name: str) -> timedelta | None:
        return self.rules.get(name) or self.rules.get(to_short_name(name)) or self.rules.get(OTHERS)


FOR_EVER: Final = Retention()


def first_kept(now: datetime, kept_for: timedelta) -> datetime:
    """What is older goes: the beginning of a day, so that there is something to clear once a day."""
    return datetime.combine((now.astimezone(UTC) - kept_for).date(), time.min, UTC)
