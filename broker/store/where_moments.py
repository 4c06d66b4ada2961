# SPDX-License-Identifier: EUPL-1.2
"""Times in JSON paths, which compare texts by their characters: what must be known beside the order of texts.

`…:31Z` and `…:31.500Z` are two texts of one form; `Z` comes after digits, and these after the point. So of a time's second,
those few spellings that stand on the wrong side, or mean the same time, are named one by one.
"""

from typing import Final, NamedTuple

from broker.ngsi.filters.moments import Kind, Moment

_DIGITS: Final = 9
_SECONDS: Final[dict[Kind, int]] = {"DateTime": len("2026-11-25T01:50:31"), "Time": len("01:50:31")}


class Spellings(NamedTuple):
    """Texts of a time's kind that are at least `pivot` are not earlier, but for `earlier`; `same` are this time."""

    pivot: str
    earlier: list[str]
    same: list[str]


def to_spellings(moment: Moment) -> Spellings:
    """How texts of its kind relate to a time."""
    if moment.kind == "Date":
        return Spellings(moment.key, [], [moment.key])
    second = moment.key[: _SECONDS[moment.kind]]
    fraction = moment.key[len(second) + 1 :].rstrip("0")
    if not fraction:
        zeros = [f"{second}.{'0' * count}Z" for count in range(1, _DIGITS + 1)]
        return Spellings(second, [], [f"{second}Z", *zeros])
    shorter = [f"{second}.{fraction[:count]}Z" for count in range(1, len(fraction))]
    same = [f"{second}.{fraction}{'0' * count}Z" for count in range(_DIGITS - len(fraction) + 1)]
    return Spellings(f"{second}.{fraction}", [f"{second}Z", *shorter], same)
