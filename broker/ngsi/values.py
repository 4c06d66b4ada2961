# SPDX-License-Identifier: EUPL-1.2
"""The values of attributes: one reader per attribute type (ETSI GS CIM 009, 4.5)."""

import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from allmende.errors import BadRequestData
from broker.ngsi.datatypes import require_uri, shown
from broker.ngsi.entities import NULL
from broker.ngsi.geometry import parse_geometry
from broker.ngsi.naming import Context

ValueReader: TypeAlias = Callable[[Any, str, Context], Any]
"""Value, what begins a message about it, @context."""

_LANGUAGE: Final = re.compile(r"@none|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")


def _read_value(value: Any, what: str, _context: Context) -> Any:
    if value is None:
        raise BadRequestData(f"{what} must not be null; leave the attribute out")
    refuse_null(value, what)
    return value


def _read_geometry(value: Any, what: str, _context: Context) -> Any:
    geometry = parse_geometry(value, what)
    refuse_null(geometry, what)
    return geometry


def _read_object(value: Any, what: str, _context: Context) -> Any:
    if type(value) is list and value:
        return [require_uri(part, f"{what}: an entry") for part in value]
    return require_uri(value, what)


def _read_language_map(value: Any, what: str, _context: Context) -> Any:
    if type(value) is not dict or not value:
        given = "an empty object" if value == {} else shown(value)
        raise BadRequestData(f"{what} must be an object of texts by language such as {{'de': '…'}}, not {given}")
    for language, text in value.items():
        if not _LANGUAGE.fullmatch(language):
            raise BadRequestData(f"{what}: {shown(language)} is no language tag such as de, en-GB or @none")
        texts = text if type(text) is list and text else [text]
        if not all(type(part) is str for part in texts):
            raise BadRequestData(f"{what}: the entry {shown(language)} must be a text or a list of texts")
        refuse_null(texts, what)
    return value


def _read_vocab(value: Any, what: str, context: Context) -> Any:
    words = value if type(value) is list else [value]
    if not words or not all(type(word) is str and word for word in words):
        raise BadRequestData(f"{what} must be a term or a list of terms, not {shown(value)}")
    refuse_null(words, what)
    expanded = [context.expand(word) for word in words]
    return expanded if type(value) is list else expanded[0]


def _read_json(value: Any, what: str, _context: Context) -> Any:
    if type(value) is not dict and type(value) is not list:
        raise BadRequestData(f"{what} must be an object or a list, not {shown(value)}")
    refuse_null(value, what)
    return value


def _read_value_list(value: Any, what: str, _context: Context) -> Any:
    if type(value) is not list:
        raise BadRequestData(f"{what} must be a list, not {shown(value)}")
    refuse_null(value, what)
    return value


def _read_object_list(value: Any, what: str, _context: Context) -> Any:
    if type(value) is not list:
        raise BadRequestData(f"{what} must be a list of URIs, not {shown(value)}")
    return [{"object": _list_entry(part, f"{what}: an entry")} for part in value]


def _list_entry(part: Any, what: str) -> str:
    if type(part) is dict:
        if part.keys() != {"object"}:
            raise BadRequestData(f"{what} must be a URI or an object with the one member 'object'")
        part = part["object"]
    return require_uri(part, what)


READERS: Final[dict[str, ValueReader]] = {
    "Property": _read_value,
    "GeoProperty": _read_geometry,
    "Relationship": _read_object,
    "LanguageProperty": _read_language_map,
    "VocabProperty": _read_vocab,
    "JsonProperty": _read_json,
    "ListProperty": _read_value_list,
    "ListRelationship": _read_object_list,
}


def require_language(text: str, what: str) -> str:
    """The text, which must be the tag of one language."""
    if not _LANGUAGE.fullmatch(text):
        raise BadRequestData(f"{what} must be a language tag such as de, en-GB or @none, not {shown(text)}")
    return text


def refuse_null(value: Any, what: str) -> None:
    """Refuse `urn:ngsi-ld:null` at any depth."""
    if value == NULL or holds_null(value):
        raise BadRequestData(f"{what} must not hold {NULL} here")


def holds_context(value: Any) -> bool:
    """Whether an `@context` stands somewhere in an object or a list."""
    kind = type(value)
    if kind is not dict and kind is not list:
        return False
    if kind is dict and "@context" in value:
        return True
    parts = value.values() if kind is dict else value
    return any(holds_context(part) for part in parts if type(part) is dict or type(part) is list)


def holds_null(value: Any) -> bool:
    """Whether `urn:ngsi-ld:null` stands somewhere in an object or a list."""
    kind = type(value)
    if kind is not dict and kind is not list:
        return False
    parts = value.values() if kind is dict else value
    return NULL in parts or any(holds_null(part) for part in parts if type(part) is dict or type(part) is list)


def is_plain(value: Any) -> bool:
    """Whether neither `urn:ngsi-ld:null` nor an `@context` stands in an object or a list."""
    kind = type(value)
    if kind is dict and "@context" in value:
        return False
    parts = value.values() if kind is dict else value
    return NULL not in parts and all(is_plain(part) for part in parts if type(part) is dict or type(part) is list)
