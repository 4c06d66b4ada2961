# SPDX-License-Identifier: EUPL-1.2
"""Filters of a list: how addresses name them, what they mean, and the fields of a form that show them. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from allmende.errors import InvalidRequest
from api.links import find_iri
from api.measures import Measure
from broker.ngsi.datatypes import is_uri
from broker.ngsi.listings import AttributeUse, Filter, Operator

Filters: TypeAlias = Sequence[tuple[str, str]]
"""Names such as `min.availableSpotNumber` with their values, as an address has them."""
PERCENT: Final = "-percent"
KINDS: Final[dict[str, Operator]] = {
    "min": ">=",
    "max": "<=",
    f"min{PERCENT}": ">=",
    f"max{PERCENT}": "<=",
    "is": "=",
    "has": "has",
}
"""What stands before the name of the attribute. A number in per cent is a hundred times that of the data."""
_BOUNDS: Final = ("min", "max")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form: its filter, and the value that it holds; `kind` is min, max or is."""

    kind: str
    name: str
    value: str


def find_attribute(name: str, uses: Sequence[AttributeUse]) -> str:
    """The IRI of an attribute that an address names."""
    found = find_iri(name, [use.iri for use in uses])
    if found is None and not is_uri(name):
        raise InvalidRequest(f"No entity of this type has an attribute {name!r}; look at the page without parameters")
    return found or name


def to_filter(name: str, value: str, uses: Sequence[AttributeUse]) -> Filter:
    """What a filter means; its attribute is one of the type, by its short name, or any by its IRI."""
    kind, _, attribute = name.partition(".")
    iri, operator = find_attribute(attribute, uses), KINDS[kind]
    if kind.endswith(PERCENT):
        return Filter(iri, operator, _times(_to_number(name, value), 0.01))
    use = next((use for use in uses if use.iri == iri), None)
    is_number = kind in _BOUNDS and (use is None or use.numbers)
    return Filter(iri, operator, _to_number(name, value) if is_number else value)


def bounds_of(attribute: str, filters: Filters) -> list[float]:
    """The numbers that bound an attribute, as the data have them."""
    known = dict(filters)
    texts = [known.get(f"{kind}.{attribute}", "") for kind in _BOUNDS]
    texts += [_times(known.get(f"{kind}{PERCENT}.{attribute}", ""), 0.01) for kind in _BOUNDS]
    return [number for text in texts if (number := _number(text)) is not None]


def bound_fields(attribute: str, filters: Filters, measure: Measure) -> list[Field]:
    """The fields of a least and a greatest number, as the column tells numbers, however the address gives them."""
    own, other, factor = (PERCENT, "", 100) if measure.is_percent else ("", PERCENT, 0.01)
    known = dict(filters)
    return [
        Field(
            kind,
            f"{kind}{own}.{attribute}",
            known.get(f"{kind}{own}.{attribute}") or _times(known.get(f"{kind}{other}.{attribute}", ""), factor),
        )
        for kind in _BOUNDS
    ]


def choice_fields(attribute: str, filters: Filters, choices: Collection[object]) -> list[Field]:
    """The field of a text, where there are texts or one is asked for."""
    name = f"is.{attribute}"
    value = dict(filters).get(name, "")
    return [Field("is", name, value)] if choices or value else []


def without_fields(filters: Filters, fields: Sequence[Field]) -> list[tuple[str, str]]:
    """Filters that no field shows."""
    shown = {field.name.replace(PERCENT, "", 1) for field in fields}
    return [(name, value) for name, value in filters if name.replace(PERCENT, "", 1) not in shown]


def _to_number(name: str, text: str) -> str:
    """A number as a program reads it."""
    if _number(text) is None:
        raise InvalidRequest(f"Parameter {name!r} must be a number such as 20 or 3.5, not {text!r}")
    return _plain(text)


def _number(text: str) -> float | None:
    return Filter("", ">=", _plain(text)).number


def _times(text: str, factor: float) -> str:
    """A number times a factor, without the traces of binary fractions; empty where the text is none."""
    number = _number(text)
    return "" if number is None else f"{number * factor:.12g}"


def _plain(text: str) -> str:
    """A decimal comma is a point, too."""
    return text if "." in text else text.replace(",", ".")
