# SPDX-License-Identifier: EUPL-1.2
"""What connectors last said of themselves, as figures."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from prometheus_client import CollectorRegistry, Gauge

_FIGURES: Final = {
    "backlog": "Records that wait for receipts in a connector's spool, as it last said",
    "set_aside": "Rejected records in a connector's spool, as it last said",
    "dropped": "Records that a connector dropped because its spool was full, as it last said",
}


@dataclass(frozen=True, slots=True)
class ConnectorMetrics:
    """The gauges; each connector has a label of its own."""

    figures: dict[str, Gauge]
    silent: Gauge
    reported: Gauge

    @classmethod
    def register(cls, registry: CollectorRegistry) -> "ConnectorMetrics":
        """The gauges of one process."""

        def gauge(name: str, words: str) -> Gauge:
            return Gauge(f"allmende_connector_{name}", words, ("tenant", "connector"), registry=registry)

        return cls(
            {name: gauge(f"{name}_records", words) for name, words in _FIGURES.items()},
            gauge("silent", "1: a connector has stored nothing for longer than its file allows; else 0"),
            gauge("reported_timestamp_seconds", "When a connector last said how it is; one that runs does every 30 s"),
        )

    def take(self, tenant: str, connector: str, state: Any, now: datetime) -> None:
        """Take a report; what in it is no figure is left out, as the sender may be anybody's program."""
        if not isinstance(state, dict):
            return
        self.reported.labels(tenant, connector).set(now.timestamp())
        self.silent.labels(tenant, connector).set(int(state.get("silent_since") is not None))
        for name, gauge in self.figures.items():
            if type(figure := state.get(name)) is int and 0 <= figure < 2**53:
                gauge.labels(tenant, connector).set(figure)
