# SPDX-License-Identifier: EUPL-1.2
"""A match as the expression of an attribute."""

from dataclasses import dataclass

from connectors.catalogue.units import PERCENT, unit_by_range
from connectors.proposing.fields import Field
from connectors.proposing.lines import shown
from connectors.proposing.proposal import Match


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An attribute's expression, when there is one, its unit, and what to check."""

    value: str
    when: str | None = None
    unit: str | None = None
    notes: tuple[str, ...] = ()


def find_decimal(fields: list[Field]) -> str:
    """Give the decimal sign of numbers that are texts: a comma where one is seen."""
    return "," if any(one.content.decimal == "," for one in fields) else "."


def write_match(match: Match, decimal: str) -> Written:
    """Give the expression of a match."""
    attribute, one = match.attribute, match.field
    if attribute.is_number:
        unit, notes = _unit(match)
        return Written(value=write_number(one, decimal), unit=unit, notes=(*_strays(one), *notes))
    if attribute.type == "boolean":
        return Written(value=write_boolean(one), when=_filled(one) if one.content.as_text else None)
    if attribute.type == "array":
        return _list(match)
    if one.content.kind == "number" and not one.content.as_text:
        return Written(value=f"$string({one.path})", when=_filled(one))
    return Written(value=one.path, when=_not_blank(one))


def _not_blank(one: Field) -> str | None:
    """Where the source writes blanks for nothing: leave them out."""
    blank = next((value for value in one.column.values if isinstance(value, str) and value and not value.strip()), None)
    return f"{one.path} != {blank!r}" if blank is not None and blank.isprintable() else None


def write_number(one: Field, decimal: str) -> str:
    """Give the expression of a number."""
    if not one.content.as_text:
        return one.path
    if decimal == "," and one.content.decimal == ".":
        # The source's decimal sign is the comma; this column has points.
        return f"$number($replace($string({one.path}), '.', ','))"
    return f"$number({one.path})"


def write_boolean(one: Field) -> str:
    """Give the expression of a bool; texts are compared with the word that means true."""
    if not one.content.as_text:
        return one.path
    return f"{one.path} = '{one.content.truth}'" if one.content.truth else "false"


def _list(match: Match) -> Written:
    paths = [one.path for one in match.fields]
    if match.field.content.kind == "list" and len(paths) == 1 and not _has_single(match.field):
        return Written(value=paths[0])
    gaps = " or ".join(f"$default({one.path}, '') != ''" for one in match.fields)
    when = None if any(one.column.fill == 1 for one in match.fields) else gaps
    return Written(value=f"[{', '.join(paths)}]", when=when)


def _has_single(one: Field) -> bool:
    """Whether a list of one is written without a list, as XML does."""
    return any(not isinstance(value, list) for value in one.column.given)


def _filled(one: Field) -> str | None:
    return None if one.column.fill == 1 else f"$default({one.path}, '') != ''"


def _unit(match: Match) -> tuple[str | None, tuple[str, ...]]:
    stated, modelled = match.field.unit, match.attribute.unit
    content, most = match.field.content, match.attribute.maximum
    if stated:
        notes = (f"the model's unit is {modelled}",) if modelled and modelled != stated else ()
        return stated, notes
    if match.field.said_units:
        return None, (f"the units are {', '.join(map(shown, match.field.said_units))}: say what they are here",)
    if most is not None and content.high > most:
        return PERCENT, (f"percents by the range of the values; the model's are 0 to {most:g}",)
    if other := unit_by_range(modelled, content.low, content.high):
        return other, (f"{other} by the range of the values; the model's unit is {modelled}",)
    return modelled, ("the unit is the model's: check that it is the source's",) if modelled else ()


def _strays(one: Field) -> tuple[str, ...]:
    if not one.content.strays:
        return ()
    return (f"{one.content.strays} values of the sample are no numbers; such a record loses the attribute",)
