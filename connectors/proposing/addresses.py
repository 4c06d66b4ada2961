# SPDX-License-Identifier: EUPL-1.2
"""The parts of an address, put together."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.catalogue.words import MEANINGS
from connectors.proposing.fields import Field
from connectors.proposing.names import meanings_of

# As schema.org calls them.
_PARTS: Mapping[str, str] = {
    "streetAddress": "street",
    "addressLocality": "town",
    "postalCode": "postcode",
    "addressCountry": "country",
    "addressRegion": "region",
    "district": "district",
}
_KNOWN = frozenset(MEANINGS)
_VARIED = 0.3
_OTHERS = ("operator", "contact", "url", "id", "number", "price", "name", "status", "not", "time", "category")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The expression of an address, when there is one, and its columns."""

    value: str
    when: str | None
    fields: tuple[Field, ...]


def find_address(fields: list[Field], taken: set[str]) -> Address | None:
    """Give the address that columns make together; None without a street or a postcode."""
    parts: dict[str, Field] = {}
    for name, meaning in _PARTS.items():
        if "streetAddress" in parts and parts["streetAddress"].means(meaning) and meaning != "street":
            # `address with postcode and town` holds them already.
            continue
        field = max((field for field in fields if _is_part(field, meaning, taken)), key=_rank, default=None)
        if field is not None:
            parts[name] = field
    if not {"streetAddress", "postalCode"} & parts.keys():
        return None
    house = next((field for field in fields if _is_house(field, parts, taken)), None)
    columns = (*parts.values(), *([house] if house else []))
    return Address(value=_value(parts, house), when=_when(parts), fields=columns)


def _is_house(field: Field, parts: Mapping[str, Field], taken: set[str]) -> bool:
    """Whether a column is the number of the house in the street."""
    street = parts.get("streetAddress")
    if street is None or field.path in taken or not field.means("housenumber"):
        return False
    return field.column.path[:-1] == street.column.path[:-1] and field.content.kind in {"text", "number"}


def _is_part(field: Field, meaning: str, taken: set[str]) -> bool:
    if not field.means(meaning) or field.means(*_OTHERS) or field.path in taken:
        return False
    # `operator.street` is another's address.
    if meaning != "street" and field.means("street"):
        return False
    if meaning == "street" and field.variety < _VARIED:
        return False
    if sum(not meanings_of(word) & _KNOWN for word in field.words) > 1:
        return False
    if {"operator", "betreiber", "provider", "contact", "ansprechpartner"} & set(field.parents):
        return False
    return field.content.kind in {"text", "number"} and not (field.content.is_number and meaning != "postcode")


def _rank(field: Field) -> tuple[float, int]:
    return field.column.fill, -len(field.words)


def _value(parts: Mapping[str, Field], house: Field | None) -> str:
    members = ", ".join(f"'{name}': {_text(name, field, house)}" for name, field in parts.items())
    gaps = [field for field in parts.values() if field.column.fill < 1]
    if not gaps or len(parts) == 1:
        return f"{{{members}}}"
    return f"$sift({{{members}}}, function($part) {{ $part != '' and $part != null }})"


def _text(name: str, field: Field, house: Field | None) -> str:
    if name == "streetAddress" and house is not None:
        return f"$trim($default({field.path}, '') & ' ' & $default({house.path}, ''))"
    return (
        f"$string({field.path})"
        if name == "postalCode" and field.content.is_number and not field.content.as_text
        else field.path
    )


def _when(parts: Mapping[str, Field]) -> str | None:
    full = any(field.column.fill == 1 for field in parts.values())
    if full:
        return None
    return " or ".join(f"$default({field.path}, '') != ''" for field in parts.values())
