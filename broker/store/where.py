# SPDX-License-Identifier: EUPL-1.2
"""The only place that builds SQL text: from a query's syntax tree, out of literal fragments and parameters.

The walk is chosen so that its index gives the ids in order: a page costs its own length, not that of the data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from auth.policy import Visible
from broker.ngsi.queries import Query
from broker.store.ordering import Key, keys_of, order_of
from broker.store.parameters import Parameters
from broker.store.seen import GUARD
from broker.store.walks import is_plain, named, of_shares, of_types
from broker.store.where_filters import condition
from broker.store.where_types import has_types, names_of, selected


@dataclass(frozen=True, slots=True)
class Walk:
    """Where the ids of a query come from, in order, and what is left to be decided for each."""

    source: str
    conditions: list[str]

    def where(self) -> str:
        """The WHERE clause, or nothing."""
        return " WHERE " + " AND ".join(self.conditions) if self.conditions else ""


def page_statement(
    schema: str, query: Query, visible: Visible, *, limit: int, seqs: Sequence[int] | None = None
) -> tuple[str, list[Any]]:
    """The statement of a page of stored entities in the query's order, at last in that of ids, and its parameters."""
    parameters = Parameters()
    reach = None if query.order else query.offset + limit
    walk = walk_of(schema, query, visible, parameters, reach=reach, seqs=seqs)
    order = order_of(query.order, visible, parameters)
    times = "e.created_at, e.modified_at" if query.times else "NULL::timestamptz, NULL::timestamptz"
    columns = f"w.id, e.types, e.scopes, e.document, {times}, e.expires_at"
    amount, offset = parameters.add(limit), parameters.add(query.offset)
    if walk.conditions or query.order:
        text = (
            f"SELECT {columns} FROM {walk.source} w JOIN {schema}.entity e ON e.seq = w.seq{order.joins}{walk.where()}"
            f" ORDER BY {order.keys}w.id LIMIT {amount} OFFSET {offset}"
        )
    else:
        text = (
            f"SELECT {columns} FROM (SELECT w.id, w.seq FROM {walk.source} w ORDER BY w.id LIMIT {amount} OFFSET {offset}) w"
            f" JOIN {schema}.entity e ON e.seq = w.seq ORDER BY w.id"
        )
    return text, parameters.values


def keys_statement(
    schema: str, query: Query, visible: Visible, *, most: int, seqs: Sequence[int] | None = None
) -> tuple[str, list[Any], list[Key]]:
    """The statement of numbers and sort keys of what a query finds, in the order of ids; what keys there are.

    One column for each key, as arrays in one row; `most` rows at most.
    """
    parameters = Parameters()
    walk = walk_of(schema, query, visible, parameters, seqs=seqs)
    joins, columns, keys = keys_of(query.order, visible, parameters)
    named = "".join(f", {column} AS k{position:d}" for position, column in enumerate(columns))
    arrays = "".join(f", array_agg(f.k{position:d} ORDER BY f.id)" for position in range(len(columns)))
    # More than may be ordered are not worth their keys.
    text = (
        f"WITH found AS MATERIALIZED (SELECT w.id, w.seq FROM {walk.source} w JOIN {schema}.entity e ON e.seq = w.seq"
        f"{walk.where()} LIMIT {parameters.add(most)})"
        f" SELECT array_agg(f.seq ORDER BY f.id){arrays} FROM (SELECT w.id, w.seq{named} FROM found w"
        f" JOIN {schema}.entity e ON e.seq = w.seq{joins}) AS f"
    )
    return text, parameters.values, keys


def count_statement(schema: str, query: Query, visible: Visible) -> tuple[str, list[Any]]:
    """The statement that counts the entities of a query, and its parameters."""
    parameters = Parameters()
    walk = walk_of(schema, query, visible, parameters, reach=None)
    join = f" JOIN {schema}.entity e ON e.seq = w.seq{walk.where()}" if walk.conditions else ""
    return f"SELECT count(*) FROM {walk.source} w{join}", parameters.values


def walk_of(
    schema: str,
    query: Query,
    visible: Visible,
    parameters: Parameters,
    *,
    reach: int | None = None,
    seqs: Sequence[int] | None = None,
) -> Walk:
    """The walk of a query: only as far as `reach`, or only among the entities of some numbers."""
    conditions = asked_of(schema, query, visible, parameters)
    if seqs is not None:
        # OFFSET 0: where a page of them is wanted, the planner would walk all names until it is full.
        source = (
            f"(SELECT n.id, n.seq FROM {schema}.name n WHERE n.seq = ANY({parameters.add(seqs)}::bigint[]) OFFSET 0)"
        )
        conditions += [] if query.types is None else [has_types("e.types", query.types, parameters)]
        conditions += [f"w.id = ANY({parameters.add(list(query.ids))}::text[])"] if query.ids else []
    elif query.ids:
        source = named(schema, query.ids, parameters)
        # The join drops ids whose entity was deleted.
        conditions.append("e.seq IS NOT NULL")
        conditions += [] if query.types is None else [has_types("e.types", query.types, parameters)]
    elif (shared := of_shares(schema, query, visible, parameters)) is not None:
        source = shared
        conditions += [] if query.types is None else [has_types("e.types", query.types, parameters)]
    elif query.types is None:
        source = f"{schema}.name"
        conditions.append("e.seq IS NOT NULL")
    else:
        conditions += [] if is_plain(query.types) else [has_types("e.types", query.types, parameters)]
        source = of_types(schema, names_of(query.types), parameters, reach=None if conditions else reach)
    return Walk(source, conditions)


def asked_of(schema: str, query: Query, visible: Visible, parameters: Parameters) -> list[str]:
    """The conditions of a query on a name `w` and its entity `e`; those on ids and types that a walk may know aside."""
    conditions = [] if visible.whole else [GUARD]
    if query.after:
        conditions.append(f"w.id > {parameters.add(query.after)}")
    if query.id_pattern is not None:
        conditions.append(f"w.id ~ {parameters.add(query.id_pattern)}")
    if query.attrs:
        conditions.append(f"e.document ?| {parameters.add(list(query.attrs))}::text[]")
    if query.filter is not None:
        conditions.append(condition(schema, query.filter, visible, parameters))
    if query.selectors:
        conditions.append("(" + " OR ".join(selected(each, parameters) for each in query.selectors) + ")")
    return conditions
