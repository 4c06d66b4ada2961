# SPDX-License-Identifier: EUPL-1.2
"""What pages and files call an entity. Pure."""

from api.languages import choose_text
from broker.ngsi.entities import State
from broker.ngsi.labels import label_texts, last_part


def label_of(state: State, language: str) -> str:
    """The name of an entity for readers of a language, else the last part of its id."""
    return label_with_language(state, language)[0]


def label_with_language(state: State, language: str) -> tuple[str, str]:
    """The same with the language that it is in, empty where nothing says so."""
    texts = label_texts(state.attributes)
    return choose_text(texts, language) if texts else (last_part(state.id), "")
