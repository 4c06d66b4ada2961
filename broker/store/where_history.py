# SPDX-License-Identifier: EUPL-1.2
"""SQL text of conditions on the history of an entity: literal fragments and parameters only.

The entity is `w`, of which `w.seq` is the number. History is reached series by series (an attribute and a dataset each),
since the primary key gives the times of a series in order, and nothing else of it: what a condition costs is that of the
window, not of the history.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from auth.policy import Visible
from broker.ngsi.filters.tree import (
    And,
    Compares,
    Equals,
    Exists,
    Filter,
    Holds,
    InScope,
    Linked,
    Not,
    Or,
    Path,
    Test,
    paths_of,
)
from broker.ngsi.history import SCOPE_IRI
from broker.ngsi.languages import NONE
from broker.store.parameters import Parameters
from broker.store.vocabulary import DEFAULT_INSTANCE
from broker.store.where_filters import condition

_TIME: Final = "to_jsonb(to_char(h.time AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'))"
_INSTANCE: Final = (
    "coalesce(h.value, '{\"type\": \"Property\"}') || CASE WHEN h.number IS NULL THEN '{}'"
    " ELSE jsonb_build_object('value', h.number) END"
)
_EXACT: Final = 2**53
"""Integers up to here are the same in the column of numbers."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which instances: a half-open range of one of their times."""

    start: datetime
    end: datetime
    by_modified: bool = False
    only_observed: bool = False
    deleted: bool = False

    @property
    def time(self) -> str:
        """The column of that time."""
        return "modified_at" if self.by_modified else "time"


def in_window(window: Window, parameters: Parameters) -> str:
    """Whether a row `h` of history lies in a window."""
    start, end = parameters.add(window.start), parameters.add(window.end)
    observed = " AND h.observed" if window.only_observed else ""
    deleted = "h.deleted" if window.deleted else "NOT h.deleted"
    return f"h.{window.time} >= {start}::timestamptz AND h.{window.time} < {end}::timestamptz AND {deleted}{observed}"


def has_instance(
    schema: str,
    window: Window,
    parameters: Parameters,
    *,
    attributes: Collection[str] | None,
    datasets: Collection[str] | None,
) -> str:
    """Whether the entity has an instance in a window: of some attributes, by IRI, of some datasets; None: of any."""
    if attributes is None:
        scope = _number(schema, SCOPE_IRI, parameters)
        series, conditions = all_series(schema, "w.seq"), [f"s.attribute IS DISTINCT FROM {scope}"]
    else:
        numbers = f"SELECT a.id FROM {schema}.attribute a WHERE a.iri = ANY({parameters.add(list(attributes))}::text[])"
        series = (
            f"(SELECT a.id AS attribute, d.dataset FROM ({numbers}) a"
            f" CROSS JOIN LATERAL {series_of(schema, 'w.seq', 'a.id')} d)"
        )
        conditions = []
    if datasets is not None:
        uris = parameters.add([uri for uri in datasets if uri != NONE])
        known = f"SELECT d.id FROM {schema}.dataset d WHERE d.uri = ANY({uris}::text[])"
        default = f" OR s.dataset = {DEFAULT_INSTANCE}" if NONE in datasets else ""
        conditions.append(f"(s.dataset IN ({known}){default})")
    # The order, and OFFSET 0, keep the planner at the index: it would read all there is where it takes it for little.
    row = f"SELECT true FROM {schema}.history h WHERE {_same_series('s.attribute', 's.dataset')}"
    conditions.append(f"({row} AND {in_window(window, parameters)} ORDER BY h.{window.time} LIMIT 1)")
    return f"EXISTS (SELECT FROM {series} s WHERE {' AND '.join(conditions)} OFFSET 0)"


def meets(schema: str, wanted: Filter, window: Window, visible: Visible, parameters: Parameters) -> str:
    """Whether the instances of a window are what a filter asks for (5.7.4.4)."""
    match wanted:
        case And(parts) | Or(parts):
            junction = " AND " if isinstance(wanted, And) else " OR "
            return "(" + junction.join(meets(schema, part, window, visible, parameters) for part in parts) + ")"
        case Not(part):
            return f"(({meets(schema, part, window, visible, parameters)}) IS NOT TRUE)"
        case Exists() | Holds() | InScope() | Linked():
            path = next(paths_of(wanted), Path(()))
            if not path.attributes:
                return condition(schema, wanted, visible, parameters)
            return _some_row(schema, wanted, path, window, visible, parameters)


