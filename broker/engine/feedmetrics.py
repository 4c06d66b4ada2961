# SPDX-License-Identifier: EUPL-1.2
"""How many follow the feed, as a figure."""

from prometheus_client import CollectorRegistry, Gauge

from broker.engine.feed import MOST_FOLLOWERS, Feed


def register_feed(registry: CollectorRegistry, feed: Feed) -> None:
    """Make the gauge of a process."""
    words = f"Streams of events that are open, at most {MOST_FOLLOWERS}"
    Gauge("allmende_event_streams", words, registry=registry).set_function(lambda: feed.followers)
