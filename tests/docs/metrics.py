# SPDX-License-Identifier: EUPL-1.2
"""The reference of the metrics, from what is registered."""

from pathlib import Path

from prometheus_client import CollectorRegistry

from allmende.launch.disk import register_disk
from api.metrics import HttpMetrics
from auth.metrics import TokenMetrics
from broker.engine.feed import Feed
from broker.engine.feedmetrics import register_feed
from broker.engine.ingest import IngestMetrics
from broker.mqtt.metrics import MqttMetrics

HEAD = """# Metrics

<!-- Made from the registry by `make docs`; a test compares. -->

`GET /metrics` gives these in the format of Prometheus; a counter is also written as `…_created`, the time it began.

| metric | type | labels | what it counts |
| --- | --- | --- | --- |
"""


def metrics_reference() -> str:
    """The page as Markdown."""
    registry = CollectorRegistry()
    IngestMetrics.register(registry)
    register_feed(registry, Feed())
    MqttMetrics.register(registry)
    HttpMetrics.register(registry)
    TokenMetrics.register(registry)
    register_disk(registry, Path("/"))
    rows = []
    for collector in registry._collector_to_names:
        (metric,) = collector.describe()
        name = f"{metric.name}_total" if metric.type == "counter" else metric.name
        labels = ", ".join(f"`{label}`" for label in collector._labelnames)
        rows.append(f"| `{name}` | {metric.type} | {labels} | {metric.documentation} |\n")
    return HEAD + "".join(sorted(rows))
