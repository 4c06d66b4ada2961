# SPDX-License-Identifier: EUPL-1.2
"""Walk through all entities of a type in slices of the order of their ids; SQL text as in `where`.

Filters are decided within a slice, so every statement has the cost of its slice, however few entities are chosen.
"""

from typing import Any

from allmende.database.pool import Connection
from auth.policy import Visible
from broker.ngsi.contents import AttributeContent
from broker.ngsi.entities import State
from broker.ngsi.instances import PLACE
from broker.ngsi.listings import ListQuery
from broker.ngsi.storage import from_document
from broker.ngsi.words import to_query
from broker.store.parameters import Parameters
from broker.store.seen import guard
from broker.store.sorting import condition


async def read_slice(
    connection: Connection, schema: str, query: ListQuery, visible: Visible
) -> tuple[list[State], str | None]:
    """Of the next `query.limit` entities those that are chosen, and the id to go on after; None at the end."""
    text, values = states_statement(schema, query, visible)
    rows = await connection.fetch(text, *values)
    states = [from_document(*row) for row in rows if row["types"] is not None]
    return states, rows[-1]["id"] if len(rows) == query.limit else None


async def survey_slice(
    connection: Connection, schema: str, query: ListQuery, visible: Visible
) -> tuple[list[AttributeContent], str | None]:
    """What the chosen ones of the next `query.limit` entities hold, and the id to go on after; None at the end."""
    text, values = contents_statement(schema, query, visible)
    rows = await connection.fetch(text, *values)
    contents = [AttributeContent(*row[2:]) for row in rows if row["attribute"] is not None]
    return contents, rows[0]["last"] if rows[0]["entities"] == query.limit else None


def states_statement(schema: str, query: ListQuery, visible: Visible) -> tuple[str, list[Any]]:
    """A slice: its ids, with the entity where it is chosen."""
    parameters = Parameters()
    source = _slice(schema, query, visible, parameters)
    text = (
        f"SELECT t.id, e.types, e.scopes, e.document, e.created_at, e.modified_at FROM ({source}) AS t"
        f" LEFT JOIN {schema}.entity e ON {_chosen(schema, query, visible, parameters)} ORDER BY t.id"
    )
    return text, parameters.values


def contents_statement(schema: str, query: ListQuery, visible: Visible) -> tuple[str, list[Any]]:
    """How far a slice goes, with a row for each attribute of the chosen: default instances count, else first ones."""
    parameters = Parameters()
    text = (
        f"WITH slice AS MATERIALIZED ({_slice(schema, query, visible, parameters)})"
        " SELECT s.last, s.entities, u.* FROM (SELECT max(t.id) AS last, count(*) AS entities FROM slice t) AS s"
        " LEFT JOIN (SELECT a.key AS attribute, min(a.unit) AS least_unit, max(a.unit) AS greatest_unit,"
        f" bool_or(a.key = {parameters.add(PLACE)} AND coalesce(a.instance #>> '{{value,type}}' <> 'Point', false)) AS has_shapes"
        " FROM (SELECT k.key, k.value -> 0 AS instance, coalesce(k.value #>> '{0,unitCode}', '') AS unit"
        f" FROM slice t JOIN {schema}.entity e ON {_chosen(schema, query, visible, parameters)}"
        " CROSS JOIN LATERAL jsonb_each(e.document) AS k) AS a"
        " GROUP BY a.key) AS u ON true"
    )
    return text, parameters.values


def _slice(schema: str, query: ListQuery, visible: Visible, parameters: Parameters) -> str:
    return (
        f"SELECT w.id, w.seq FROM {schema}.entity_type w WHERE {guard(visible)} AND w.type = {parameters.add(query.type)}"
        f" AND w.id > {parameters.add(query.after)} ORDER BY w.id LIMIT {parameters.add(query.limit)}"
    )


def _chosen(schema: str, query: ListQuery, visible: Visible, parameters: Parameters) -> str:
    """Whether the entity `e` is that of a row `t`, and chosen."""
    conditions = ["e.seq = t.seq", *[condition(each, visible, parameters) for each in query.filters]]
    if query.words.strip():
        asked = parameters.add(to_query(query.words))
        words = f"l.words @@ {asked}::text::tsquery"
        conditions.append(f"EXISTS (SELECT FROM {schema}.label l WHERE l.seq = t.seq AND {words})")
    return " AND ".join(conditions)
