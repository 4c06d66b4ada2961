# SPDX-License-Identifier: EUPL-1.2
"""A dead letter in words, as its row on a page tells it. Pure."""

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from api.links import entity_link
from api.vocabulary import to_name, to_words
from broker.engine.connectors import Letter
from broker.ngsi.labels import label_in

_LAST: Final = re.compile(r"(, not|exist:) ['\"0-9-].*", re.DOTALL)
_FIRST: Final = re.compile(r"(^|: )['\"\[{(0-9-].* (?=is no|is out of|lies outside|cannot be an id)", re.DOTALL)
"""Where a reason quotes a value: at its end, or where a sentence of it begins."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a person reads of a dead letter; `link` is empty where its entity has no page."""

    id: str
    connector: str
    entity: str
    label: str
    link: str
    attribute: str
    reason: str
    received: datetime
    attempts: int


def to_row(letter: Letter, language: str) -> Row:
    """The row of a dead letter."""
    entity, attribute, reason = letter.entity or "", letter.attribute, without_value(letter.reason)
    return Row(
        id=letter.id,
        connector=letter.connector,
        entity=entity,
        label=entity if letter.label is None else label_in(letter.label, language, entity),
        link="" if letter.label is None else entity_link(entity),
        attribute="" if attribute is None else to_words(attribute, language),
        # Reasons name attributes in full; people know them by their short names.
        reason=reason if not attribute else reason.replace(attribute, to_name(attribute)),
        received=letter.received,
        attempts=letter.attempts,
    )


def letter_to_json(letter: Letter) -> dict[str, Any]:
    """A dead letter for programs, by the names of `allmende deadletters list`."""
    told = {name: value for name, value in asdict(letter).items() if name != "label"}
    return {**told, "reason": without_value(letter.reason)}


def without_value(reason: str) -> str:
    """What went wrong, without the value that was rejected: that is for administrators, as the record itself is."""
    return _FIRST.sub(r"\1… ", _LAST.sub(r"\1 …", reason))
