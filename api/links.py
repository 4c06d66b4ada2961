# SPDX-License-Identifier: EUPL-1.2
"""Addresses of pages and of their parts, and the names in them. Pure."""

from collections.abc import Iterable
from hashlib import blake2s
from urllib.parse import quote

from api.vocabulary import to_name
from broker.ngsi.contexts import CORE


def type_link(iri: str) -> str:
    """The page of a type."""
    return f"/types/{quote(CORE.compact(iri), safe='')}"


def entity_link(entity_id: str) -> str:
    """The page of an entity."""
    return f"/entities/{quote(entity_id, safe=':')}"


def to_key(text: str) -> str:
    """A name for a part of a page, whatever signs the text has that it stands for."""
    return blake2s(text.encode(), digest_size=6).hexdigest()


def find_iri(name: str, known: Iterable[str]) -> str | None:
    """The IRI of a type or an attribute that a name means: of the core @context, else of the one that is called so."""
    iris = list(known)
    if name in iris:
        return name
    expanded = CORE.expand(name)
    if expanded in iris:
        return expanded
    called = [iri for iri in iris if to_name(iri) == name]
    return called[0] if len(called) == 1 else None
