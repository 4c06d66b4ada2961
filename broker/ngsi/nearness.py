# SPDX-License-Identifier: EUPL-1.2
"""What somebody may have meant who wrote a name that is not there."""

import difflib
from collections.abc import Iterable
from typing import Final

from broker.ngsi.contexts import CORE
from broker.ngsi.shortnames import to_short_name

MOST_NAMES: Final = 2_000
"""Names that are compared, which takes some milliseconds."""

_LONGEST: Final = 100
_NEAR: Final = 0.7
"""How much of two names is alike: a slip of a letter or two, and no other word."""


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """How an error goes on that says that a name is not there.

    >>> did_you_mean("Limti", ["limit", "offset"])
    "; did you mean 'limit'?"
    >>> did_you_mean("radius", ["limit", "offset"])
    ''
    """
    name = _nearest(given, {name: name for name in known})
    return "" if name is None else f"; did you mean {name!r}?"


def did_you_mean_iri(given: str, known: Iterable[str]) -> str:
    """The same of IRIs, of which the last parts are compared.

    >>> did_you_mean_iri("https://a.example/sped", ["https://a.example/speed", "https://a.example/name"])
    "; did you mean 'https://a.example/speed'?"
    """
    iri = _nearest(to_short_name(given), {iri: to_short_name(iri) for iri in known if iri != given})
    return "" if iri is None else f"; did you mean {CORE.compact(iri)!r}?"


def _nearest(given: str, known: dict[str, str]) -> str | None:
    """The key of the value that is nearest, if one is near; capitals count for nothing."""
    folded: dict[str, str] = {}
    for key, name in list(known.items())[:MOST_NAMES]:
        if len(name) <= _LONGEST:
            folded.setdefault(name.casefold(), key)
    near = difflib.get_close_matches(given[:_LONGEST].casefold(), folded, n=1, cutoff=_NEAR)
    return folded[near[0]] if near else None
