# SPDX-License-Identifier: EUPL-1.2
"""Which column tells one thing from another, and stays."""

from dataclasses import dataclass

from connectors.proposing.documents import KEY
from connectors.proposing.fields import Field

_LONGEST = 64
_DATABASE = frozenset({"objectid", "fid", "ogc", "oid", "lfd", "row", "rowid"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The expression of the id, the column it is of, and what to check."""

    expression: str
    field: Field | None = None
    note: str | None = None
    when: str | None = None
    """Where this gives false, a record is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """What stands beside an id: the name, the time of measurement; `feature`: records are those of GeoJSON."""

    name: Field | None
    time: Field | None
    feature: bool


def find_identity(fields: list[Field], name: Field | None, time: Field | None, *, keyed: bool) -> Identity:
    """Give the id of a record: the best column that is unique, else unique with the time, else its name."""
    if keyed:
        return Identity(expression=KEY, field=next((field for field in fields if field.path == KEY), None))
    around = _Around(name=name, time=time, feature=any(field.path.startswith("properties.") for field in fields))
    ranks = {field.path: _rank(field, around) for field in fields if _may_identify(field)}
    ranked = sorted((field for field in fields if field.path in ranks), key=lambda field: -ranks[field.path])
    unique = [field for field in ranked if field.is_unique]
    if unique and ranks[unique[0].path] > 0:
        return Identity(expression=unique[0].path, field=unique[0])
    return _second_best(ranked, unique, around)


def _second_best(ranked: list[Field], unique: list[Field], around: _Around) -> Identity:
    name, time = around.name, around.time
    series = [field for field in ranked if time is not None and _with_time(field, time)]
    texts = [] if time is None or time.is_unique else [field for field in series if field.content.kind == "text"]
    for field in (*(one for one in series if one.means("id")), *texts):
        note = "comes again with another time: each record is a reading of it"
        return Identity(expression=field.path, field=field, note=note)
    if name is not None and name.column.fill == 1 and name.is_unique:
        return Identity(expression=name.path, field=name, note="no column is an id; a name may change")
    for field in unique:
        if field.content.kind == "text":
            note = "no column is called an id: check that this one stays"
            return Identity(expression=field.path, field=field, note=note)
    if time is not None and time.is_unique:
        return Identity(expression="'1'", note="no column is an id: all records are readings of one thing")
    return Identity(expression="'1'", note="todo: no column tells the records apart; all become one entity")


def _may_identify(field: Field) -> bool:
    content = field.content
    if field.column.fill < 1 or content.kind not in {"text", "number"}:
        return False
    if content.is_number and not content.whole:
        return False
    return all(len(str(value)) <= _LONGEST and "\n" not in str(value) for value in field.column.values)


def _rank(field: Field, around: _Around) -> float:
    """Above 0: called an id. By its name, its neighbours, and how it is written."""
    leaf = field.column.names[-1].lower().strip("@_")
    rank = (1.0 if field.means("id") else -1.0) + 0.2 * (leaf in {"id", "uuid", "guid"})
    # Ids of a table's rows are not those of the thing.
    rank -= 0.2 * bool(_DATABASE & set(field.words))
    rank -= 1.0 * field.means("operator", "contact", "postcode", "housenumber", "country", "version")
    # The id of a feature is the server's that made the GeoJSON, often the number of a row; the source's is a property.
    depth = len(field.column.path)
    rank -= 0.2 if around.feature and depth == 1 else 0.05 * (depth - around.feature)
    rank -= 0.3 * any(" " in str(value) for value in field.column.values)
    return rank + _by_prefix(field, around)


def _by_prefix(field: Field, around: _Around) -> float:
    """Columns of one matter begin alike: an id beside the name is the thing's, one beside the time the reading's."""
    if not field.prefix:
        return 0.0
    if around.name is not None and around.name.prefix == field.prefix:
        return 0.25
    return -0.3 if around.time is not None and around.time.prefix == field.prefix else 0.0


def _with_time(field: Field, time: Field) -> bool:
    """Whether each record is the only one of its id and time."""
    pairs = list(zip(field.column.values, time.column.values, strict=True))
    return len({repr(pair) for pair in pairs}) == len(pairs) and field.content.distinct < len(pairs)
