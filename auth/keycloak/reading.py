# SPDX-License-Identifier: EUPL-1.2
"""What of a realm is there, as far as a plan asks for it."""

from collections.abc import Iterable, Mapping
from typing import Any

from auth.keycloak.items import Found, Item, Key
from auth.keycloak.server import Server


def read_realm(server: Server, realm: Item) -> Found | None:
    """The realm with those of its objects that are wanted; None where there is no such realm."""
    place = f"/realms/{realm.name}"
    there = server.get(place)
    if there is None:
        return None
    inner: dict[Key, Found] = {}
    inner.update(_roles(server, place))
    inner.update(_scopes(server, place, realm))
    inner.update(_clients(server, place, realm))
    if there.get("organizationsEnabled"):
        inner.update(_organizations(server, place, realm))
    if realm.of("group"):
        inner.update(_groups(server, f"{place}/groups", place, realm.of("group")))
    return Found(id=realm.name, values=there, inner=inner)


def _roles(server: Server, place: str) -> dict[Key, Found]:
    return {("role", each["name"]): _found(each) for each in server.pages(f"{place}/roles")}


def _scopes(server: Server, place: str, realm: Item) -> dict[Key, Found]:
    """All client scopes, for clients may be given any; what is in them for those that are wanted."""
    wanted = {scope.name: scope for scope in realm.of("client scope")}
    found: dict[Key, Found] = {}
    for each in server.get(f"{place}/client-scopes") or ():
        inner: dict[Key, Found] = {
            ("mapper", mapper["name"]): _found(mapper) for mapper in each.get("protocolMappers", ())
        }
        scope = wanted.get(each["name"])
        if scope and scope.of("allowed role"):
            allowed = server.get(f"{place}/client-scopes/{each['id']}/scope-mappings/realm") or ()
            inner |= {("allowed role", role["name"]): _found(role) for role in allowed}
        found["client scope", each["name"]] = _found(each, inner)
    return found


def _clients(server: Server, place: str, realm: Item) -> dict[Key, Found]:
    found: dict[Key, Found] = {}
    for client in realm.of("client"):
        for each in server.get(f"{place}/clients", clientId=client.name) or ():
            inner: dict[Key, Found] = {
                ("assigned scope", scope): Found(values={"optional": optional})
                for optional, field in ((True, "optionalClientScopes"), (False, "defaultClientScopes"))
                for scope in each.get(field, ())
            }
            found["client", client.name] = _found(each, inner)
    return found


def _organizations(server: Server, place: str, realm: Item) -> dict[Key, Found]:
    wanted = {each.name: each for each in realm.of("organization")}
    found: dict[Key, Found] = {}
    for each in server.pages(f"{place}/organizations"):
        item = wanted.get(each["alias"])
        if item is not None:
            groups = server.pages(f"{place}/organizations/{each['id']}/groups") if item.inner else ()
            found["organization", item.name] = _found(
                each, {("group", group["name"]): _found(group) for group in groups}
            )
    return found


def _groups(server: Server, listed: str, place: str, wanted: Iterable[Item]) -> dict[Key, Found]:
    """Groups of the realm, level by level."""
    items = {item.name: item for item in wanted}
    found: dict[Key, Found] = {}
    for each in server.pages(listed):
        item = items.get(each["name"])
        if item is not None:
            below = f"{place}/groups/{each['id']}/children"
            found["group", item.name] = _found(each, _groups(server, below, place, item.inner) if item.inner else {})
    return found


def _found(said: Mapping[str, Any], inner: Mapping[Key, Found] | None = None) -> Found:
    return Found(id=said["id"], values=said, inner=inner or {})
