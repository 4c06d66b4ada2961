# SPDX-License-Identifier: EUPL-1.2
"""Entities and their parts as requests and messages write them, read into the broker's form and checked.

What is wrong is said with the attribute's name and the remedy: the reader is an engineer who looks at a rejection.
"""

from typing import Any, Final

from allmende.errors import BadRequestData, RequestError
from broker.ngsi.datatypes import parse_instant, parse_scopes, require_uri, shown
from broker.ngsi.entities import NULL, VALUE_MEMBERS, Attributes, Entity, Instance
from broker.ngsi.instances import (
    AttributeReader,
    Reading,
    parse_attribute,
    parse_partial,
    parse_parts,
    parse_simplified_parts,
    wrong,
)
from broker.ngsi.members import VALUE_IRIS, VALUE_NAMES
from broker.ngsi.naming import Context
from broker.ngsi.readiness import is_ready

__all__ = [
    "expand_name",
    "parse_attribute_fragment",
    "parse_entity",
    "parse_evolution_fragment",
    "parse_fragment",
    "parse_instance",
    "parse_merge",
    "parse_temporal_entity",
    "parse_type_name",
    "require_uri",
]

MAX_ATTRIBUTES: Final = 1000
MAX_TYPES: Final = 100

_ENTITY_NAMES: Final = frozenset(
    {"id", "@id", "type", "@type", "scope", "@context", "expiresAt", "createdAt", "modifiedAt", "deletedAt"}
)


def parse_entity(body: Any, context: Context, *, nulls: bool = False) -> Entity:
    """An entity in any representation (5.2.4); with `nulls`, a value may be `urn:ngsi-ld:null`."""
    return _parse_whole(body, Reading(context, nulls))


def parse_temporal_entity(body: Any, context: Context, *, tombstones: bool = False) -> Entity:
    """An entity of which attributes may be lists of instances, several of a dataset with the time of each (5.2.20)."""
    return _parse_whole(body, Reading(context, nulls=True, temporal=True, tombstones=tombstones))


def parse_evolution_fragment(body: Any, context: Context, *, tombstones: bool) -> Entity:
    """Attributes of such an entity."""
    return _parse_fragment(body, Reading(context, nulls=True, temporal=True, tombstones=tombstones), parse_attribute)


def _parse_whole(body: Any, reading: Reading) -> Entity:
    if type(body) is not dict:
        raise BadRequestData(f"An entity must be a JSON object, not {shown(body)}")
    entity_id = _require_id(body)
    types = _parse_types(body, reading.context)
    if types is None:
        raise BadRequestData(f"Entity {entity_id} needs a member 'type'")
    scopes = _parse_scope(body, nulls=reading.nulls)
    return Entity(entity_id, types, _parse_attributes(body, reading), scopes, _parse_expiry(body, nulls=reading.nulls))


def parse_fragment(body: Any, context: Context, *, nulls: bool) -> Entity:
    """Attributes that are appended or updated (5.2.5): id and type may be missing."""
    return _parse_fragment(body, Reading(context, nulls), parse_attribute)


def _parse_fragment(body: Any, reading: Reading, read: AttributeReader) -> Entity:
    if type(body) is not dict:
        raise BadRequestData(f"An entity fragment must be a JSON object, not {shown(body)}")
    entity_id = _require_id(body) if "id" in body or "@id" in body else ""
    types = _parse_types(body, reading.context) or []
    scopes = _parse_scope(body, nulls=reading.nulls)
    attributes = _parse_attributes(body, reading, read)
    expires_at = _parse_expiry(body, nulls=reading.nulls)
    if not attributes and not types and scopes is None and expires_at is None:
        raise BadRequestData("An entity fragment must hold at least one attribute, a type, a scope or expiresAt")
    return Entity(entity_id, types, attributes, scopes, expires_at)


def parse_merge(body: Any, context: Context, *, simplified: bool = False) -> Entity:
    """What an entity is merged with (5.5.12): its attributes are parts of instances, and `urn:ngsi-ld:null` deletes."""
    reading = Reading(context, nulls=True, merging=True)
    return _parse_fragment(body, reading, parse_simplified_parts if simplified else parse_parts)


