# SPDX-License-Identifier: EUPL-1.2
"""How an answer shows the evolution of entities: its form, its language, and how much of all it tells."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from broker.engine.temporal import Evolution
from broker.ngsi.contexts import Context
from broker.ngsi.evolutionqueries import Parts
from broker.ngsi.instants import from_instant, short_instant
from broker.ngsi.languages import in_language, parse_languages
from broker.ngsi.projections import trim
from broker.ngsi.representation import Representation, Told, render_temporal
from broker.ngsi.temporal import TemporalQuery
from broker.store.evolutions import Evolving
from broker.web.calls import Answer, Call
from broker.web.parameters import parse_form, parse_options


@dataclass(frozen=True, slots=True)
class Shape:
    """What a request wants to see."""

    form: str
    sys_attrs: bool
    languages: tuple[str, ...] | None


def wanted_shape(call: Call) -> Shape:
    """The form, the system attributes and the language that the parameters ask for."""
    options = parse_options(call.parameters, call.operation.options)
    form = parse_form(call.parameters, options, call.operation.options)
    languages = parse_languages(call.parameters["lang"]) if "lang" in call.parameters else None
    return Shape(form, "sysAttrs" in options, languages)


def show_evolution(
    found: Evolution, context: Context, shape: Shape, query: TemporalQuery | None, parts: Parts
) -> dict[str, Any]:
    """The document of an entity; empty where nothing of it is picked."""
    attributes = found.attributes if shape.languages is None else in_language(found.attributes, shape.languages)
    empty = found.empty
    if shape.languages is not None:
        empty = {name: "Property" if kind == "LanguageProperty" else kind for name, kind in empty.items()}
    document = render_temporal(
        _head_of(found.entity),
        attributes,
        empty,
        context,
        Representation("concise" if shape.form == "concise" else "normalized", sys_attrs=shape.sys_attrs),
        temporal_values=shape.form == "temporalValues",
        timeproperty="observedAt" if query is None else query.timeproperty,
    )
    return trim(document, parts.pick, parts.omit)


def _head_of(entity: Evolving) -> Told:
    """The head of an entity's evolution."""
    times = (entity.created_at, entity.modified_at, None if entity.exists else entity.deleted_at)
    return Told(entity.id, entity.types or [], *[None if time is None else from_instant(time) for time in times])


def with_range(answer: Answer, told: tuple[datetime, datetime] | None, query: TemporalQuery | None) -> Answer:
    """206 and the range that is told, where that is not all (6.3.10)."""
    if told is not None:
        size = "*" if query is None or query.last_n is None else str(query.last_n)
        start, end = map(short_instant, told)
        answer.status = 206
        answer.headers.append((b"content-range", f"date-time {start}-{end}/{size}".encode()))
    return answer
