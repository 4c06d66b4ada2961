# SPDX-License-Identifier: EUPL-1.2
"""What the address of a type's page asks for: order, filters, words, columns and the page. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from allmende.errors import InvalidRequest
from api.pages.filters import KINDS, find_attribute, to_filter
from broker.ngsi.listings import ID, LABEL, MODIFIED, AttributeUse, ListQuery, Sort

PAGE: Final = 50
"""Entities of a page."""
MOST_PAGES: Final = 60
MOST_NAMES: Final = 100
_ORDERS: Final = {"name": LABEL, ID: ID, MODIFIED: MODIFIED}
_PLAIN: Final = ("q", "sort", "columns", "after", "page")
_ELSE: Final = frozenset({"lang", "f", "dialect"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The parameters as they were given, names still unexpanded; `filters` as `min.availableSpotNumber` and a value."""

    sort: str = ""
    filters: tuple[tuple[str, str], ...] = ()
    words: str = ""
    columns: tuple[str, ...] = ()
    after: str = ""
    page: int = 1

    @property
    def is_narrowed(self) -> bool:
        """Whether only some of the entities are asked for."""
        return bool(self.filters or self.words)

    def address(self, **changes: str | int) -> str:
        """The address of the same list with changes, always at its first page where nothing else is said."""
        other = replace(self, **{"after": "", "page": 1, **changes})  # type: ignore[arg-type]  # of the fields' own types
        pairs = [("q", other.words), *other.filters, ("sort", other.sort), ("columns", ",".join(other.columns))]
        pairs += [("after", other.after), ("page", str(other.page) if other.page > 1 else "")]
        return "?" + urlencode([(name, value) for name, value in pairs if value], safe=":/,")

    def download(self, **parameters: str) -> str:
        """The address of a file of all that is chosen."""
        return "?" + urlencode([("q", self.words)] * bool(self.words) + [*self.filters, *parameters.items()])


def parse_asked(parameters: Iterable[tuple[str, str]]) -> Asked:
    """Read the parameters of an address; empty ones count as missing, as a form sends them."""
    known: dict[str, str] = {}
    filters: list[tuple[str, str]] = []
    columns: list[str] = []
    for name, text in parameters:
        value = text.strip()
        kind, _, attribute = name.partition(".")
        if name == "columns":
            columns += [part.strip() for part in value.split(",") if part.strip()]
        elif attribute and kind in KINDS:
            filters += [(name, value)] if value else []
        elif name in _PLAIN:
            known[name] = value
        elif name not in _ELSE:
            raise _unknown(name)
    if len(filters) + len(columns) > MOST_NAMES:
        raise InvalidRequest(f"An address names at most {MOST_NAMES} attributes")
    return Asked(
        sort=known.get("sort", ""),
        filters=tuple(filters),
        words=known.get("q", ""),
        columns=tuple(dict.fromkeys(columns)),
        after=known.get("after", ""),
        page=_parse_page(known.get("page", "")),
    )


def to_list_query(asked: Asked, type_iri: str, uses: Sequence[AttributeUse], language: str) -> ListQuery:
    """The query that is asked for."""
    return ListQuery(
        type=type_iri,
        sort=_to_sort(asked.sort, uses, language),
        filters=tuple(to_filter(name, value, uses) for name, value in asked.filters),
        words=asked.words,
        after=asked.after,
        offset=(asked.page - 1) * PAGE,
        limit=PAGE,
    )


def _to_sort(text: str, uses: Sequence[AttributeUse], language: str) -> Sort:
    name = text.removeprefix("-")
    by = _ORDERS.get(name or ID) or find_attribute(name, uses)
    return Sort(by, text.startswith("-"), language)


def _parse_page(text: str) -> int:
    if not text:
        return 1
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= MOST_PAGES):
        raise InvalidRequest(f"Parameter 'page' must be a number from 1 to {MOST_PAGES}, not {text!r}")
    return int(text)


def _unknown(name: str) -> InvalidRequest:
    filters = ", ".join(f"{kind}.<attribute>" for kind in KINDS)
    return InvalidRequest(f"Parameter {name!r} is not known here; there are {', '.join(_PLAIN)}, {filters} and f")
