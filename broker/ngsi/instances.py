# SPDX-License-Identifier: EUPL-1.2
"""Attribute instances as requests write them: normalized, concise or simplified (ETSI GS CIM 009, 4.5)."""

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias

from allmende.errors import BadRequestData
from broker.ngsi.core_terms import DEFAULT_VOCABULARY, NGSI_LD
from broker.ngsi.datatypes import parse_instant, require_uri, shown
from broker.ngsi.entities import NULL, VALUE_MEMBERS, Instance
from broker.ngsi.geometry import looks_like_geometry
from broker.ngsi.members import INSTANCE_NAMES, KINDS_WITH, OPTIONAL_NAMES, SEAL_NAMES, SYSTEM_NAMES, VALUE_NAMES
from broker.ngsi.naming import Context
from broker.ngsi.values import READERS, holds_context

MAX_DEPTH: Final = 20
MAX_DATASETS: Final = 1000

BARE: Final = "@value"
"""In a part of an instance: a value that stands alone, of whatever type the attribute is."""

PLACE: Final = NGSI_LD + "location"
"""Where an entity is."""

PLACES: Final = frozenset(NGSI_LD + name for name in ("location", "observationSpace", "operationSpace"))
"""Attributes that are GeoProperties always (4.7)."""

SPECIAL: Final = PLACES | {DEFAULT_VOCABULARY + "ngsildproof"}
"""Attributes with rules of their own."""

_KINDS: Final = {VALUE_MEMBERS[kind]: kind for kind in VALUE_MEMBERS if kind != "GeoProperty"}
_KIND_NAMES: Final = tuple(VALUE_MEMBERS)
_NEED_VALUE: Final = frozenset({"unitCode", "observedAt", "expiresAt", "datasetId"})
_TELLING: Final = frozenset({"languageMap", "vocab", "json"})
_PART: Final = VALUE_NAMES | _NEED_VALUE | OPTIONAL_NAMES | SEAL_NAMES
_TYPE: Final = frozenset({"type", "@type"})
_SHOWN: Final = {kind: repr(member) for kind, member in VALUE_MEMBERS.items()}
_NULLS: Final[dict[str, tuple[Any, ...]]] = {
    **dict.fromkeys(VALUE_MEMBERS, ({"@none": NULL},)),
    "ListProperty": ([NULL],),
    "ListRelationship": ([NULL], [{"object": NULL}]),
}
"""What asks for a deletion where no text may stand, by attribute type (4.5.0, 4.5.21.2, 4.5.22.2)."""

_TEXTS: Final = "langString"
_PROOF: Final = re.compile(r"(?:.*\W)?ngsildproof")
"""Names of proofs: alone, as an IRI, or behind the name of the attribute that they prove."""

_LINKED: Final = frozenset({"Property", "GeoProperty", "ListProperty"})
"""Types whose values are JSON-LD, in which an @context would give names another meaning (5.5.7)."""

_INLINE: Final = frozenset({"entity", "entityList"})
"""Members in which answers show linked entities; no request writes them (4.5.2.2, 4.5.3.2)."""


AttributeReader: TypeAlias = "Callable[[str, str, Any, Reading], list[Instance]]"
"""Name, IRI and value of an attribute, and how it is read."""


class Reading(NamedTuple):
    """How attributes are read. `nulls`: a value may ask for deletion; `temporal`: a list may repeat a dataset.

    `tombstones`: in such a list a value may say that there was none.
    `removals`: other members may ask for it as well; `merging`: objects may hold such members, sub-attributes be parts.
    """

    context: Context
    nulls: bool = False
    temporal: bool = False
    tombstones: bool = False
    removals: bool = False
    merging: bool = False
    depth: int = 0
    """0 for attributes of an entity, 1 for their sub-attributes, and so on."""


