# SPDX-License-Identifier: EUPL-1.2
"""Values of attributes as pages show them, one form for each kind of value. Pure; what entities say stays text."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from api.languages import choose_text
from api.links import entity_link
from api.measures import measure_of
from api.places import Place, to_place
from api.vocabulary import to_meaning, to_words
from broker.ngsi.datatypes import is_instant
from broker.ngsi.entities import VALUE_MEMBERS, Instance

_LONG: Final = 300
"""Letters beyond which a text or a structure is folded up."""
_MOST_PARTS: Final = 30
"""A longer list is told as JSON."""
_MOST_MEMBERS: Final = 12
"""A larger object is told as JSON."""
_ADDRESS: Final = {name: place for place, name in enumerate(("streetAddress", "postalCode", "addressLocality"))}
"""How people read addresses; the database keeps members in an order of its own."""
_WEB: Final = re.compile(r"https?://[^\s<>\"]+")


class Told(NamedTuple):
    """How a value is told."""

    attribute: str
    """Its IRI."""
    unit: str
    """UN/CEFACT code, empty where there is none."""
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One value: `form` says which of the others matter."""

    form: str
    """number, text, term, long, web, link, truth, time, list, object, languages, json, place"""
    text: str = ""
    unit: str = ""
    lang: str = ""
    target: str = ""
    time: datetime | None = None
    place: Place | None = None
    parts: list["Shown"] = field(default_factory=list)
    members: list[tuple[str, "Shown"]] = field(default_factory=list)
    """Of an object, by their names in words."""


def show_instance(attribute: str, instance: Instance, language: str) -> Shown:
    """The value of an attribute instance."""
    kind = instance["type"]
    value = instance[VALUE_MEMBERS[kind]]
    told = Told(attribute, unit_of(instance), language)
    return _SHOWERS.get(kind, _show_property)(value, told)


def number_of(instance: Instance) -> int | float | None:
    """The number that a Property is; a truth is none."""
    value = instance.get("value") if instance["type"] == "Property" else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def unit_of(instance: Instance) -> str:
    """Its UN/CEFACT code, empty where it has none."""
    return str(instance.get("unitCode", ""))


def _show_number(value: float, told: Told) -> Shown:
    """A number with its unit."""
    measure = measure_of(told.attribute, told.unit, told.language, value)
    return Shown(form="number", text=measure.to_text(value), unit=measure.unit)


def _show_property(value: Any, told: Told) -> Shown:
    if isinstance(value, bool):
        return Shown(form="truth", text="yes" if value else "no")
    if isinstance(value, int | float):
        return _show_number(value, told)
    if isinstance(value, str):
        return _show_term(value, told) or _show_text(value)
    if isinstance(value, dict) and value.keys() == {"@type", "@value"} and isinstance(value["@value"], str):
        return _show_text(value["@value"])
    return _show_list(value, told) if isinstance(value, list) else _show_object(value, told)


def _show_term(value: str, told: Told) -> Shown | None:
    """A value that is a term, in words and as it is; None where the words would be the same."""
    words = to_meaning(told.attribute, value, told.language)
    return None if words == value else Shown(form="term", text=words, target=value)


def _show_text(text: str) -> Shown:
    if is_instant(text):
        return Shown(form="time", text=text, time=datetime.fromisoformat(text))
    if _WEB.fullmatch(text):
        return Shown(form="web", text=text, target=text)
    return Shown(form="text" if len(text) <= _LONG else "long", text=text)


def _show_list(value: list[Any], told: Told) -> Shown:
    if not value or len(value) > _MOST_PARTS or any(isinstance(part, list | dict) for part in value):
        return _show_json(value, told)
    return Shown(form="list", parts=[_show_property(part, told) for part in value])


def _show_object(value: Any, told: Told) -> Shown:
    """An object of single values, as addresses are, reads better as a list of them."""
    if not isinstance(value, dict) or not 1 <= len(value) <= _MOST_MEMBERS or not all(map(_is_single, value.values())):
        return _show_json(value, told)
    plain = told._replace(unit="")
    ordered = sorted(value, key=lambda name: _ADDRESS.get(name, len(_ADDRESS)))
    members = [(to_words(name, told.language), _show_property(value[name], plain)) for name in ordered]
    return Shown(form="object", members=members)


def _is_single(value: Any) -> bool:
    return isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= _LONG)


def _show_json(value: Any, _: Told) -> Shown:
    line = json.dumps(value, ensure_ascii=False)
    if len(line) <= _LONG // 2:
        return Shown(form="json", text=line)
    return Shown(form="json", text=line[: _LONG // 4] + " …", target=json.dumps(value, ensure_ascii=False, indent=2))


def _show_languages(value: Any, told: Told) -> Shown:
    text, chosen = choose_text(value, told.language)
    others = [name for name in value if (name if name != "@none" else "") != chosen]
    parts = [Shown(form="text", text=choose_text({name: value[name]}, name)[0], lang=name) for name in others]
    return Shown(form="languages", text=text, lang=chosen, parts=parts)


def _show_links(value: Any, _: Told) -> Shown:
    targets = [part["object"] if isinstance(part, dict) else part for part in _listed(value)]
    return Shown(form="list", parts=[Shown(form="link", text=one, target=entity_link(one)) for one in targets])


def _show_terms(value: Any, told: Told) -> Shown:
    return Shown(form="list", parts=[Shown(form="text", text=to_words(one, told.language)) for one in _listed(value)])


def _show_place(value: Any, _: Told) -> Shown:
    return Shown(form="place", place=to_place(value), text=json.dumps(value))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


_SHOWERS: Final[dict[str, Callable[[Any, Told], Shown]]] = {
    "GeoProperty": _show_place,
    "Relationship": _show_links,
    "ListRelationship": _show_links,
    "LanguageProperty": _show_languages,
    "VocabProperty": _show_terms,
    "JsonProperty": _show_json,
}
