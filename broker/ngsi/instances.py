# SPDX-License-Identifier: EUPL-1.2
"""Attribute instances as requests write them: normalized, concise or simplified (ETSI GS CIM 009, 4.5)."""

from typing import Any, Final, NamedTuple

from allmende.errors import BadRequestData, OperationNotSupported
from broker.ngsi.core_terms import DEFAULT_VOCABULARY, NGSI_LD
from broker.ngsi.datatypes import parse_instant, require_uri, shown
from broker.ngsi.entities import NULL, VALUE_MEMBERS, Instance
from broker.ngsi.geometry import looks_like_geometry
from broker.ngsi.members import INSTANCE_NAMES, KINDS_WITH, SEAL_NAMES, SYSTEM_NAMES, VALUE_NAMES
from broker.ngsi.naming import Context
from broker.ngsi.values import READERS

MAX_DEPTH: Final = 20
MAX_DATASETS: Final = 1000

PLACE: Final = NGSI_LD + "location"
"""Where an entity is."""

PLACES: Final = frozenset(NGSI_LD + name for name in ("location", "observationSpace", "operationSpace"))
"""Attributes that are GeoProperties always (4.7)."""

SPECIAL: Final = PLACES | {DEFAULT_VOCABULARY + "ngsildproof"}
"""Attributes with rules of their own."""

_KINDS: Final = {VALUE_MEMBERS[kind]: kind for kind in VALUE_MEMBERS if kind != "GeoProperty"}
_NEED_VALUE: Final = frozenset({"unitCode", "observedAt", "datasetId"})
_TYPE: Final = frozenset({"type", "@type"})
_SHOWN: Final = {kind: repr(member) for kind, member in VALUE_MEMBERS.items()}
_NULL_MAP: Final = {"@none": NULL}


class Reading(NamedTuple):
    """How attributes are read. `nulls`: a value may ask for deletion; `temporal`: a list may repeat a dataset."""

    context: Context
    nulls: bool = False
    temporal: bool = False
    depth: int = 0
    """0 for attributes of an entity, 1 for their sub-attributes, and so on."""


def parse_attribute(name: str, iri: str, value: Any, reading: Reading) -> list[Instance]:
    """The instances of an attribute, the default one first; `name` is what messages call it."""
    if type(value) is list and _are_instances(value):
        instances = [_parse_instance(name, iri, part, reading) for part in value]
    elif type(value) is dict and value.keys() == {"dataset"} and type(value["dataset"]) is dict:
        instances = [_parse_dataset(name, iri, *pair, reading) for pair in value["dataset"].items()]
    else:
        return [_parse_instance(name, iri, value, reading)]
    return _ordered(name, instances, reading)


def parse_partial(name: str, body: dict[str, Any], reading: Reading) -> Instance:
    """Part of an instance: neither type nor value has to be there; without `type`, a `value` is of the current type."""
    kind = _stated_kind(name, body)
    members = [member for member in body if member in VALUE_NAMES]
    if kind is None and members and members != ["value"]:
        kind = _KINDS[members[0]]
    instance: Instance = {} if kind is None else {"type": kind}
    for key, part in body.items():
        if key in members and key == VALUE_MEMBERS[kind or "Property"]:
            instance[key] = _read_value(name, kind or "Property", part, reading)
        elif key not in _TYPE and key != "@context":
            _read_member(name, kind or "", key, part, reading, instance)
    return instance


def _parse_dataset(name: str, iri: str, dataset: str, value: Any, reading: Reading) -> Instance:
    """One entry of the simplified form of several instances."""
    instance = _parse_instance(name, iri, value, reading)
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
        raise _wrong(name, f"a {kind} needs {member!r}")
    instance: Instance = {"type": kind}
    for key, part in value.items():
        if key == member:
            instance[key] = _read_value(name, kind, part, reading)
        elif key not in _TYPE:
            _read_member(name, kind, key, part, reading, instance)
    if _is_place(iri, reading) and kind != "GeoProperty" and instance[member] != NULL:
        raise _wrong(name, f"it must be a GeoProperty, not a {kind}")
    if _is_proof(name) and (kind != "Property" or type(instance[member]) is not dict):
        raise _wrong(name, "a proof must be a Property with an object as its value")
    return instance


def _read_value(name: str, kind: str, value: Any, reading: Reading) -> Any:
    if value == NULL or (type(value) is dict and value == _NULL_MAP):
        if not reading.nulls:
            raise _wrong(name, f"{NULL} is possible only where attributes are updated")
        return NULL
    try:
        return READERS[kind](value, _SHOWN[kind], reading.context)
    except BadRequestData as error:
        raise _wrong(name, str(error)) from None


