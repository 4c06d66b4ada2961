# SPDX-License-Identifier: EUPL-1.2
"""Which column tells one thing from another, and stays."""

import re
from dataclasses import dataclass

from connectors.proposing.documents import KEY
from connectors.proposing.fields import Field

_LONGEST = 64
_ROW_OF_LAYER = re.compile(r"[A-Za-z_]\w*\.\d+")
_DATABASE = frozenset({"objectid", "fid", "ogc", "oid", "lfd", "row", "rowid"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The expression of the id, the column it is of, and what to check."""

    expression: str
    field: Field | None = None
    note: str | None = None


def find_identity(fields: list[Field], name: Field | None, time: Field | None, *, keyed: bool) -> Identity:
    """Give the id of a record: the best column that is unique, else unique with the time, else its name."""
    if keyed:
        key = next((field for field in fields if field.path == KEY), None)
        return Identity(expression=KEY, field=key)
    ranked = sorted((field for field in fields if _may_identify(field)), key=lambda field: -_rank(field, name, time))
    for field in ranked:
        if field.is_unique and _rank(field, name, time) > 0:
            return Identity(expression=field.path, field=field)
    for field in ranked:
        if time is not None and field.means("id") and _with_time(field, time):
            note = "comes again with another time: each record is a reading of it"
            return Identity(expression=field.path, field=field, note=note)
    if name is not None and name.column.fill == 1 and (name.is_unique or (time and _with_time(name, time))):
        return Identity(expression=name.path, field=name, note="no column is an id; a name may change")
    for field in ranked:
        if field.is_unique:
            return Identity(
                expression=field.path, field=field, note="no column is called an id: check that this one stays"
            )
    return Identity(expression="'1'", note="todo: no column tells the records apart; all become one entity")


def _may_identify(field: Field) -> bool:
    content = field.content
    if field.column.fill < 1 or content.kind not in {"text", "number"} or not content.distinct:
        return False
    if content.is_number and not content.whole:
        return False
    return all(len(str(value)) <= _LONGEST and "\n" not in str(value) for value in field.column.values)


def _rank(field: Field, name: Field | None, time: Field | None) -> float:
    """Above 0: called an id. By its name, its neighbours, and how it is written."""
    rank = 1.0 if field.means("id") else -1.0
    leaf = field.column.names[-1].lower().strip("@_")
    if leaf in {"id", "uuid", "guid"}:
        rank += 0.2
    # Ids of a table's rows, and of a reading, are not those of the thing.
    if _DATABASE & set(field.words) and leaf != "gid":
        rank -= 0.2
    prefixes = {field.prefix} - {""}
    if name is not None and name.prefix in prefixes:
        rank += 0.25
    if time is not None and time.prefix in prefixes and (name is None or name.prefix not in prefixes):
        rank -= 0.3
    if field.means("operator", "contact", "postcode", "housenumber", "country", "version"):
        rank -= 1.0
    # An id of GeoServer's: the layer's name and the number of the row.
    if all(_ROW_OF_LAYER.fullmatch(str(value)) for value in field.column.values):
        rank -= 0.2
    rank -= 0.05 * len(field.column.path)
    texts = [str(value) for value in field.column.values]
    return rank - 0.3 * (any(" " in text for text in texts)) - 0.1 * (field.content.low < 0)


def _with_time(field: Field, time: Field) -> bool:
    """Whether each record is the only one of its id and time."""
    pairs = list(zip(field.column.values, time.column.values, strict=True))
    return len({repr(pair) for pair in pairs}) == len(pairs) and field.content.distinct < len(pairs)
