# SPDX-License-Identifier: EUPL-1.2
"""How many requests are answered, how, and how fast."""

from dataclasses import dataclass, field
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})
_BUCKETS: Final = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5)


@dataclass(frozen=True, slots=True)
class HttpMetrics:
    """The figures of HTTP; a client's own words never become a label."""

    requests: Counter
    seconds: Histogram
    _known: dict[tuple[str, int], Counter] = field(default_factory=dict)

    @classmethod
    def register(cls, registry: CollectorRegistry) -> "HttpMetrics":
        """Make the figures of a process."""
        return cls(
            Counter("allmende_http_requests", "Requests answered", ["method", "status"], registry=registry),
            Histogram("allmende_http_request_seconds", "Time to an answer", buckets=_BUCKETS, registry=registry),
        )

    def count(self, method: str, status: int, seconds: float) -> None:
        """Count one request."""
        counter = self._known.get((method, status))
        if counter is None:
            name = method if method in _METHODS else "other"
            counter = self.requests.labels(name, str(status))
            if name == method:
                self._known[method, status] = counter
        counter.inc()
        self.seconds.observe(seconds)
