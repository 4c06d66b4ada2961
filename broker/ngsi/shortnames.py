# SPDX-License-Identifier: EUPL-1.2
"""Short names of attributes, for those who have no @context at hand: an entity's own attributes say what is meant."""

import re
from collections.abc import Collection
from typing import Final

from allmende.errors import BadRequestData
from broker.ngsi.contexts import CORE

_ENDS: Final = re.compile(r"[/#:]")


def find_attribute(name: str, iris: Collection[str]) -> str | None:
    """The one of these IRIs that a name means: the IRI itself, its name in the core @context, or its last part.

    >>> find_attribute("no2", {"https://uri.etsi.org/ngsi-ld/default-context/no2", "https://example.org/air#o3"})
    'https://uri.etsi.org/ngsi-ld/default-context/no2'
    >>> find_attribute("o3", {"https://example.org/air#o3"})
    'https://example.org/air#o3'
    """
    if name in iris:
        return name
    for iri in iris:
        if CORE.compact(iri) == name:
            return iri
    found = sorted(iri for iri in iris if to_short_name(iri) == name)
    if len(found) > 1:
        raise BadRequestData(f"Parameter 'attribute': {name!r} may be any of {' and '.join(found)}; give one of them")
    return found[0] if found else None


def to_short_name(iri: str) -> str:
    """The last part of an IRI."""
    return _ENDS.split(iri.rstrip("/#:"))[-1] or iri
