# SPDX-License-Identifier: EUPL-1.2
"""A column with what it holds and what its name means."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.catalogue.units import unit_code, unit_in
from connectors.proposing.columns import Column, Path, make_columns
from connectors.proposing.dates import join_clock
from connectors.proposing.names import Meanings, leaf_and_parents, meanings_of
from connectors.proposing.values import Content, infer

_MOMENTS = frozenset({"time", "updated", "observed", "created", "validity", "start", "end"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Field:
    """A column of the sample."""

    column: Column
    content: Content
    words: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    unit: str | None = None
    said_units: tuple[str, ...] = ()
    """The units that the records themselves say."""
    meanings: Meanings = field(default_factory=frozenset)

    @property
    def path(self) -> str:
        """The JSONata of its path."""
        return self.column.expression

    @property
    def example(self) -> Any:
        """Its first value, None where it has none."""
        given = self.column.given
        return given[0] if given else None

    @property
    def prefix(self) -> str:
        """The first word of its name, by which the columns of one matter are often told."""
        return self.words[0] if len(self.words) > 1 else ""

    @property
    def is_unique(self) -> bool:
        """Whether each record has a value of its own."""
        return self.content.distinct == len(self.column.values)

    @property
    def variety(self) -> float:
        """How many of its values are different, as a share."""
        given = self.column.given
        return self.content.distinct / len(given) if given else 0.0

    def means(self, *meanings: str) -> bool:
        """Whether its name may mean one of these."""
        return not self.meanings.isdisjoint(meanings)


def make_fields(rows: list[dict[str, Any]], aliases: Mapping[str, str] | None = None) -> list[Field]:
    """Give the columns of records, with what they hold; `aliases`: longer names by names, where a document has them."""
    columns = join_clock(make_columns(rows))
    by_path = {column.path: column for column in columns}
    return [_field(column, aliases or {}, _said_units(column, by_path)) for column in columns]


def _said_units(column: Column, others: Mapping[Path, Column]) -> tuple[str, ...]:
    said = next((others[path] for path in column.unit_paths if path in others), None)
    return tuple(dict.fromkeys(str(text) for text in said.given)) if said else ()


def _field(column: Column, aliases: Mapping[str, str], units: tuple[str, ...]) -> Field:
    words, parents = leaf_and_parents([aliases.get(name, name) for name in column.names])
    meanings = frozenset(_joined(words))
    return Field(
        column=column,
        content=infer(column, may_be_epoch=bool(meanings & _MOMENTS)),
        words=words,
        parents=parents,
        unit=unit_code(units[0]) if len(units) == 1 else unit_in(column.names[-1]),
        said_units=units,
        meanings=meanings,
    )


def _joined(words: Iterable[str]) -> Iterable[str]:
    for word in words:
        yield from meanings_of(word)
