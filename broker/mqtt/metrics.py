# SPDX-License-Identifier: EUPL-1.2
"""What the MQTT side counts."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge


@dataclass(frozen=True, slots=True)
class MqttMetrics:
    """Counters and gauges of one process, `allmende_mqtt_…`."""

    connections: Gauge
    received: Counter
    refused: Counter
    receipts: Counter
    receipts_unsent: Counter
    requests: Counter
    pauses: Counter

    @classmethod
    def register(cls, registry: CollectorRegistry) -> "MqttMetrics":
        """The metrics of one process."""
        return cls(
            connections=Gauge("allmende_mqtt_connections", "Clients that are connected", registry=registry),
            received=Counter("allmende_mqtt_messages_received", "Messages that came", registry=registry),
            refused=Counter(
                "allmende_mqtt_refused",
                "Connections, messages and subscriptions refused",
                ("reason",),
                registry=registry,
            ),
            receipts=Counter("allmende_mqtt_receipts_sent", "Receipts sent to connectors", registry=registry),
            receipts_unsent=Counter(
                "allmende_mqtt_receipts_unsent",
                "Receipts that nobody took: no subscriber, or a slow one",
                registry=registry,
            ),
            requests=Counter("allmende_mqtt_requests_sent", "Replays and drops sent to connectors", registry=registry),
            pauses=Counter(
                "allmende_mqtt_pauses", "Times that reading from a client stopped for a while", registry=registry
            ),
        )

    def refuse(self, reason: str) -> None:
        """Count one refusal."""
        self.refused.labels(reason).inc()
