# SPDX-License-Identifier: EUPL-1.2
"""A dead letter in words, as its row on a page tells it. Pure."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from api.pages.links import entity_link
from api.vocabulary import to_name, to_words
from broker.engine.connectors import Letter
from broker.ngsi.labels import label_in


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
    entity, attribute = letter.entity or "", letter.attribute
    return Row(
        id=letter.id,
        connector=letter.connector,
        entity=entity,
        label=entity if letter.label is None else label_in(letter.label, language, entity),
        link="" if letter.label is None else entity_link(entity),
        attribute="" if attribute is None else to_words(attribute, language),
        # Reasons name attributes in full; people know them by their short names.
        reason=letter.reason if not attribute else letter.reason.replace(attribute, to_name(attribute)),
        received=letter.received,
        attempts=letter.attempts,
    )


def letter_to_json(letter: Letter) -> dict[str, Any]:
    """A dead letter for programs, by the names of `allmende deadletters list`."""
    return {name: value for name, value in asdict(letter).items() if name != "label"}
