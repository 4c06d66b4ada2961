# SPDX-License-Identifier: EUPL-1.2
"""What the values of a column are."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

from connectors.proposing.columns import Column
from connectors.proposing.documents import is_geometry
from connectors.proposing.times import Writing, find_writing

Kind = Literal["number", "boolean", "time", "text", "url", "list", "geometry", "position", "wkt", "object", "empty"]

_POINT = re.compile(r"[-+−]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", re.ASCII)
_COMMA = re.compile(r"[-+−]?(?:\d+|\d{1,3}(?:\.\d{3})+),\d+", re.ASCII)
_WKT = re.compile(r"(?:SRID=\d+;)?\s*POINT\s*Z?\s*\(\s*[-\d.]+\s+[-\d.]+", re.IGNORECASE)
_PAIR = re.compile(r"\s*-?\d{1,3}\.\d{3,}\s*[,; ]\s*-?\d{1,3}\.\d{3,}\s*")
_URL = re.compile(r"(?:https?|ftp)://\S+|www\.\S+\.\S+")
_LEADING_ZERO = re.compile(r"0\d+")
_BOOLEANS = ({"ja", "nein"}, {"j", "n"}, {"true", "false"}, {"t", "f"}, {"yes", "no"}, {"y", "n"}, {"wahr", "falsch"})
_TRUE = {"ja", "j", "true", "t", "yes", "y", "wahr"}
_MOST_WORDS = 12
# Some sensors write a word where they have no number.
_SHARE = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a column holds; `as_text`: numbers or bools that stand there as texts."""

    kind: Kind
    as_text: bool = False
    decimal: str | None = None
    """The decimal sign of numbers that are texts, where one is seen."""
    writing: Writing | None = None
    whole: bool = False
    """Numbers: none has a fraction."""
    low: float = 0.0
    high: float = 0.0
    strays: int = 0
    """How many values are not what the others are."""
    words: tuple[str, ...] = ()
    """Texts: the values, where they are few and come again."""
    truth: str | None = None
    """Bools that are texts: the word that means true."""
    distinct: int = 0

    @property
    def is_number(self) -> bool:
        """Whether the values are numbers."""
        return self.kind == "number"


def infer(column: Column, *, may_be_epoch: bool = True) -> Content:
    """Say what the values of a column are; `may_be_epoch`: large numbers may be seconds since 1970."""
    given = column.given
    if not given:
        return Content(kind="empty")
    distinct = len({repr(value) for value in given})
    writing = find_writing(given)
    if writing is not None and (may_be_epoch or not writing.how.startswith("epoch")):
        return Content(kind="time", writing=writing, distinct=distinct)
    if all(isinstance(value, bool) for value in given):
        return Content(kind="boolean", distinct=distinct)
    if any(isinstance(value, list | dict) for value in given):
        return Content(kind=_structure(given), distinct=distinct)
    return _numbers(given, distinct) or _texts([str(value) for value in given], distinct)


def _structure(given: list[Any]) -> Kind:
    if all(map(is_geometry, given)):
        return "geometry"
    if all(isinstance(value, list) and len(value) in {2, 3} and all(map(_is_plain_number, value)) for value in given):
        return "position"
    if all(isinstance(value, list) and all(isinstance(one, str) for one in value) for value in map(_listed, given)):
        return "list"
    return "object"


def _listed(value: Any) -> Any:
    """One text beside lists of texts is a list of one: XML writes it so."""
    return [value] if isinstance(value, str) else value


def _is_plain_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _numbers(given: list[Any], distinct: int) -> Content | None:
    texts = [value for value in given if isinstance(value, str)]
    comma = sum(bool(_COMMA.fullmatch(text.strip())) for text in texts)
    decimal = "," if comma else "." if any("." in text for text in texts) else None
    read = [number for value in given if (number := _to_number(value, decimal)) is not None]
    if len(read) < len(given) * _SHARE or any(_LEADING_ZERO.fullmatch(text) for text in texts):
        # 01234 is a key or a postcode.
        return None
    return Content(
        kind="number",
        as_text=bool(texts),
        decimal=decimal if texts else None,
        whole=all(number.is_integer() for number in read),
        low=min(read),
        high=max(read),
        strays=len(given) - len(read),
        distinct=distinct,
    )


def _to_number(value: Any, decimal: str | None) -> float | None:
    if isinstance(value, str):
        text = value.strip()
        if decimal == "," and _COMMA.fullmatch(text):
            text = text.replace(".", "").replace(",", ".")
        return float(text.replace("−", "-")) if _POINT.fullmatch(text) else None
    return float(value) if _is_plain_number(value) else None


def _texts(given: list[str], distinct: int) -> Content:
    if all(map(_WKT.match, given)):
        return Content(kind="wkt", distinct=distinct)
    if all(map(_PAIR.fullmatch, given)):
        return Content(kind="position", as_text=True, distinct=distinct)
    if sum(bool(_URL.fullmatch(text.strip())) for text in given) >= len(given) * _SHARE:
        return Content(kind="url", distinct=distinct)
    counts = Counter(given)
    lower = {text.strip().lower() for text in counts} - {"-"}
    if lower and any(lower <= pair for pair in _BOOLEANS):
        truth = next((text for text in counts if text.strip().lower() in _TRUE), None)
        return Content(kind="boolean", as_text=True, truth=truth, distinct=distinct)
    few = len(counts) <= _MOST_WORDS and (len(counts) < len(given) or len(given) == 1)
    return Content(kind="text", words=tuple(word for word, _ in counts.most_common()) if few else (), distinct=distinct)
