# SPDX-License-Identifier: EUPL-1.2
"""Lists of entities as people ask for them: sorted by what entities say, and narrowed by it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from msgspec import Struct

from broker.ngsi.entities import State
from broker.ngsi.words import fold

ID: Final = "id"
LABEL: Final = "label"
MODIFIED: Final = "modifiedAt"
Operator: TypeAlias = Literal[">=", "<=", "=", "has"]
_TEXTS: Final = frozenset({"LanguageProperty", "VocabProperty", "Relationship"})


@dataclass(frozen=True, slots=True)
class Sort:
    """By `id`, `label`, `modifiedAt` or an attribute's IRI; texts in several languages count in `language`."""

    by: str = ID
    descending: bool = False
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Filter:
    """An attribute, by its IRI, that an entity must have, with such a value but for `has`.

    `value` is what somebody typed: a text that reads as a number means either. Any instance may match.
    """

    attribute: str
    operator: Operator
    value: str = ""

    @property
    def number(self) -> float | None:
        """The number that the value reads as."""
        try:
            number = float(self.value)
        except ValueError:
            return None
        return number if abs(number) < float("inf") else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """A page of the entities of a type, an IRI; `words` are of labels, the last one may be the beginning of a word.

    The next page of a list by id is `after` the last id, that of any other list stands at `offset`.
    """

    type: str
    sort: Sort = Sort()
    filters: tuple[Filter, ...] = ()
    words: str = ""
    after: str = ""
    offset: int = 0
    limit: int = 50

    @property
    def is_plain(self) -> bool:
        """Whether the index of types alone answers it."""
        by_id = self.sort.by == ID and not self.sort.descending
        return by_id and not self.filters and not self.words.strip()


class Key(Struct, frozen=True, gc=False):
    """What an entity is sorted by: a number or a text, or neither where it lacks the attribute."""

    seq: int
    number: float | None
    text: str | None


def in_order(keys: Iterable[Key], *, descending: bool) -> list[int]:
    """The numbers of entities: figures before texts, texts as dictionaries have them, and last those with neither.

    Of equals the order stays, which is that of their ids.
    """
    ranked: list[tuple[tuple[bool, float, str], int]] = []
    missing: list[int] = []
    for key in keys:
        if key.number is not None:
            ranked.append(((False, key.number, ""), key.seq))
        elif key.text is not None:
            ranked.append(((True, 0, fold(key.text)), key.seq))
        else:
            missing.append(key.seq)
    ranked.sort(key=lambda entry: entry[0], reverse=descending)
    return [seq for _, seq in ranked] + missing


@dataclass(frozen=True, slots=True)
class AttributeUse:
    """An attribute of some entities: how many have it, and of these how many as a number, a text, a place."""

    iri: str
    entities: int
    numbers: int
    texts: int
    places: int


def attribute_uses(states: Iterable[State]) -> list[AttributeUse]:
    """Which attributes entities have, the most frequent first; those of one frequency in the order of their IRIs."""
    counts: dict[str, list[int]] = {}
    for state in states:
        for iri, instances in state.attributes.items():
            row = counts.setdefault(iri, [0, 0, 0, 0])
            row[0] += 1
            column = _column(instances)
            if column:
                row[column] += 1
    uses = [AttributeUse(iri, *row) for iri, row in counts.items()]
    return sorted(uses, key=lambda use: (-use.entities, use.iri))


def _column(instances: Sequence[Any]) -> int:
    """1 for a number, 2 for a text, 3 for a place, 0 for anything else; the first instance decides."""
    kind, value = instances[0]["type"], instances[0].get("value")
    if kind == "GeoProperty":
        return 3
    if kind == "Property" and isinstance(value, int | float) and not isinstance(value, bool):
        return 1
    return 2 if kind in _TEXTS or (kind == "Property" and isinstance(value, str)) else 0