def _some_row(schema: str, wanted: Filter, path: Path, window: Window, visible: Visible, parameters: Parameters) -> str:
    """Whether a row passes, which stands for an entity that has this one instance."""
    instance = _INSTANCE
    if path.member == "observedAt":
        instance += f" || CASE WHEN h.observed THEN jsonb_build_object('observedAt', {_TIME}) ELSE '{{}}' END"
    if path.member == "datasetId":
        uri = f"(SELECT d.uri FROM {schema}.dataset d WHERE d.id = h.dataset)"
        instance += (
            f" || CASE WHEN h.dataset = {DEFAULT_INSTANCE} THEN '{{}}' ELSE jsonb_build_object('datasetId', {uri}) END"
        )
    iri = parameters.add(path.attributes[0])
    number = f"(SELECT a.id FROM {schema}.attribute a WHERE a.iri = {iri}::text)"
    entity = (
        f"(SELECT jsonb_build_object({iri}::text, jsonb_build_array({instance})) AS document,"
        " h.modified_at AS created_at, h.modified_at AS modified_at) AS e"
    )
    passes = condition(schema, wanted, visible, parameters)
    if isinstance(wanted, Holds) and path == Path(path.attributes[:1]) and visible.sees_attribute(path.attributes[0]):
        quick = _number_passes(wanted.test, parameters)
        passes = passes if quick is None else f"CASE WHEN h.number IS NULL THEN {passes} ELSE {quick} END"
    rows = rows_of(schema, "w.seq", number, window, parameters)
    return f"EXISTS (SELECT FROM {rows} h CROSS JOIN LATERAL {entity} WHERE {passes} OFFSET 0)"


def _number_passes(test: Test, parameters: Parameters) -> str | None:
    """Whether a row that is a number passes, by its column; None where only its JSON tells."""
    values = [test.value] if isinstance(test, Compares) else test.values if isinstance(test, Equals) else []
    numbers = [
        float(value) for value in values if type(value) is float or (type(value) is int and abs(value) <= _EXACT)
    ]
    if not numbers or len(numbers) < len(values):
        return None
    if isinstance(test, Compares):
        return f"h.number {test.order} {parameters.add(numbers[0])}::float8"
    is_one = f"h.number = ANY({parameters.add(numbers)}::float8[])"
    return f"NOT ({is_one})" if isinstance(test, Equals) and test.negated else is_one


def rows_of(schema: str, seq: str, attribute: str, window: Window, parameters: Parameters) -> str:
    """The rows of an attribute in a window."""
    return (
        f"(SELECT h.* FROM {series_of(schema, seq, attribute)} d CROSS JOIN LATERAL"
        f" (SELECT h.* FROM {schema}.history h WHERE h.seq = {seq} AND h.attribute = {attribute}"
        f" AND h.dataset = d.dataset AND {in_window(window, parameters)} ORDER BY h.{window.time} OFFSET 0) h)"
    )


def all_series(schema: str, seq: str) -> str:
    """The attributes and datasets that an entity has history of, by a loose walk over the primary key."""
    first = f"SELECT h.attribute, h.dataset FROM {schema}.history h WHERE h.seq = {seq}"
    order = "ORDER BY h.attribute, h.dataset LIMIT 1"
    return (
        f"(WITH RECURSIVE walk AS (({first} {order}) UNION ALL SELECT n.attribute, n.dataset FROM walk CROSS JOIN LATERAL"
        f" ({first} AND (h.attribute, h.dataset) > (walk.attribute, walk.dataset) {order}) n)"
        " SELECT walk.attribute, walk.dataset FROM walk)"
    )


def series_of(schema: str, seq: str, attribute: str) -> str:
    """The datasets that an attribute of an entity has history of, by such a walk."""
    first = f"SELECT h.dataset FROM {schema}.history h WHERE h.seq = {seq} AND h.attribute = {attribute}"
    order = "ORDER BY h.dataset LIMIT 1"
    return (
        f"(WITH RECURSIVE walk AS (({first} {order}) UNION ALL SELECT n.dataset FROM walk CROSS JOIN LATERAL"
        f" ({first} AND h.dataset > walk.dataset {order}) n) SELECT walk.dataset FROM walk)"
    )


def scopes_of(schema: str, window: Window, parameters: Parameters) -> str:
    """What scopes the entity has had, each from `start` until `stop`, null where it has them still."""
    rows = (
        f"SELECT h.{window.time} AS start, lead(h.{window.time}) OVER (ORDER BY h.{window.time}, h.time) AS stop,"
        " CASE jsonb_typeof(h.value -> 'value') WHEN 'array' THEN h.value -> 'value'"
        " ELSE jsonb_build_array(h.value -> 'value') END AS names, h.deleted"
        f" FROM {schema}.history h WHERE {_same_series(_number(schema, SCOPE_IRI, parameters), str(DEFAULT_INSTANCE))}"
    )
    names = "ARRAY(SELECT jsonb_array_elements_text(r.names)) AS scopes"
    return f"(SELECT r.start, r.stop, {names} FROM ({rows}) r WHERE NOT r.deleted)"


def was_in_scope(schema: str, wanted: Filter, window: Window, visible: Visible, parameters: Parameters) -> str:
    """FROM what, and WHERE: the times `e` within a window when the entity had such scopes (4.18)."""
    start, end = parameters.add(window.start), parameters.add(window.end)
    return (
        f"{scopes_of(schema, window, parameters)} e WHERE e.start < {end}::timestamptz"
        f" AND (e.stop IS NULL OR e.stop > {start}::timestamptz) AND {condition(schema, wanted, visible, parameters)}"
    )


def _same_series(attribute: str, dataset: str) -> str:
    return f"h.seq = w.seq AND h.attribute = {attribute} AND h.dataset = {dataset}"


def _number(schema: str, iri: str, parameters: Parameters) -> str:
    return f"(SELECT a.id FROM {schema}.attribute a WHERE a.iri = {parameters.add(iri)}::text)"
