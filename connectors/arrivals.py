# SPDX-License-Identifier: EUPL-1.2
"""What the platform sends to a connector: receipts, and requests to send again or to forget. Pure."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson
import structlog

LARGEST_INDEX = 2**31 - 1

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A message of the platform: the last level of its topic, and what is needed to acknowledge it."""

    topic: str
    payload: bytes
    mid: int
    qos: int


def parse_receipt(arrival: Arrival) -> tuple[str, list[dict[str, Any]]] | None:
    """Give the message that a receipt is of, and what of it was refused; None for anything else."""
    if arrival.topic != "ack":
        return None
    try:
        content = orjson.loads(arrival.payload)
        message, rejected = content["id"], content.get("rejected") or []
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        log.warning("receipt_not_understood")
        return None
    if not isinstance(message, str) or not isinstance(rejected, list):
        return None
    return message, [rejection for rejection in rejected if isinstance(rejection, dict)]


def parse_requests(arrival: Arrival) -> list[tuple[str, int]]:
    """Give message and index of each dead letter that a request names."""
    with suppress(orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        content = orjson.loads(arrival.payload)
        requests = [(str(entry["message"]), int(entry["index"])) for entry in content]
        if all(0 <= index <= LARGEST_INDEX for _, index in requests):
            return requests
    log.warning("request_not_understood", topic=arrival.topic)
    return []