def parse_attribute(name: str, iri: str, value: Any, reading: Reading) -> list[Instance]:
    """The instances of an attribute, the default one first; `name` is what messages call it."""
    if type(value) is list and are_instances(value):
        instances = [_parse_instance(name, iri, part, reading) for part in value]
    elif type(value) is dict and value.keys() == {"dataset"} and type(value["dataset"]) is dict:
        instances = [_parse_dataset(name, iri, *pair, reading) for pair in value["dataset"].items()]
    else:
        return [_parse_instance(name, iri, value, reading)]
    return ordered(name, instances, reading)


def parse_parts(name: str, _iri: str, value: Any, reading: Reading) -> list[Instance]:
    """What an attribute is merged with: parts of instances, the default one first; `BARE` holds a value without a type."""
    if type(value) is list and are_instances(value):
        parts = [_parse_part(name, part, reading) for part in value]
    elif type(value) is dict and value.keys() == {"dataset"} and type(value["dataset"]) is dict:
        parts = [in_dataset(name, key, _parse_part(name, part, reading)) for key, part in value["dataset"].items()]
    else:
        return [_parse_part(name, value, reading)]
    return ordered(name, parts, reading)


def _parse_part(name: str, value: Any, reading: Reading) -> Instance:
    if type(value) is dict and (stated_kind(name, value) or not _PART.isdisjoint(value) or _holds_attributes(value)):
        return parse_partial(name, value, reading)
    return {BARE: value}


def _holds_attributes(value: dict[str, Any]) -> bool:
    """Whether an object tells of sub-attributes only: all say their type, but for those that are to go."""
    told = [part for part in value.values() if part != NULL]
    return bool(told) and all(type(part) is dict and part.get("type") in _KIND_NAMES for part in told)


def parse_simplified_parts(name: str, _iri: str, value: Any, reading: Reading) -> list[Instance]:
    """The same in simplified form, where an object is a value unless it is one of the three that tell their type."""
    if type(value) is dict and value.keys() == {"dataset"} and type(value["dataset"]) is dict:
        parts = [
            in_dataset(name, key, _parse_simplified(name, part, reading)) for key, part in value["dataset"].items()
        ]
        return ordered(name, parts, reading)
    return [_parse_simplified(name, value, reading)]


def _parse_simplified(name: str, value: Any, reading: Reading) -> Instance:
    tells = type(value) is dict and len(value) == 1 and not _TELLING.isdisjoint(value)
    return parse_partial(name, value, reading) if tells else {BARE: value}


def parse_partial(name: str, body: dict[str, Any], reading: Reading) -> Instance:
    """Part of an instance: neither type nor value has to be there; without `type`, a `value` is of the current type."""
    reading = reading._replace(removals=True)
    kind = stated_kind(name, body)
    members = [member for member in body if member in VALUE_NAMES]
    if kind is None and members and members != ["value"]:
        kind = _KINDS[members[0]]
    instance: Instance = {} if kind is None else {"type": kind}
    for key, part in body.items():
        if key in members and key == VALUE_MEMBERS[kind or "Property"]:
            instance[key] = _read_value(name, kind or "Property", part, reading)
        elif key not in _TYPE:
            _read_member(name, kind or "", key, part, reading, instance)
    return instance


def _parse_dataset(name: str, iri: str, dataset: str, value: Any, reading: Reading) -> Instance:
    """One entry of the simplified form of several instances."""
    return in_dataset(name, dataset, _parse_instance(name, iri, value, reading))


def in_dataset(name: str, dataset: str, instance: Instance) -> Instance:
    """An instance under the dataset that the simplified form of several instances names."""
    if dataset != "@none":
        instance["datasetId"] = require_uri(dataset, f"Attribute {name!r}: the name of a dataset")
    return instance


def _parse_instance(name: str, iri: str, value: Any, reading: Reading) -> Instance:
    kind = _kind(name, iri, value, reading) if type(value) is dict else None
    if kind is None:
        kind = "GeoProperty" if looks_like_geometry(value) or _is_place(iri, reading) else "Property"
        value = {"value": value}
    member = VALUE_MEMBERS[kind]
    if member not in value:
        raise wrong(name, f"a {kind} needs {member!r}")
    instance: Instance = {"type": kind}
    for key, part in value.items():
        if key == member:
            instance[key] = _read_value(name, kind, part, reading)
        elif key not in _TYPE:
            _read_member(name, kind, key, part, reading, instance)
    if instance[member] != NULL:
        check_special(name, instance, is_place=_is_place(iri, reading))
    return instance


