# SPDX-License-Identifier: EUPL-1.2
"""What files tell of an entity: plain values, and names that stay apart. Pure."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from api.vocabulary import to_name
from broker.ngsi.contexts import CORE
from broker.ngsi.entities import VALUE_MEMBERS, Instance
from broker.ngsi.labels import language_in

TAKEN: Final = frozenset({"id", "type", "name", "observedAt", "longitude", "latitude"})
"""Members that files have of their own."""
_NAME: Final = CORE.expand("name")


def plain_value(instance: Instance, language: str) -> Any:
    """The value of an attribute instance as one: texts in the reader's language, terms and URIs as texts."""
    member = VALUE_MEMBERS[instance["type"]]
    value = instance[member]
    if member == "languageMap":
        return value[language_in(value, language)]
    if member == "objectList":
        return [part["object"] for part in value]
    if member == "vocab":
        return [CORE.compact(term) for term in value] if isinstance(value, list) else CORE.compact(value)
    return value


def is_name(iri: str) -> bool:
    """Whether an attribute is the name that files tell as a member of their own."""
    return iri == _NAME


@lru_cache(maxsize=1_000)
def member_names(iris: tuple[str, ...]) -> Mapping[str, str]:
    """What attributes are called in a file, by their IRI: the last part of it, or all where that is another's name."""
    ordered = sorted(iris, key=lambda iri: (CORE.compact(iri) != to_name(iri), iri))
    names: dict[str, str] = {}
    taken = set(TAKEN)
    for iri in ordered:
        name = to_name(iri)
        names[iri] = iri if name in taken or f"{name}.unit" in taken else name
        taken |= {names[iri], f"{names[iri]}.unit"}
    return names
