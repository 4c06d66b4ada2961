# SPDX-License-Identifier: EUPL-1.2
"""What becomes of the access tokens that are shown, and which issuers are away."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge

BELIEVED: Final = "believed"
REMEMBERED: Final = "remembered"
REFUSED: Final = "refused"
UNKNOWN_KEY: Final = "unknown_key"


@dataclass(frozen=True, slots=True)
class TokenMetrics:
    """The figures of tokens; issuers are those of the settings, so that nobody's words become a label."""

    outcomes: Mapping[str, Any]
    away: Gauge

    @classmethod
    def register(cls, registry: CollectorRegistry) -> "TokenMetrics":
        """Make the figures of a process."""
        tokens = Counter(
            "allmende_auth_tokens", "Access tokens shown, by what became of them", ["outcome"], registry=registry
        )
        away = Gauge(
            "allmende_auth_issuer_away",
            "1: an issuer of access tokens gave no answer when it was last asked for its keys; else 0",
            ["issuer"],
            registry=registry,
        )
        return cls({name: tokens.labels(name) for name in (BELIEVED, REMEMBERED, REFUSED, UNKNOWN_KEY)}, away)

    def count(self, outcome: str) -> None:
        """Count one token."""
        self.outcomes[outcome].inc()
