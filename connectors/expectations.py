# SPDX-License-Identifier: EUPL-1.2
"""What a test expects, compared with what was found; no I/O."""

import json
from dataclasses import dataclass
from typing import Any

from allmende.connector import Entity
from connectors.declarative.format import Expectation

_VALUES = {"Relationship": "object", "LanguageProperty": "languageMap"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One difference; `reason` instead of expected and found where there is nothing to compare."""

    file: str = ""
    fixture: str | None = None
    entity: str | None = None
    attribute: str | None = None
    expected: Any = None
    found: Any = None
    reason: str | None = None

    def __str__(self) -> str:
        """Say where, what was expected and what was found."""
        named = (("fixture", self.fixture), ("entity", self.entity), ("attribute", self.attribute))
        where = [self.file, *(f"{word} {name}" for word, name in named if name is not None)]
        words = self.reason or f"expected {_words(self.expected)}, found {_words(self.found)}"
        return ": ".join([*(part for part in where if part), words])


def check_expectation(expect: Expectation, entities: list[Entity], errors: list[Failure]) -> list[Failure]:
    """Give what differs from `expect`; errors are failures, unless just so many are expected."""
    failures: list[Failure] = []
    if len(errors) != expect.errors:
        failures += errors or [Failure(attribute="(errors)", expected=expect.errors, found=0)]
    if expect.count is not None and len(entities) != expect.count:
        failures.append(Failure(attribute="(count)", expected=expect.count, found=len(entities)))
    wanted = {"first": expect.first, "last": expect.last, **expect.entities}
    for which, values in wanted.items():
        if not values:
            continue
        entity = _find(entities, which)
        if entity is None:
            failures.append(Failure(entity=which, reason="there is no such entity"))
            continue
        found = {attribute: _value(entity.get(attribute)) for attribute in values}
        failures += _differences(entity["id"], values, found)
    return failures


def check_golden(golden: list[Entity], entities: list[Entity]) -> list[Failure]:
    """Give what differs from the golden entities: missing ones, further ones, attributes; else their order."""
    expected, found = _by_key(golden), _by_key(entities)
    failures = [Failure(entity=_name(key), reason="expected, and not there") for key in expected if key not in found]
    failures += [Failure(entity=_name(key), reason="there, and not expected") for key in found if key not in expected]
    for key, entity in expected.items():
        if key in found:
            names = dict.fromkeys([*entity, *found[key]])
            given = {name: found[key].get(name) for name in names}
            failures += _differences(_name(key), {name: entity.get(name) for name in names}, given)
    if not failures and list(expected) != list(found):
        failures.append(Failure(reason="the entities come in another order"))
    return failures


def _find(entities: list[Entity], which: str) -> Entity | None:
    """Give the entity of that number from 1, else the first whose id is that, or ends so."""
    number = {"first": 1, "last": len(entities)}.get(which, int(which) if which.isdecimal() else None)
    if number is not None:
        return entities[number - 1] if 0 < number <= len(entities) else None
    named = (entity for entity in entities if entity["id"] == which or entity["id"].endswith(f":{which}"))
    return next(named, None)


def _value(instance: Any) -> Any:
    """Give the value of an attribute; of `id` and `type` themselves."""
    return instance.get(_VALUES.get(instance["type"], "value")) if isinstance(instance, dict) else instance


def _differences(entity: str, expected: dict[str, Any], found: dict[str, Any]) -> list[Failure]:
    return [
        Failure(entity=entity, attribute=attribute, expected=value, found=found[attribute])
        for attribute, value in expected.items()
        if not is_same(value, found[attribute])
    ]


def is_same(one: Any, other: Any) -> bool:
    """Whether both are the same JSON: 1 and 1.0 are, 1 and true are not."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _by_key(entities: list[Entity]) -> dict[tuple[str, int], Entity]:
    """Entities by id and how often the id came before."""
    counts: dict[str, int] = {}
    keyed = {}
    for entity in entities:
        name = str(entity.get("id"))
        counts[name] = counts.get(name, 0) + 1
        keyed[name, counts[name]] = entity
    return keyed


def _name(key: tuple[str, int]) -> str:
    name, number = key
    return name if number == 1 else f"{name} (number {number})"


def _words(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)
