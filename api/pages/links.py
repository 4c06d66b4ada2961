# SPDX-License-Identifier: EUPL-1.2
"""Addresses of pages, and what they name. Pure."""

from collections.abc import Iterable
from urllib.parse import quote

from api.vocabulary import to_name
from broker.ngsi.contexts import CORE


def type_link(iri: str) -> str:
    """The page of a type: by its short name, or by its IRI where only that is clear."""
    return f"/types/{quote(CORE.compact(iri), safe='')}"


def entity_link(entity_id: str) -> str:
    """The page of an entity."""
    return f"/entities/{quote(entity_id, safe=':')}"


def find_type(name: str, known: Iterable[str]) -> str | None:
    """The IRI that a name in an address means: of the core context, else of the one known type that is called so."""
    types = list(known)
    if name in types:
        return name
    expanded = CORE.expand(name)
    if expanded in types:
        return expanded
    called = [iri for iri in types if to_name(iri) == name]
    return called[0] if len(called) == 1 else None
