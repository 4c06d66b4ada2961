# SPDX-License-Identifier: EUPL-1.2
"""What stands in an entity at the end of a path."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from broker.ngsi.entities import VALUE_MEMBERS, Instance, State
from broker.ngsi.filters.tree import EVERY_LANGUAGE, Path


class Place(NamedTuple):
    """What stands at one place of a path: one value, or the elements of a list, and the member that holds it."""

    elements: Sequence[Any]
    member: str = "value"

    @property
    def linked(self) -> bool:
        """Whether the elements lead to other entities; links have no order."""
        return self.member in {"object", "objectList"}


def places_of(state: State, path: Path) -> Iterator[Place]:
    """The places of a path; none where there is nothing."""
    times = {"createdAt": state.created_at, "modifiedAt": state.modified_at}
    if not path.attributes:
        yield Place([times[path.member or "modifiedAt"]])
        return
    instances: Sequence[Instance] = state.attributes.get(path.attributes[0], ())
    for name in path.attributes[1:]:
        times = {}
        instances = [inner for instance in instances for inner in instance.get(name, ())]
    for instance in instances:
        place = _place(instance, path, times)
        if place is not None:
            yield place


def _place(instance: Instance, path: Path, times: dict[str, str]) -> Place | None:
    if path.member is not None:
        value = instance.get(path.member, times.get(path.member))
        return None if value is None else Place([value])
    member = VALUE_MEMBERS[instance["type"]]
    value = instance[member]
    if member == "languageMap":
        return _texts(value, path.keys)
    if path.keys == (EVERY_LANGUAGE,):
        return None
    for key in path.keys:
        if type(value) is not dict or key not in value or member not in {"value", "json"}:
            return None
        value = value[key]
    if member == "objectList":
        value = [entry["object"] for entry in value]
    return Place(value if type(value) is list else [value], "value" if path.keys else member)


def _texts(texts: dict[str, Any], keys: tuple[str, ...]) -> Place | None:
    """The texts of a language; without one, of all."""
    found = list(texts.values()) if keys in {(), (EVERY_LANGUAGE,)} else [texts[key] for key in keys if key in texts]
    if len(keys) > 1 or not found:
        return None
    elements = [text for entry in found for text in (entry if type(entry) is list else [entry])]
    return Place(elements, "value" if keys else "languageMap")
