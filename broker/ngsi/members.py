# SPDX-License-Identifier: EUPL-1.2
"""The members that entities and attribute instances have of their own; every other one is an attribute."""

from typing import Final

from broker.ngsi.core_terms import CORE_TERMS
from broker.ngsi.entities import VALUE_MEMBERS

VALUE_NAMES: Final = frozenset(VALUE_MEMBERS.values())
"""Members that hold the value of an instance, of whatever type."""

SYSTEM_NAMES: Final = frozenset({"createdAt", "modifiedAt", "deletedAt", "instanceId"})
"""Members that the platform sets; in a request they are ignored (4.8)."""

_OUTPUT: Final = """
values objects languageMaps vocabs jsons valueLists objectLists objectsLists
previousValue previousObject previousLanguageMap previousVocab previousJson previousValueList previousObjectList
"""
OUTPUT_NAMES: Final = frozenset(_OUTPUT.split())
"""Members that occur in answers and notifications only."""

SEAL_NAMES: Final = frozenset({"entityIdSealed", "entityTypeSealed"})
"""Members of the Property `ngsildproof`."""

OPTIONAL_NAMES: Final = frozenset({"unitCode", "observedAt", "expiresAt", "objectType", "valueType"})
"""Members that an update may take away."""

_OTHER: Final = frozenset({"unitCode", "observedAt", "datasetId", "dataset", "expiresAt", "objectType", "valueType"})

INSTANCE_NAMES: Final = VALUE_NAMES | SYSTEM_NAMES | OUTPUT_NAMES | SEAL_NAMES | _OTHER
"""All members of instances but `type`."""

VALUE_IRIS: Final = frozenset(CORE_TERMS[name] for name in VALUE_NAMES if name in CORE_TERMS)
MEMBER_NAMES: Final = INSTANCE_NAMES | {"scope"}
MEMBER_IRIS: Final = frozenset(CORE_TERMS[term] for term in MEMBER_NAMES if term in CORE_TERMS)

_ALL: Final = frozenset(VALUE_MEMBERS)
_LINKS: Final = frozenset({"Relationship", "ListRelationship"})
KINDS_WITH: Final[dict[str, frozenset[str]]] = {
    "unitCode": frozenset({"Property", "ListProperty"}),
    "objectType": _LINKS,
    "valueType": _ALL - _LINKS,
}
"""The attribute types that may have a member, for members that not all have."""
