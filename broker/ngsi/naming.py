# SPDX-License-Identifier: EUPL-1.2
"""A compiled @context: two look-ups, from a term to its IRI and back (ETSI GS CIM 009, 4.4, 5.5.7)."""

import re
from collections.abc import Mapping
from copy import copy
from typing import Any, Final

from allmende.errors import BadRequestData
from broker.ngsi.core_terms import CORE_PREFIXES, CORE_TERMS, DEFAULT_VOCABULARY
from broker.ngsi.datatypes import MAX_URI_BYTES, is_name, is_uri, shown
from broker.ngsi.entities import NULL
from broker.ngsi.members import MEMBER_IRIS, MEMBER_NAMES

_ABSOLUTE: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+\-.]*|_):\S*")
MAX_KEPT: Final = 10_000
"""Names kept per @context; names that senders make up must not fill the memory."""


class Context:
    """A compiled @context; `source` is what the user asked for, None the core @context alone."""

    __slots__ = (
        "_compacted",
        "_expanded",
        "_inverse",
        "_prefixes",
        "_terms",
        "address",
        "attribute_names",
        "own_terms",
        "source",
        "type_names",
    )

    def __init__(self, source: Any, terms: Mapping[str, str | None], prefixes: Mapping[str, str]) -> None:
        self.source = source
        self.address: str | None = None
        """A URL made for one that has none, or several; answers name it in their Link header."""
        self.own_terms = len(terms)
        self._terms = {**terms, **CORE_TERMS}
        self._prefixes = {**{name: iri for name, iri in prefixes.items() if name not in CORE_TERMS}, **CORE_PREFIXES}
        self._inverse = _invert(self._terms)
        self._expanded: dict[str, str] = {}
        self._compacted: dict[str, str] = {}
        self.attribute_names = AttributeNames(self)
        self.type_names = TypeNames(self)

    def expand(self, term: str) -> str:
        """The IRI of a term, of a compact IRI, or of what is one already."""
        iri = self._expanded.get(term)
        if iri is None:
            iri = self._expand(term)
            _keep(self._expanded, term, iri)
        return iri

    def compact(self, iri: str) -> str:
        """The shortest way to write an IRI under this @context."""
        term = self._compacted.get(iri)
        if term is None:
            term = self._compact(iri)
            _keep(self._compacted, iri, term)
        return term

    def has_prefix_of(self, name: str) -> bool:
        """Whether a name is a compact IRI under a prefix that is a name itself, as `größe:full`."""
        prefix, colon, _ = name.partition(":")
        return bool(colon) and prefix in self._prefixes and is_name(prefix)

    def at(self, address: str) -> "Context":
        """The same @context, to be named by an address that was made for it."""
        addressed = copy(self)
        addressed.address = address
        return addressed

    def _expand(self, term: str) -> str:
        if term in self._terms:
            iri = self._terms[term]
            if iri is None:
                raise BadRequestData(f"The @context says that {shown(term)} has no meaning; leave it out")
            return iri
        prefix, colon, suffix = term.partition(":")
        if colon and prefix:
            if prefix == "_" or suffix.startswith("//"):
                return term
            if prefix in self._prefixes:
                return self._prefixes[prefix] + suffix
            if _ABSOLUTE.fullmatch(term):
                return term
        return DEFAULT_VOCABULARY + term

    def _compact(self, iri: str) -> str:
        term = self._inverse.get(iri)
        if term is not None:
            return term
        suffix = iri.removeprefix(DEFAULT_VOCABULARY)
        if suffix not in {iri, ""} and suffix not in self._terms and self._expand(suffix) == iri:
            return suffix
        candidates = [
            f"{prefix}:{iri[len(start) :]}"
            for prefix, start in self._prefixes.items()
            if iri.startswith(start) and iri != start
        ]
        candidates = [name for name in candidates if name not in self._terms and self._expand(name) == iri]
        return min(candidates, key=_brevity, default=iri)


class AttributeNames(dict[str, str]):
    """IRIs of attribute names, checked once (4.6.2)."""

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context

    def __missing__(self, name: str) -> str:
        iri = _expand_name(self._context, name, "An attribute name")
        if name in MEMBER_NAMES or iri in MEMBER_IRIS:
            raise BadRequestData(f"{name!r} is a member of entities or attributes and cannot be an attribute itself")
        _keep(self, name, iri)
        return iri


class TypeNames(dict[str, str]):
    """IRIs of entity type names, checked once (4.6.2)."""

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context

    def __missing__(self, name: str) -> str:
        iri = _expand_name(self._context, name, "An entity type")
        _keep(self, name, iri)
        return iri


def _expand_name(context: Context, name: Any, what: str) -> str:
    if type(name) is not str or name == NULL or not (is_name(name) or is_uri(name) or context.has_prefix_of(name)):
        raise BadRequestData(
            f"{what} must be a letter followed by letters, digits and '_', or an IRI, not {shown(name)}"
        )
    iri = context.expand(name)
    if not is_uri(iri):
        raise BadRequestData(f"{what} must lead to an IRI, but {shown(name)} leads to {shown(iri)}")
    return iri


def _keep(names: dict[str, str], key: str, name: str) -> None:
    """Remember a name; when there are too many, begin anew."""
    if len(names) >= MAX_KEPT:
        names.clear()
    if len(key) <= MAX_URI_BYTES:
        names[key] = name


def _invert(terms: Mapping[str, str | None]) -> dict[str, str]:
    inverse: dict[str, str] = {}
    for term in sorted(terms, key=_brevity):
        iri = terms[term]
        if iri is not None:
            inverse.setdefault(iri, term)
    return inverse


def _brevity(term: str) -> tuple[int, str]:
    return len(term), term
