# SPDX-License-Identifier: EUPL-1.2
"""The tables that are read through rights, each as the SELECT of what is seen of it."""

from collections.abc import Callable
from typing import Final, TypeAlias

from auth.policy import EXACT
from broker.store.seeing import Sight

Table: TypeAlias = Callable[[Sight], str]


def _entity(sight: Sight) -> str:
    return (
        f"SELECT e.seq, {sight.created_at()} AS created_at, {sight.modified_at()} AS modified_at, e.expires_at,"
        f" e.types, e.scopes, {sight.document()} AS document FROM {sight.schema}.entity e WHERE {sight.selects()}"
    )


def _name(sight: Sight) -> str:
    """Names of entities that are there: what a deleted one was is not known to those who do not see all."""
    return (
        "SELECT n.seq, n.id, n.deleted_at, n.types"
        f" FROM {sight.schema}.name n WHERE n.deleted_at IS NULL AND {sight.entity_is_seen('n.seq')}"
    )


def _entity_type(sight: Sight) -> str:
    """Types of entities that are seen: of a type that opens them, their own row says so."""
    types = {name for share in sight.shares if share.scopes is None and share.ids is None for name in share.types or ()}
    opened = f"t.type = ANY({sight.add(sorted(types))}::text[]) OR " if types else ""
    shown = f"({opened}{sight.entity_is_seen('t.seq')})"
    return f"SELECT t.type, t.id, t.seq FROM {sight.schema}.entity_type t WHERE {shown}"


def _entity_scope(sight: Sight) -> str:
    return f"SELECT s.scope, s.id, s.seq FROM {sight.schema}.entity_scope s WHERE {sight.entity_is_seen('s.seq')}"


def _place(sight: Sight) -> str:
    """Points are rounded as in documents; the box of anything else becomes one that holds it wherever it is rounded to."""
    iri = f"(SELECT a.iri FROM {sight.schema}.attribute a WHERE a.id = p.attribute)"
    shown = f"EXISTS (SELECT FROM {sight.schema}.entity e WHERE e.seq = p.seq AND {sight.shows(iri)})"
    return f"SELECT p.seq, p.attribute, p.dataset, {_box(sight, iri)} AS box FROM {sight.schema}.place p WHERE {shown}"


def _box(sight: Sight, iri: str) -> str:
    rounded = {
        share.rounding: f"{sight.schema}.rounded_box(p.box, {sight.add(share.rounding.place_m)})"
        for share in sight.shares
        if share.rounding.place_m
    }
    told = sight.by_rounding(iri, "p.box", rounded)
    return told if not rounded else f"(SELECT {told} FROM {sight.schema}.entity e WHERE e.seq = p.seq)"


def _attribute(sight: Sight) -> str:
    """Numbers of attributes that may exist for the caller."""
    return f"SELECT a.id, a.iri FROM {sight.schema}.attribute a WHERE {sight.may_show('a.iri')}"


def _numbers(sight: Sight) -> str:
    return f"SELECT a.id FROM {sight.schema}.attribute a WHERE {sight.may_show('a.iri')}"


def _dataset(sight: Sight) -> str:
    """Numbers of datasetIds; which there are is told by no statement alone."""
    return f"SELECT d.id, d.uri FROM {sight.schema}.dataset d"


def _label(sight: Sight) -> str:
    """Labels that are made of what is seen alone; words are made of names and titles."""
    hidden = f"e.document ? k.iri AND k.iri ~ '[/#:](name|title)$' AND NOT {sight.shows('k.iri')}"
    shown = (
        f"EXISTS (SELECT FROM {sight.schema}.entity e WHERE e.seq = l.seq AND {sight.selects()}"
        f" AND NOT EXISTS (SELECT FROM jsonb_object_keys(e.document) AS k(iri) WHERE {hidden}))"
    )
    return f"SELECT l.seq, l.label, l.words FROM {sight.schema}.label l WHERE {shown}"


def _history(sight: Sight) -> str:
    """Rows of attributes that are seen, those of entities that were deleted not among them.

    Shares that round times show none: of instances within a step their order and the last one would tell which came when.
    Attributes that nobody shows are left out by their numbers first, which the primary key passes over.
    """
    sight = sight.within(share for share in sight.shares if not share.rounding.time_s)
    iri = f"(SELECT a.iri FROM {sight.schema}.attribute a WHERE a.id = h.attribute)"
    one = f"FROM {sight.schema}.entity e WHERE e.seq = h.seq"
    shown = "true" if sight.shows_alike() else f"EXISTS (SELECT {one} AND {sight.shows(iri)})"
    rounded = {
        share.rounding: f"CASE WHEN h.value IS NOT NULL THEN {sight.schema}.rounded(jsonb_build_array(h.value),"
        f" {sight.add(share.rounding.place_m)}, 0, NULL, NULL) -> 0 END"
        for share in sight.shares
        if share.rounding != EXACT
    }
    value = f"(SELECT {sight.by_rounding(iri, 'h.value', rounded)} {one}) AS value" if rounded else "h.value"
    return (
        f"SELECT h.seq, h.attribute, h.dataset, h.time, h.observed, h.modified_at, h.deleted, h.number, {value}"
        f" FROM {sight.schema}.history h WHERE h.attribute = ANY(ARRAY({_numbers(sight)})) AND {shown}"
    )


def _departed_type(sight: Sight) -> str:
    return f"SELECT t.type, t.id, t.seq FROM {sight.schema}.departed_type t WHERE false"


def _declared(sight: Sight) -> str:
    """Those of attributes that are seen, as they are, of every entity that is: others an index tells nothing of.

    What the index of values finds are candidates, of which some may be hidden; documents decide.
    """
    numbers = f"SELECT a.id FROM {sight.schema}.attribute a WHERE {sight.show_all('a.iri')}"
    return f"SELECT d.* FROM {sight.schema}.declared d WHERE d.attribute = ANY(ARRAY({numbers}))"


def _value_index(sight: Sight) -> str:
    return f"SELECT v.* FROM {sight.schema}.value_index v"


TABLES: Final[dict[str, Table]] = {
    "entity": _entity,
    "name": _name,
    "entity_type": _entity_type,
    "entity_scope": _entity_scope,
    "place": _place,
    "label": _label,
    "history": _history,
    "departed_type": _departed_type,
    "attribute": _attribute,
    "dataset": _dataset,
    "declared": _declared,
    "value_index": _value_index,
}

FUNCTIONS: Final = frozenset({"period_start"})
"""Functions that read no table."""