def parse_instance(name: str, body: Any, context: Context, *, nulls: bool) -> Instance:
    """Part of an attribute instance (5.6.4); it may lack type and value."""
    expand_name(name, context)
    if type(body) is not dict:
        raise BadRequestData(
            f"Attribute {name!r}: its fragment must be a JSON object, not {shown(body)}", attribute=name
        )
    try:
        instance = parse_partial(name, _without_context(body), Reading(context, nulls))
    except RequestError as error:
        raise _named(error, name) from None
    if instance.keys() <= {"type", "datasetId"}:
        raise BadRequestData(f"Attribute {name!r}: the fragment holds nothing to be updated", attribute=name)
    return instance


def parse_attribute_fragment(name: str, body: Any, context: Context) -> list[Instance]:
    """A whole attribute that takes the place of another (5.6.19), normalized or concise."""
    iri = expand_name(name, context)
    body = _without_context(body)
    try:
        if VALUE_NAMES.isdisjoint(body):
            raise wrong(name, "a Property needs 'value', a Relationship needs 'object'")
        return parse_attribute(name, iri, body, Reading(context))
    except RequestError as error:
        raise _named(error, name) from None


def _without_context(body: dict[str, Any]) -> dict[str, Any]:
    """An attribute that is a whole document, without the @context of that."""
    return {key: part for key, part in body.items() if key != "@context"}


def expand_name(name: str, context: Context) -> str:
    """The IRI of an attribute that is named alone, so that it may be one which values have as well, such as `vocab`."""
    return context.expand(name) if name in VALUE_NAMES or name in VALUE_IRIS else context.attribute_names[name]


def parse_type_name(name: str, context: Context) -> str:
    """The IRI of an entity type."""
    return context.type_names[name]


def _require_id(body: dict[str, Any]) -> str:
    if "id" not in body and "@id" not in body:
        raise BadRequestData("An entity needs a member 'id'")
    return require_uri(body.get("id", body.get("@id")), "The id of an entity")


def _parse_types(body: dict[str, Any], context: Context) -> list[str] | None:
    if "type" not in body and "@type" not in body:
        return None
    stated = body.get("type", body.get("@type"))
    if type(stated) is str:
        return [context.type_names[stated]]
    if type(stated) is not list or not stated:
        raise BadRequestData(f"The type of an entity must be a name or a list of names, not {shown(stated)}")
    if len(stated) > MAX_TYPES:
        raise BadRequestData(f"An entity must have at most {MAX_TYPES} types")
    if not all(type(name) is str for name in stated):
        raise BadRequestData("The types of an entity must be names")
    return list(dict.fromkeys(context.type_names[name] for name in stated))


def _parse_scope(body: dict[str, Any], *, nulls: bool = False) -> list[str] | None:
    if "scope" not in body:
        return None
    return [] if nulls and body["scope"] == NULL else parse_scopes(body["scope"])


def _new_name(name: str, value: Any, context: Context) -> str:
    """The IRI of an attribute; a name such as `vocab`, which values have, is one where it holds what says to be one."""
    kind = value.get("type") if type(value) is dict and name in VALUE_NAMES else None
    return context.expand(name) if type(kind) is str and kind in VALUE_MEMBERS else context.attribute_names[name]


def _parse_expiry(body: dict[str, Any], *, nulls: bool) -> str | None:
    """When an entity expires: a time that may be over; `urn:ngsi-ld:null` where it is to last."""
    if "expiresAt" not in body:
        return None
    if nulls and body["expiresAt"] == NULL:
        return NULL
    return parse_instant(body["expiresAt"], "The expiresAt of an entity")


def _parse_attributes(body: dict[str, Any], reading: Reading, read: AttributeReader = parse_attribute) -> Attributes:
    if len(body) > MAX_ATTRIBUTES:
        raise BadRequestData(f"An entity must have at most {MAX_ATTRIBUTES} attributes")
    attributes: Attributes = {}
    names = reading.context.attribute_names
    may_be_ready = read is not parse_simplified_parts
    time = ""
    for name, value in body.items():
        if name in _ENTITY_NAMES:
            continue
        try:
            iri = names.get(name) or _new_name(name, value, reading.context)
            if type(value) is dict and may_be_ready and is_ready(iri, value, time):
                time = value.get("observedAt", time)
                instances = [value]
            else:
                instances = read(name, iri, value, reading)
        except RequestError as error:
            raise _named(error, name) from None
        if iri in attributes:
            raise BadRequestData(f"Attribute {name!r} occurs twice, under two names for {iri}", attribute=name)
        attributes[iri] = instances
    return attributes


def _named(error: RequestError, name: str) -> RequestError:
    error.attribute = name
    return error