def check_special(name: str, instance: Instance, *, is_place: bool) -> None:
    """Refuse what attributes with rules of their own must not be."""
    kind = instance["type"]
    if is_place and kind != "GeoProperty":
        raise wrong(name, f"it must be a GeoProperty, not a {kind}")
    if _is_proof(name) and (kind != "Property" or type(instance["value"]) is not dict):
        raise wrong(name, "a proof must be a Property with an object as its value")


def _read_value(name: str, kind: str, value: Any, reading: Reading) -> Any:
    if value == NULL or value in _NULLS.get(kind, ()):
        if not reading.nulls:
            raise wrong(name, f"{NULL} is possible only where attributes are updated")
        return NULL
    if reading.merging and type(value) is dict:
        return value
    return read_value(name, kind, value, reading.context)


def read_value(name: str, kind: str, value: Any, context: Context) -> Any:
    """The value of an attribute of this type, checked and with its names expanded."""
    if kind in _LINKED and holds_context(value) and not _is_proof(name):
        raise wrong(name, "@context stands in the entity, not in a value; a JsonProperty may hold one in its 'json'")
    try:
        return READERS[kind](value, _SHOWN[kind], context)
    except BadRequestData as error:
        raise wrong(name, str(error)) from None


def _read_member(name: str, kind: str, key: str, value: Any, reading: Reading, instance: Instance) -> None:
    """One member that is not the value: what NGSI-LD defines, or a sub-attribute."""
    if key in INSTANCE_NAMES:
        if key not in SYSTEM_NAMES and not (key == "datasetId" and value == "@none"):
            may_go = reading.removals and value == NULL and key in OPTIONAL_NAMES
            instance[key] = NULL if may_go else _defined_member(name, kind, key, value, reading.context)
        return
    if key == "@context":
        raise wrong(name, "@context stands in the entity, not in an attribute")
    if key in _INLINE:
        raise wrong(name, f"{key!r} is a member of answers only; leave it out")
    sub_iri = reading.context.attribute_names[key]
    if sub_iri in instance:
        raise wrong(name, f"{key!r} occurs twice, under two names for {sub_iri}")
    if reading.depth == MAX_DEPTH:
        raise wrong(name, f"sub-attributes must not be nested deeper than {MAX_DEPTH} levels")
    inner = reading._replace(nulls=reading.removals, removals=False, temporal=False, depth=reading.depth + 1)
    read = parse_parts if reading.merging else parse_attribute
    instance[sub_iri] = read(f"{name}.{key}", sub_iri, value, inner)


def _defined_member(name: str, kind: str, key: str, value: Any, context: Context) -> Any:
    what = f"Attribute {name!r}: {key!r}"
    if key in {"observedAt", "expiresAt"}:
        return parse_instant(value, what)
    if key == "datasetId":
        return require_uri(value, what)
    if key in KINDS_WITH and kind and kind not in KINDS_WITH[key]:
        raise wrong(name, f"a {kind} must not hold {key!r}")
    if key == "unitCode":
        return _text(value, what)
    if key == "valueType":
        return _value_type(kind, value, what, context)
    if key == "objectType":
        names = value if type(value) is list and value else [value]
        types = [context.type_names[_text(part, what)] for part in names]
        return types if type(value) is list else types[0]
    if key in SEAL_NAMES and _is_proof(name):
        return _text(value, what)
    raise wrong(name, f"{'it' if not kind else f'a {kind}'} must not hold {key!r}")


def _value_type(kind: str, value: Any, what: str, context: Context) -> str:
    if kind == "LanguageProperty" and value != _TEXTS:
        raise BadRequestData(f"{what} of a LanguageProperty must be {_TEXTS}")
    return context.expand(_text(value, what))


