# SPDX-License-Identifier: EUPL-1.2
"""Which media type an answer has, and which one a body has."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

JSON: Final = "application/json"
JSON_LD: Final = "application/ld+json"
GEO_JSON: Final = "application/geo+json"
MERGE_PATCH: Final = "application/merge-patch+json"


@lru_cache(maxsize=1024)
def choose_media_type(accept: str, offers: tuple[str, ...]) -> str | None:
    """The offer that an Accept header prefers, the first of equals; None where it accepts none (RFC 9110, 12.5.1)."""
    ranges = [_parse_range(part) for part in accept.split(",") if part.strip()]
    if not ranges:
        return offers[0]
    weights = [(_weight(offer, ranges), -position) for position, offer in enumerate(offers)]
    weight, position = max(weights)
    return offers[-position] if weight > 0 else None


def media_type_of(content_type: str) -> str:
    """The media type without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def _parse_range(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            return name, _parse_weight(value.strip())
    return name, 1.0


def _parse_weight(text: str) -> float:
    """A q-value; one that cannot be read keeps the default."""
    try:
        weight = float(text)
    except ValueError:
        return 1.0
    return weight if 0 <= weight <= 1 else 1.0


def _weight(offer: str, ranges: Sequence[tuple[str, float]]) -> float:
    """What the most specific range says about an offer: `q=0` removes it, and no wildcard brings it back."""
    for candidate in (offer, f"{offer.partition('/')[0]}/*", "*/*"):
        weights = [weight for name, weight in ranges if name == candidate or (name == "*" and candidate == "*/*")]
        if weights:
            return max(weights)
    return 0.0
