# SPDX-License-Identifier: EUPL-1.2
"""Objects of a realm as values, and what one that is there lacks of one that is wanted. Nothing here does I/O."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal[
    "realm", "role", "client scope", "mapper", "allowed role", "client", "assigned scope", "organization", "group"
]
Outcome: TypeAlias = Literal["created", "changed", "unchanged"]
Key: TypeAlias = tuple[Kind, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An object that is wanted, with those in it; the names of values are Keycloak's."""

    kind: Kind
    name: str
    kept: Mapping[str, Any] = field(default_factory=dict)
    """What it has to have. Of an object what is named here, of a list at least these: the rest is the administrator's."""
    first: Mapping[str, Any] = field(default_factory=dict)
    """What it is made with; then it is the administrator's."""
    inner: tuple["Item", ...] = ()

    @property
    def key(self) -> Key:
        """What tells it from its neighbours."""
        return self.kind, self.name

    def of(self, kind: Kind) -> list["Item"]:
        """Those of a kind in it."""
        return [item for item in self.inner if item.kind == kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An object as a server has it."""

    id: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    inner: Mapping[Key, "Found"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of an item."""

    within: tuple[Item, ...]
    item: Item
    outcome: Outcome
    values: Mapping[str, Any]
    """All of it, to be sent: what was there, and what it lacked."""
    differences: tuple[str, ...] = ()
    """What is changed, in words."""
    left: tuple[str, ...] = ()
    """Switches that an administrator turned: they stay as they are."""

    @property
    def path(self) -> tuple[Key, ...]:
        """The keys from the realm to the item."""
        return tuple(each.key for each in (*self.within, self.item))

    def to_line(self) -> str:
        """The object for people, such as `client allmende-portal / assigned scope entities:read`."""
        named = [*self.within[1:], self.item] if self.within else [self.item]
        return " / ".join(f"{each.kind} {each.name}" for each in named)


def compare(item: Item, found: Found | None, within: tuple[Item, ...] = ()) -> Iterator[Verdict]:
    """What becomes of an item and of those in it, each after the one that it is in."""
    if found is None:
        yield Verdict(within=within, item=item, outcome="created", values=merge(item.first, item.kept))
    else:
        differences = tuple(describe(item.kept, found.values))
        yield Verdict(
            within=within,
            item=item,
            outcome="changed" if differences else "unchanged",
            values=merge(found.values, item.kept),
            differences=differences,
            left=tuple(_turned(item.first, found.values)),
        )
    for each in item.inner:
        yield from compare(each, found.inner.get(each.key) if found else None, (*within, item))


def merge(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What is there with what is wanted: objects are merged, lists united, everything else is as wanted."""
    merged = dict(there)
    for name, value in wanted.items():
        known = merged.get(name)
        if isinstance(value, Mapping):
            merged[name] = merge(known if isinstance(known, Mapping) else {}, value)
        elif isinstance(value, list):
            known = known if isinstance(known, list) else []
            merged[name] = [*known, *(each for each in value if each not in known)]
        else:
            merged[name] = value
    return merged


def describe(wanted: Mapping[str, Any], there: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """What merging would change, in words; nothing where it would change nothing."""
    for name, value in wanted.items():
        known, place = there.get(name), path + name
        if isinstance(value, Mapping):
            yield from describe(value, known if isinstance(known, Mapping) else {}, f"{place}.")
        elif isinstance(value, list):
            missing = [each for each in value if each not in (known if isinstance(known, list) else [])]
            if missing:
                yield f"{place}: {', '.join(map(str, missing))} added"
        elif value != known:
            yield f"{place}: {to_text(value)} instead of {to_text(known)}"


def to_text(value: Any) -> str:
    """A value as Keycloak's pages and files show it."""
    return "nothing" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _turned(first: Mapping[str, Any], there: Mapping[str, Any]) -> Iterator[str]:
    for name, value in first.items():
        if isinstance(value, bool) and name in there and there[name] != value:
            yield f"{name} is {to_text(there[name])}"