def require_value_type(name: str, kind: str, iri: str | None) -> None:
    """Refuse the type of a value that an attribute of this type cannot have; a part of one does not tell its type."""
    if kind == "LanguageProperty" and iri not in {None, NULL} and not str(iri).endswith(_TEXTS):
        raise wrong(name, f"the 'valueType' of a LanguageProperty must be {_TEXTS}")


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str) or not value or value == NULL:
        raise BadRequestData(f"{what} must be a text, not {shown(value)}")
    return value


def _kind(name: str, iri: str, value: dict[str, Any], reading: Reading) -> str | None:
    """The attribute type that an object states or shows; None where the object itself is the value."""
    kind = stated_kind(name, value)
    if kind is not None:
        return kind
    members = [member for member in value if member in VALUE_NAMES]
    if len(members) > 1:
        raise wrong(name, f"it must not hold both {members[0]!r} and {members[1]!r}")
    if members == ["value"]:
        is_place = looks_like_geometry(value["value"]) or _is_place(iri, reading)
        return "GeoProperty" if is_place else "Property"
    if not members and not _NEED_VALUE.isdisjoint(value):
        raise wrong(name, "a Property needs 'value', a Relationship needs 'object'")
    return _KINDS[members[0]] if members else None


def stated_kind(name: str, value: dict[str, Any]) -> str | None:
    """The attribute type that an object states; None where it states none, or is a value that has a type of its own."""
    stated = value.get("type", value.get("@type"))
    if type(stated) is str:
        if stated in VALUE_MEMBERS:
            return stated
        kind = stated.removeprefix(NGSI_LD).removeprefix("ngsi-ld:")
        if kind in VALUE_MEMBERS:
            return kind
    if stated is not None and not VALUE_NAMES.isdisjoint(value):
        raise wrong(name, f"its type must be one of {', '.join(VALUE_MEMBERS)}, not {shown(stated)}")
    return None


def are_instances(parts: list[Any]) -> bool:
    """Whether a list holds instances; otherwise it is the value of a Property."""
    if not parts or not all(type(part) is dict for part in parts):
        return False
    return any(part.get("type") in VALUE_MEMBERS for part in parts if type(part.get("type")) is str) or all(
        not VALUE_NAMES.isdisjoint(part) for part in parts
    )


def ordered(name: str, instances: list[Instance], reading: Reading) -> list[Instance]:
    """The default instance first; a dataset that occurs twice is possible only where each has its time."""
    if not instances:
        raise wrong(name, "it has no instance")
    datasets: dict[str | None, int] = {}
    for instance in instances:
        dataset = instance.get("datasetId")
        datasets[dataset] = datasets.get(dataset, 0) + 1
    if len(datasets) > MAX_DATASETS:
        raise wrong(name, f"it must have at most {MAX_DATASETS} instances with different 'datasetId'")
    if len(datasets) < len(instances):
        _check_repeated(name, max(datasets, key=datasets.__getitem__), instances, reading)
    if reading.temporal or None not in datasets:
        return instances
    return sorted(instances, key=lambda instance: "datasetId" in instance)


def _check_repeated(name: str, dataset: str | None, instances: list[Instance], reading: Reading) -> None:
    words = "several instances without 'datasetId'" if dataset is None else f"several instances of {dataset}"
    if not reading.temporal:
        raise wrong(name, f"it must not have {words}")
    if not all("observedAt" in instance for instance in instances):
        raise wrong(name, f"with {words}, each needs 'observedAt'")
    if not reading.tombstones and any(instance[VALUE_MEMBERS[instance["type"]]] == NULL for instance in instances):
        raise wrong(name, f"{NULL} stands alone, not in a list of observations")


def _is_proof(name: str) -> bool:
    return name.endswith("ngsildproof") and _PROOF.fullmatch(name) is not None


def _is_place(iri: str, reading: Reading) -> bool:
    return iri in PLACES and reading.depth == 0


def wrong(name: str, remedy: str) -> BadRequestData:
    """What is wrong with an attribute."""
    return BadRequestData(f"Attribute {name!r}: {remedy}")
