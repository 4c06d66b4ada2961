# SPDX-License-Identifier: EUPL-1.2
"""Queries that are sent as a body: each member is the parameter of the same query as a URL (ETSI GS CIM 009, 5.2.23)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import orjson

from allmende.errors import BadRequestData
from broker.ngsi.datatypes import require_uri, shown
from broker.ngsi.lists import MAX_NAMES
from broker.ngsi.naming import Context
from broker.ngsi.nearness import did_you_mean
from broker.ngsi.patterns import parse_pattern
from broker.ngsi.queries import Selector
from broker.ngsi.selections import parse_selection

_TEXTS: Final = ("q", "scopeQ", "csf", "lang", "expandValues", "join", "geometryProperty", "entityMapLifetime")
_LISTS: Final = ("attrs", "pick", "omit", "datasetId", "containedBy")
_GEO: Final = {"geometry": "geometry", "coordinates": "coordinates", "georel": "georel", "geoproperty": "geoproperty"}
_ORDERING: Final = {
    "orderBy": "orderBy",
    "collation": "collation",
    "coordinates": "orderFrom",
    "geometry": "orderGeometry",
}
_KNOWN: Final = {"type", "entities", "joinLevel", "entityMap", "geoQ", "ordering", "@context", *_TEXTS, *_LISTS}
_SELECTOR: Final = {"type", "id", "idPattern"}


def to_parameters(body: Mapping[str, Any]) -> dict[str, str]:
    """The parameters that a body stands for, but for the ids of several selectors."""
    _require_known(body, _KNOWN, "The query")
    if body.get("type") != "Query":
        raise BadRequestData(f"Member 'type' of the query must be Query, not {shown(body.get('type'))}")
    parameters: dict[str, str] = {name: _text(body[name], name) for name in _TEXTS if name in body}
    parameters |= {name: _list(body[name], name) for name in _LISTS if name in body}
    if "joinLevel" in body:
        parameters["joinLevel"] = _number(body["joinLevel"], "joinLevel")
    if "entityMap" in body:
        parameters["entityMap"] = _flag(body["entityMap"], "entityMap")
    if "geoQ" in body:
        readers = {"geometry": _text, "coordinates": _coordinates, "georel": _text, "geoproperty": _text}
        parameters |= _nested(body["geoQ"], "geoQ", _GEO, readers)
    if "ordering" in body:
        readers = {"orderBy": _list, "collation": _text, "coordinates": _array, "geometry": _text}
        parameters |= _nested(body["ordering"], "ordering", _ORDERING, readers)
    if "entities" in body:
        parameters |= _of_selectors(_selectors(body["entities"]))
    return parameters


def parse_selectors(body: Mapping[str, Any], context: Context) -> tuple[Selector, ...]:
    """The selectors of a body that names several of which one at least asks for ids; else the parameters say all."""
    selectors = _selectors(body["entities"]) if "entities" in body else []
    if len(selectors) < 2 or all(selector.keys() == {"type"} for selector in selectors):
        return ()
    return tuple(
        Selector(
            types=None if selector["type"] == "*" else parse_selection(selector["type"], context),
            ids=tuple(_ids(selector["id"])) if "id" in selector else (),
            id_pattern=parse_pattern(selector["idPattern"])
            if "idPattern" in selector and "id" not in selector
            else None,
        )
        for selector in selectors
    )


def _of_selectors(selectors: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    types = [selector["type"] for selector in selectors]
    parameters = {
        "type": "*" if "*" in types else types[0] if len(types) == 1 else ",".join(f"({name})" for name in types)
    }
    if len(selectors) == 1:
        if "id" in selectors[0]:
            parameters["id"] = ",".join(_ids(selectors[0]["id"]))
        elif "idPattern" in selectors[0]:
            parameters["idPattern"] = selectors[0]["idPattern"]
    return parameters


def _selectors(value: Any) -> list[dict[str, Any]]:
    if type(value) is not list or not 1 <= len(value) <= MAX_NAMES:
        raise BadRequestData(f"Member 'entities' must be a list of 1 to {MAX_NAMES} selectors")
    for selector in value:
        if type(selector) is not dict or type(selector.get("type")) is not str:
            raise BadRequestData("Member 'entities': a selector must be an object with a 'type', which is a text")
        _require_known(selector, _SELECTOR, "Member 'entities': a selector")
        if "idPattern" in selector:
            _text(selector["idPattern"], "idPattern")
        if "id" in selector:
            _ids(selector["id"])
    selectors: list[dict[str, Any]] = value
    return selectors


def _ids(value: Any) -> list[str]:
    ids = value if type(value) is list and value else [value]
    return [require_uri(entity_id, "Member 'entities': an id") for entity_id in ids]


def _nested(
    value: Any, name: str, names: Mapping[str, str], readers: Mapping[str, Callable[[Any, str], str]]
) -> dict[str, str]:
    if type(value) is not dict:
        raise BadRequestData(f"Member {name!r} must be an object, not {shown(value)}")
    _require_known(value, names.keys(), f"Member {name!r}")
    return {names[key]: readers[key](part, f"{name}.{key}") for key, part in value.items()}


def _require_known(value: Mapping[str, Any], known: Any, what: str) -> None:
    for name in value:
        if name not in known:
            hint = did_you_mean(name, known) or f"; known are: {', '.join(sorted(known))}"
            raise BadRequestData(f"{what} must not hold {name!r}{hint}")


def _text(value: Any, name: str) -> str:
    if type(value) is not str or "\0" in value:
        raise BadRequestData(f"Member {name!r} must be a text, not {shown(value)}")
    return value


def _list(value: Any, name: str) -> str:
    if type(value) is not list or not value or not all(type(part) is str and part for part in value):
        raise BadRequestData(f"Member {name!r} must be a list of texts that is not empty, not {shown(value)}")
    return ",".join(value)


def _number(value: Any, name: str) -> str:
    if type(value) is not int:
        raise BadRequestData(f"Member {name!r} must be a whole number, not {shown(value)}")
    return str(value)


def _flag(value: Any, name: str) -> str:
    if type(value) is not bool:
        raise BadRequestData(f"Member {name!r} must be true or false, not {shown(value)}")
    return "true" if value else "false"


def _array(value: Any, name: str) -> str:
    if type(value) is not list:
        raise BadRequestData(f"Member {name!r} must be a list of numbers, not {shown(value)}")
    return orjson.dumps(value).decode()


def _coordinates(value: Any, name: str) -> str:
    """In a geographic query coordinates may be a text as well (5.2.13)."""
    return value if type(value) is str else _array(value, name)