def _read_member(name: str, kind: str, key: str, value: Any, reading: Reading, instance: Instance) -> None:
    """One member that is not the value: what NGSI-LD defines, or a sub-attribute."""
    if key in INSTANCE_NAMES:
        if key not in SYSTEM_NAMES and not (key == "datasetId" and value == "@none"):
            instance[key] = _defined_member(name, kind, key, value, reading.context)
        return
    if key == "@context":
        raise _wrong(name, "@context stands in the entity, not in an attribute")
    sub_iri = reading.context.attribute_names[key]
    if sub_iri in instance:
        raise _wrong(name, f"{key!r} occurs twice, under two names for {sub_iri}")
    if reading.depth == MAX_DEPTH:
        raise _wrong(name, f"sub-attributes must not be nested deeper than {MAX_DEPTH} levels")
    inner = Reading(reading.context, depth=reading.depth + 1)
    instance[sub_iri] = parse_attribute(f"{name}.{key}", sub_iri, value, inner)


def _defined_member(name: str, kind: str, key: str, value: Any, context: Context) -> Any:
    what = f"Attribute {name!r}: {key!r}"
    if key == "observedAt":
        return parse_instant(value, what)
    if key == "datasetId":
        return require_uri(value, what)
    if key in KINDS_WITH and kind and kind not in KINDS_WITH[key]:
        raise _wrong(name, f"a {kind} must not hold {key!r}")
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
    if key == "expiresAt":
        raise OperationNotSupported(f"{what}: data that expires is not supported yet", attribute=name)
    raise _wrong(name, f"{'it' if not kind else f'a {kind}'} must not hold {key!r}")


def _value_type(kind: str, value: Any, what: str, context: Context) -> str:
    if kind == "LanguageProperty" and value != "langString":
        raise BadRequestData(f"{what} of a LanguageProperty must be langString")
    return context.expand(_text(value, what))


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str) or not value or value == NULL:
        raise BadRequestData(f"{what} must be a text, not {shown(value)}")
    return value


def _kind(name: str, iri: str, value: dict[str, Any], reading: Reading) -> str | None:
    """The attribute type that an object states or shows; None where the object itself is the value."""
    kind = _stated_kind(name, value)
    if kind is not None:
        return kind
    members = [member for member in value if member in VALUE_NAMES]
    if len(members) > 1:
        raise _wrong(name, f"it must not hold both {members[0]!r} and {members[1]!r}")
    if members == ["value"]:
        is_place = looks_like_geometry(value["value"]) or _is_place(iri, reading)
        return "GeoProperty" if is_place else "Property"
    if not members and not _NEED_VALUE.isdisjoint(value):
        raise _wrong(name, "a Property needs 'value', a Relationship needs 'object'")
    return _KINDS[members[0]] if members else None


def _stated_kind(name: str, value: dict[str, Any]) -> str | None:
    stated = value.get("type", value.get("@type"))
    if type(stated) is str:
        if stated in VALUE_MEMBERS:
            return stated
        kind = stated.removeprefix(NGSI_LD).removeprefix("ngsi-ld:")
        if kind in VALUE_MEMBERS:
            return kind
    if stated is not None and not VALUE_NAMES.isdisjoint(value):
        raise _wrong(name, f"its type must be one of {', '.join(VALUE_MEMBERS)}, not {shown(stated)}")
    return None


def _are_instances(parts: list[Any]) -> bool:
    """Whether a list holds instances; otherwise it is the value of a Property."""
    if not parts or not all(type(part) is dict for part in parts):
        return False
    return any(part.get("type") in VALUE_MEMBERS for part in parts if type(part.get("type")) is str) or all(
        not VALUE_NAMES.isdisjoint(part) for part in parts
    )


def _ordered(name: str, instances: list[Instance], reading: Reading) -> list[Instance]:
    """The default instance first; a dataset that occurs twice is possible only where each has its time."""
    if not instances:
        raise _wrong(name, "it has no instance")
    datasets: dict[str | None, int] = {}
    for instance in instances:
        dataset = instance.get("datasetId")
        datasets[dataset] = datasets.get(dataset, 0) + 1
    if len(datasets) > MAX_DATASETS:
        raise _wrong(name, f"it must have at most {MAX_DATASETS} instances with different 'datasetId'")
    if len(datasets) < len(instances):
        _check_repeated(name, max(datasets, key=datasets.__getitem__), instances, reading)
    if reading.temporal or None not in datasets:
        return instances
    return sorted(instances, key=lambda instance: "datasetId" in instance)


def _check_repeated(name: str, dataset: str | None, instances: list[Instance], reading: Reading) -> None:
    words = "several instances without 'datasetId'" if dataset is None else f"several instances of {dataset}"
    if not reading.temporal:
        raise _wrong(name, f"it must not have {words}")
    if not all("observedAt" in instance for instance in instances):
        raise _wrong(name, f"with {words}, each needs 'observedAt'")
    if any(instance[VALUE_MEMBERS[instance["type"]]] == NULL for instance in instances):
        raise _wrong(name, f"{NULL} stands alone, not in a list of observations")


def _is_proof(name: str) -> bool:
    return name.endswith("ngsildproof")


def _is_place(iri: str, reading: Reading) -> bool:
    return iri in PLACES and reading.depth == 0


def _wrong(name: str, remedy: str) -> BadRequestData:
    return BadRequestData(f"Attribute {name!r}: {remedy}")
