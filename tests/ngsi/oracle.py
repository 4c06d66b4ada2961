# SPDX-License-Identifier: EUPL-1.2
"""PyLD's own expansion of entities, as the measure of ours."""

from typing import Any

from pyld import jsonld

from broker.ngsi.core_terms import CORE_TERMS, DEFAULT_VOCABULARY, NGSI_LD
from broker.ngsi.entities import Attributes, Entity

CORE_URL = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"

_COERCIONS = {
    "object": {"@type": "@id"},
    "vocab": {"@type": "@vocab"},
    "datasetId": {"@type": "@id"},
    "json": {"@type": "@json"},
    "observedAt": {"@type": "DateTime"},
    "languageMap": {"@container": "@language"},
    "valueList": {"@container": "@list"},
    "objectList": {"@container": "@list"},
    "coordinates": {"@container": "@list"},
}


def core_document() -> dict[str, Any]:
    """The core @context with what it says about values."""
    terms: dict[str, Any] = {term: iri for term, iri in CORE_TERMS.items() if term not in _COERCIONS}
    terms |= {term: {"@id": CORE_TERMS[term], **coercion} for term, coercion in _COERCIONS.items()}
    return {"@context": {"@version": 1.1, "@protected": True, **terms, "@vocab": DEFAULT_VOCABULARY}}


def loader_of(documents: dict[str, Any]):
    """A document loader for PyLD."""
    known = {CORE_URL: core_document(), **documents}

    def load(url: str, _options: Any = None) -> dict[str, Any]:
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": known[url],
        }

    return load


def expand(body: dict[str, Any], source: Any, documents: dict[str, Any] | None = None) -> dict[str, Any]:
    """The expanded form of an entity under a user's @context and the core one."""
    contexts = source if isinstance(source, list) else [source]
    document = {**body, "@context": [*contexts, CORE_URL]}
    return jsonld.expand(document, {"documentLoader": loader_of(documents or {})})[0]


def names_of_expanded(node: dict[str, Any]) -> dict[str, Any]:
    """Types (each once, as an entity has them), attributes, sub-attributes and vocabulary values of an expanded node."""
    return {
        "types": sorted(set(node.get("@type", []))),
        "vocab": sorted(value["@id"] for value in node.get(NGSI_LD + "hasVocab", [])),
        "attributes": {
            name: [names_of_expanded(part) for part in parts]
            for name, parts in node.items()
            if not name.startswith("@") and name not in _MEMBERS
        },
    }


def names_of_entity(entity: Entity) -> dict[str, Any]:
    """The same of what our parser makes."""
    return {"types": sorted(entity.types), "vocab": [], "attributes": _names_of_attributes(entity.attributes)}


def _names_of_attributes(attributes: Attributes) -> dict[str, Any]:
    return {
        name: [
            {
                "types": [NGSI_LD + instance["type"]],
                "vocab": sorted(_listed(instance.get("vocab", []))),
                "attributes": _names_of_attributes({key: part for key, part in instance.items() if ":" in key}),
            }
            for instance in instances
        ]
        for name, instances in attributes.items()
    }


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


_TERMS = "value object languageMap vocab json valueList objectList unitCode observedAt datasetId scope"
_MEMBERS = {CORE_TERMS[term] for term in _TERMS.split()}
