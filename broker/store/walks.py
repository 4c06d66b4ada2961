# SPDX-License-Identifier: EUPL-1.2
"""Where the ids of a query come from, in order: SQL text out of literal fragments and parameters.

The source is chosen so that its index gives the ids in order, and few that are not wanted or not seen: a page then costs
its own length, not that of the data.
"""

from collections.abc import Sequence
from typing import NamedTuple

from auth.policy import Share, Visible
from broker.ngsi.queries import Query
from broker.ngsi.selections import AnyOf, OneType, Selection
from broker.store.parameters import Parameters
from broker.store.where_types import names_of


def named(schema: str, ids: Sequence[str], parameters: Parameters) -> str:
    """The names of some ids, also of entities that were deleted."""
    return f"(SELECT n.id, n.seq FROM {schema}.name n WHERE n.id = ANY({parameters.add(list(ids))}::text[]))"


def of_types(schema: str, names: Sequence[str], parameters: Parameters, *, reach: int | None) -> str:
    """Ids of any of the types; several ranges of the index are merged, each as far as the page reaches."""
    if len(names) == 1:
        return f"(SELECT t.id, t.seq FROM {schema}.entity_type t WHERE t.type = {parameters.add(names[0])})"
    bound = "" if reach is None else f" ORDER BY t.id LIMIT {parameters.add(reach)}"
    ranges = [
        f"(SELECT t.id, t.seq FROM {schema}.entity_type t WHERE t.type = {parameters.add(name)}{bound})"
        for name in names
    ]
    return "(" + " UNION ".join(ranges) + ")"


def of_shares(schema: str, query: Query, visible: Visible, parameters: Parameters) -> str | None:
    """Ids of what a caller sees, and few others, where indexes know them; None where all ids have to be walked."""
    ranges = [_ranges(share, query.types) for share in visible.shares]
    if not ranges or not all(ranges):
        return None
    distinct = {each for some in ranges for each in some}
    ids = [each.value for each in distinct if each.table == "name"]
    arms = [named(schema, sorted(ids), parameters)] if ids else []
    arms += [each.text(schema, parameters) for each in sorted(distinct) if each.table != "name"]
    return "(" + " UNION ".join(arms) + ")"


class _Range(NamedTuple):
    """A part of an index that gives ids: of one value, or of all that begin with it."""

    table: str
    column: str
    value: str
    is_prefix: bool = False

    def text(self, schema: str, parameters: Parameters) -> str:
        """The SELECT of it; `0` is the character behind `/`."""
        first = parameters.add(self.value)
        condition = f"r.{self.column} = {first}"
        if self.is_prefix:
            condition = f"r.{self.column} >= {first} AND r.{self.column} < {parameters.add(self.value[:-1] + '0')}"
        return f"(SELECT r.id, r.seq FROM {schema}.{self.table} r WHERE {condition})"


def _ranges(share: Share, types: Selection | None) -> list[_Range]:
    """Ranges that together hold all entities of a share; none where no index does."""
    if share.ids is not None:
        return [_Range("name", "id", each) for each in share.ids]
    if share.scopes is not None:
        ranges = [_scope_ranges(scope) for scope in share.scopes]
        if all(ranges):
            return [each for some in ranges for each in some]
    if share.types is not None:
        asked = frozenset() if types is None else frozenset(names_of(types))
        names = asked if asked and asked <= share.types else share.types
        return [_Range("entity_type", "type", name) for name in names]
    return []


def _scope_ranges(scope: str) -> list[_Range]:
    """Ranges of scopes, which may be written with a slash before them or without; none where the first level is open."""
    exact, plus, _ = scope.removeprefix("/").removesuffix("/#").partition("+")
    if scope == "/#" or not exact:
        return []
    ranges = []
    for text in (exact, "/" + exact):
        if plus or scope.endswith("/#"):
            ranges.append(_Range("entity_scope", "scope", text if plus else text + "/", is_prefix=True))
        if not plus:
            ranges.append(_Range("entity_scope", "scope", text))
    return ranges


def is_plain(selection: Selection | None) -> bool:
    """Whether ranges of types alone decide: it asks for a type, or any of several."""
    match selection:
        case OneType():
            return True
        case AnyOf(parts):
            return all(isinstance(part, OneType) for part in parts)
        case _:
            return False
