# SPDX-License-Identifier: EUPL-1.2
"""Times that queries name: a DateTime, a Date or a Time, compared as times however their fraction is spelled (4.6.3)."""

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from broker.ngsi.datatypes import is_instant

Kind: TypeAlias = Literal["DateTime", "Date", "Time"]

FORMS: Final[dict[Kind, str]] = {
    "DateTime": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?Z$",
    "Date": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "Time": "^[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?Z$",
}
"""What a text of each kind looks like, as Python and PostgreSQL read it."""

WIDTHS: Final[dict[Kind, int]] = {
    "DateTime": len("2026-11-25T01:50:31.123456789"),
    "Date": len("2026-11-25"),
    "Time": len("01:50:31.123456789"),
}
"""How long keys are."""

_FORMS: Final = {kind: re.compile(form) for kind, form in FORMS.items()}


@dataclass(frozen=True, slots=True)
class Moment:
    """A time; times of one kind compare as their keys do."""

    kind: Kind
    key: str


def to_moment(text: str) -> Moment | None:
    """The time that a text has the form of, though there may be no such day."""
    for kind, form in _FORMS.items():
        if form.fullmatch(text):
            return Moment(kind, to_key(text, kind))
    return None


def to_key(text: str, kind: Kind) -> str:
    """A text of this kind so that texts compare as times: with a fraction of nine digits."""
    if kind == "Date":
        return text
    bare = text[:-1]
    return (bare if "." in bare else bare + ".").ljust(WIDTHS[kind], "0")


def parse_moment(text: str) -> Moment | None:
    """The time that a text names; none where it names no time, or one that does not exist."""
    moment = to_moment(text)
    if moment is None:
        return None
    whole = {"DateTime": text, "Date": f"{text}T00:00:00Z", "Time": f"2000-01-01T{text}"}[moment.kind]
    return moment if is_instant(whole) else None
