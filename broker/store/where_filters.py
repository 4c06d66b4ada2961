# SPDX-License-Identifier: EUPL-1.2
"""SQL text of a filter tree: literal fragments and parameters only.

Documents hold, by the IRI of an attribute, the list of its instances. Each part becomes an expression of its own, so that
the index that gives the ids in order stays the planner's way through the table.
"""

from typing import Final

from auth.policy import Visible
from broker.ngsi.filters.tree import EVERY_LANGUAGE, And, Exists, Filter, Fits, Holds, InScope, Linked, Not, Or, Path
from broker.store.parameters import Parameters
from broker.store.where_tests import MEMBERS, holds

_TIME: Final = "to_jsonb(to_char({}.{} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'))"
_COLUMNS: Final = {"createdAt": "created_at", "modifiedAt": "modified_at"}
_MEMBERS: Final = {
    "createdAt": "i.v -> 'createdAt'",
    "modifiedAt": "i.v -> 'modifiedAt'",
    "observedAt": "i.v -> 'observedAt'",
    "unitCode": "i.v -> 'unitCode'",
    "datasetId": "i.v -> 'datasetId'",
}


def condition(schema: str, wanted: Filter, visible: Visible, parameters: Parameters, *, depth: int = 0) -> str:
    """Whether an entity is what the filter asks for; what may not be seen is not there.

    The entity is `e`, or behind so many links `e1`, `e2` and so on.
    """
    match wanted:
        case And(parts) | Or(parts):
            junction = " AND " if isinstance(wanted, And) else " OR "
            each = (condition(schema, part, visible, parameters, depth=depth) for part in parts)
            return f"({junction.join(each)})"
        case Not(part):
            return f"(({condition(schema, part, visible, parameters, depth=depth)}) IS NOT TRUE)"
        case Linked():
            return _linked(schema, wanted, visible, parameters, depth)
        case _:
            return _leaf(wanted, visible, parameters, f"e{depth}" if depth else "e")


def _leaf(wanted: Exists | Holds | InScope, visible: Visible, parameters: Parameters, entity: str) -> str:
    match wanted:
        case InScope():
            return _in_scope(entity, wanted, parameters)
        case Exists(path) | Holds(path) if path.attributes and not visible.sees_attribute(path.attributes[0]):
            return "false"
        case Exists(path):
            return _exists(entity, path, parameters)
        case Holds(path, test):
            # A pattern, and a time that may be the entity's, are looked for in values.
            if path.member not in MEMBERS or isinstance(test, Fits):
                return holds(_instances(entity, path, parameters), None, test, parameters)
            return holds(_instances(entity, Path(path.attributes), parameters), path.member, test, parameters)


def _exists(entity: str, path: Path, parameters: Parameters) -> str:
    if path.attributes and path == Path(path.attributes[:1]):
        return f"{entity}.document ? {parameters.add(path.attributes[0])}::text"
    return f"({_instances(entity, path, parameters)}) IS NOT NULL"


def _instances(entity: str, path: Path, parameters: Parameters) -> str:
    """The instances at the end of a path; a member, or what keys lead to, as the value of an instance."""
    if not path.attributes:
        return f"jsonb_build_array(jsonb_build_object('value', {_time(entity, path)}))"
    instances = f"{entity}.document -> {parameters.add(path.attributes[0])}::text"
    for name in path.attributes[1:]:
        inner = f"jsonb_array_elements(i.v -> {parameters.add(name)}::text) AS j(v)"
        instances = f"(SELECT jsonb_agg(j.v) FROM jsonb_array_elements({instances}) AS i(v), {inner})"
    if path.member is None and not path.keys:
        return instances
    value = _inside(path, parameters) if path.member is None else _member(entity, path)
    return (
        f"(SELECT jsonb_agg(jsonb_build_object('value', m.v)) FROM jsonb_array_elements({instances}) AS i(v)"
        f" CROSS JOIN LATERAL (SELECT {value}) AS m(v) WHERE m.v IS NOT NULL)"
    )


def _member(entity: str, path: Path) -> str:
    value = _MEMBERS[path.member or ""]
    # Stored are only times that differ from the entity's.
    return (
        f"coalesce({value}, {_time(entity, path)})" if path.member in _COLUMNS and len(path.attributes) == 1 else value
    )


def _time(entity: str, path: Path) -> str:
    return _TIME.format(entity, _COLUMNS[path.member or ""])


def _inside(path: Path, parameters: Parameters) -> str:
    if path.keys == (EVERY_LANGUAGE,):
        return "CASE WHEN i.v ? 'languageMap' THEN jsonb_path_query_array(i.v, '$.languageMap.*[*]') END"
    keys = "".join(f" -> {parameters.add(key)}::text" for key in path.keys)
    texts = f"i.v -> 'languageMap'{keys}" if len(path.keys) == 1 else "NULL"
    return f"CASE WHEN i.v ? 'languageMap' THEN {texts} ELSE coalesce(i.v -> 'value', i.v -> 'json'){keys} END"


def _linked(schema: str, wanted: Linked, visible: Visible, parameters: Parameters, depth: int) -> str:
    if not visible.sees_attribute(wanted.relationship):
        return "false"
    entity, other, name = f"e{depth}" if depth else "e", f"e{depth + 1}", f"n{depth + 1}"
    links = f"{entity}.document -> {parameters.add(wanted.relationship)}::text"
    uris = (
        f"jsonb_path_query_array({links}, '$[*].object[*]')"
        f" || jsonb_path_query_array({links}, '$[*].objectList[*].object')"
    )
    types = f" AND {other}.types && {parameters.add(list(wanted.types))}::text[]" if wanted.types else ""
    return (
        f"EXISTS (SELECT FROM {schema}.name {name} JOIN {schema}.entity {other} ON {other}.seq = {name}.seq"
        f" WHERE {name}.id = ANY(ARRAY(SELECT jsonb_array_elements_text({uris}))){types}"
        f" AND {condition(schema, wanted.part, visible, parameters, depth=depth + 1)})"
    )


def _in_scope(entity: str, wanted: InScope, parameters: Parameters) -> str:
    """Scopes may be written with a slash before them, or without."""
    path = "/".join(wanted.levels)
    if not wanted.levels:
        return f"{entity}.scopes <> '{{}}'"
    if not wanted.below and "+" not in wanted.levels:
        return f"{entity}.scopes && {parameters.add([path, '/' + path])}::text[]"
    levels = "/".join("[^/]+" if level == "+" else level for level in wanted.levels)
    pattern = parameters.add(f"^/?{levels}{'(/.*)?' if wanted.below else ''}$")
    return f'EXISTS (SELECT FROM unnest({entity}.scopes) AS s(v) WHERE s.v COLLATE "C" ~ {pattern})'
