# SPDX-License-Identifier: EUPL-1.2
"""An entity as its page tells it: a row for each attribute instance, in groups. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.links import to_key
from api.values import Shown, number_of, show_instance, unit_of
from api.vocabulary import to_name, to_words
from broker.ngsi.entities import VALUE_MEMBERS, Instance, State
from broker.ngsi.instants import to_instant
from broker.ngsi.members import INSTANCE_NAMES
from broker.ngsi.storage import thaw

GROUPS: Final = ("measured", "described", "details")
_COUNTS: Final = frozenset({None, "C62"})
_FOLDED: Final = frozenset({"json", "long"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One instance of an attribute."""

    key: str
    """The same as long as the entity has this instance; names parts of the page."""
    iri: str
    words: str
    term: str
    dataset: str | None
    shown: Shown
    time: datetime
    """When it was observed, else when it was written."""
    is_observed: bool
    notes: list[tuple[str, Shown]]
    """What the instance says of itself: its sub-attributes in words."""
    number: float | None
    unit: str
    """UN/CEFACT code."""
    group: str


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of a kind, `first` of which are shown and the rest folded up."""

    name: str
    rows: list[Row]
    first: int


def to_rows(state: State, language: str) -> list[Row]:
    """All instances of all attributes, in the order in which the entity has them."""
    instances = [(iri, instance) for iri, parts in thaw(state).attributes.items() for instance in parts]
    observes = any("observedAt" in instance for _, instance in instances)
    return [_to_row(iri, instance, language, observes=observes) for iri, instance in instances]


def to_groups(rows: Iterable[Row], first: int) -> list[Group]:
    """What was measured, what describes the entity, and what is long; groups without rows are left out."""
    by_name: dict[str, list[Row]] = {name: [] for name in GROUPS}
    for row in rows:
        by_name[row.group].append(row)
    # To fold up one or two rows hides them and saves nothing.
    return [
        Group(name, found, len(found) if len(found) <= first + 2 else first) for name, found in by_name.items() if found
    ]


def _to_row(iri: str, instance: Instance, language: str, *, observes: bool) -> Row:
    shown = show_instance(iri, instance, language)
    dataset = instance.get("datasetId")
    return Row(
        key=to_key(f"{iri} {dataset or ''}"),
        iri=iri,
        words=to_words(iri, language),
        term=to_name(iri),
        dataset=dataset,
        shown=shown,
        time=to_instant(instance.get("observedAt") or instance["modifiedAt"]),
        is_observed="observedAt" in instance,
        notes=list(_notes(instance, language)),
        number=number_of(instance),
        unit=unit_of(instance),
        group=_group(instance, shown, observes=observes),
    )


def _group(instance: Instance, shown: Shown, *, observes: bool) -> str:
    """Where nothing of an entity is observed, its numbers with units are what comes nearest to a measurement."""
    if shown.form in _FOLDED:
        return "details"
    is_measure = not observes and number_of(instance) is not None and instance.get("unitCode") not in _COUNTS
    return "measured" if "observedAt" in instance or is_measure else "described"


def _notes(instance: Instance, language: str) -> Iterable[tuple[str, Shown]]:
    for name, parts in instance.items():
        if name in INSTANCE_NAMES or name == "type":
            continue
        for part in parts:
            if VALUE_MEMBERS[part["type"]] in part:
                yield to_words(name, language), show_instance(name, part, language)
