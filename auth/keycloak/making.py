# SPDX-License-Identifier: EUPL-1.2
"""Makes what a realm lacks: verdict after verdict, in their order."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from allmende.errors import Conflict
from auth.keycloak.document import to_body
from auth.keycloak.items import Found, Item, Key, Verdict, compare
from auth.keycloak.reading import read_realm
from auth.keycloak.server import Server


def bring_up(server: Server, realm: Item, *, dry: bool = False) -> Iterator[Verdict]:
    """What becomes of each object of the realm, as soon as it has; `dry`: what would become."""
    found = read_realm(server, realm)
    maker = _Maker(server, f"/realms/{realm.name}")
    if found is not None:
        maker.learn((realm.key,), found)
    for verdict in compare(realm, found):
        if not dry:
            maker.make(verdict)
        yield verdict


@dataclass(slots=True)
class _Maker:
    """Knows the ids of what is there and of what it made."""

    server: Server
    place: str
    _ids: dict[tuple[Key, ...], str] = field(default_factory=dict)
    _fresh: set[tuple[Key, ...]] = field(default_factory=set)

    def learn(self, path: tuple[Key, ...], found: Found) -> None:
        """Note the ids of an object and of those in it."""
        self._ids[path] = found.id
        for key, each in found.inner.items():
            self.learn((*path, key), each)

    def make(self, verdict: Verdict) -> None:
        """Do what a verdict says."""
        if verdict.outcome == "created":
            self._create(verdict)
            self._fresh.add(verdict.path)
        elif verdict.outcome == "changed":
            self.server.put(self._place_of(verdict), dict(verdict.values))

    def _create(self, verdict: Verdict) -> None:
        item, parent = verdict.item, verdict.path[:-1]
        if item.kind in {"mapper", "assigned scope"} and parent in self._fresh:
            return  # it was told with its client or scope
        if item.kind == "realm":
            self.server.post("/realms", to_body(item))
            self._learn_scopes(verdict.path)
        elif item.kind == "allowed role":
            role = self.server.get(f"{self.place}/roles/{item.name}")
            self.server.post(f"{self._place_at(parent)}/scope-mappings/realm", [role])
        elif item.kind == "assigned scope":
            scope = self._require_scope(item.name, parent[:1])
            which = "optional" if item.first["optional"] else "default"
            self.server.put(f"{self._place_at(parent)}/{which}-client-scopes/{scope}", {})
        else:
            self._post(verdict, to_body(item))

    def _post(self, verdict: Verdict, body: dict[str, Any]) -> None:
        item, parent = verdict.item, verdict.path[:-1]
        if item.kind == "client":
            for scope in item.of("assigned scope"):
                self._require_scope(scope.name, parent)
        self._ids[verdict.path] = self.server.post(self._list_of(verdict), body)

    def _list_of(self, verdict: Verdict) -> str:
        """Where an object is posted to."""
        item, parent = verdict.item, verdict.path[:-1]
        if item.kind == "mapper":
            return f"{self._place_at(parent)}/protocol-mappers/models"
        if item.kind == "group" and verdict.within[-1].kind != "realm":
            below = "children" if verdict.within[-1].kind == "group" else "groups"
            return f"{self._place_at(parent)}/{below}"
        return f"{self.place}/{_LISTS[item.kind]}"

    def _place_of(self, verdict: Verdict) -> str:
        if verdict.item.kind == "mapper":
            return f"{self._list_of(verdict)}/{self._ids[verdict.path]}"
        return self._place_at(verdict.path)

    def _place_at(self, path: tuple[Key, ...]) -> str:
        """The address of an object that stands by its id alone."""
        kind = path[-1][0]
        return self.place if kind == "realm" else f"{self.place}/{_LISTS[kind]}/{self._ids[path]}"

    def _learn_scopes(self, path: tuple[Key, ...]) -> None:
        """A new realm brings scopes along."""
        for each in self.server.get(f"{self.place}/client-scopes"):
            self._ids[*path, ("client scope", each["name"])] = each["id"]

    def _require_scope(self, name: str, realm: tuple[Key, ...]) -> str:
        try:
            return self._ids[*realm, ("client scope", name)]
        except KeyError:
            raise Conflict(
                f"The realm {realm[0][1]} has no client scope {name!r}, which every realm of Keycloak 26 has; make it first"
            ) from None


_LISTS: dict[str, str] = {
    "role": "roles",
    "client scope": "client-scopes",
    "client": "clients",
    "organization": "organizations",
    "group": "groups",
}
