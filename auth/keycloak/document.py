# SPDX-License-Identifier: EUPL-1.2
"""Items as Keycloak's JSON: one of them to be created, and a whole realm to be imported. Nothing here does I/O."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from auth.keycloak.items import Item, Kind, merge

NAMED: Final[Mapping[Kind, str]] = {
    "realm": "realm",
    "client": "clientId",
    "organization": "alias",
}
"""Where a representation has the name, where that is not `name`."""


def to_body(item: Item) -> dict[str, Any]:
    """The representation of an item to be created, with what can only be told with it."""
    body = {NAMED.get(item.kind, "name"): item.name, **merge(item.first, item.kept)}
    mappers = [to_body(mapper) for mapper in item.of("mapper")]
    if mappers:
        body["protocolMappers"] = mappers
    if item.kind == "client":
        assigned = item.of("assigned scope")
        body["defaultClientScopes"] = [scope.name for scope in assigned if not scope.first["optional"]]
        body["optionalClientScopes"] = [scope.name for scope in assigned if scope.first["optional"]]
    return body


def to_document(realm: Item) -> dict[str, Any]:
    """The realm to be imported. One that names scopes gets none by itself, so it brings along what a new realm has."""
    builtin = _builtin(realm.name)
    scopes = realm.of("client scope")
    allowed = [(scope.name, role.name) for scope in scopes for role in scope.of("allowed role")]
    document = {
        **builtin,
        **to_body(realm),
        "roles": {
            "realm": [*builtin["roles"]["realm"], *map(to_body, realm.of("role"))],
            "client": builtin["roles"]["client"],
        },
        "clientScopes": [*builtin["clientScopes"], *map(to_body, scopes)],
        "scopeMappings": [
            *builtin["scopeMappings"],
            *({"clientScope": scope, "roles": [role]} for scope, role in allowed),
        ],
        "clients": [*builtin["clients"], *map(to_body, realm.of("client"))],
        "organizations": [{**to_body(each), "groups": _groups(each)} for each in realm.of("organization")],
    }
    groups = _groups(realm)
    return document | ({"groups": groups} if groups else {})


def _groups(item: Item) -> list[dict[str, Any]]:
    return [{**to_body(group), "subGroups": _groups(group)} for group in item.of("group")]


def _builtin(realm: str) -> dict[str, Any]:
    """Scopes, roles and clients of every new realm, as Keycloak 26.7 makes them."""
    text = (files("auth.keycloak") / "builtin.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text.replace("{realm}", realm))
    return document
