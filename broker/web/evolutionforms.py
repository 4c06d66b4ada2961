# SPDX-License-Identifier: EUPL-1.2
"""How an answer shows the evolution of entities: its form, its language, and how much of all it tells."""

from collections.abc import Sequence
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
from broker.ngsi.versions import Version, amend_history, amend_types
from broker.store.evolutions import Evolving
from broker.web.calls import Answer, Call
from broker.web.parameters import parse_form, parse_options
from broker.web.preferences import preferred_version


@dataclass(frozen=True, slots=True)
class Shape:
    """What a request wants to see."""

    form: str
    sys_attrs: bool
    languages: tuple[str, ...] | None
    version: Version | None


def wanted_shape(call: Call) -> Shape:
    """The form, the system attributes, the language and the version that a request asks for."""
    options = parse_options(call.parameters, call.operation.options)
    form = parse_form(call.parameters, options, call.operation.options)
    languages = parse_languages(call.parameters["lang"]) if "lang" in call.parameters else None
    return Shape(form, "sysAttrs" in options, languages, preferred_version(call))


def show_evolutions(
    found: Sequence[Evolution], context: Context, shape: Shape, query: TemporalQuery | None, parts: Parts
) -> tuple[list[dict[str, Any]], bool]:
    """The documents of entities, and whether something of them was rewritten for an earlier version."""
    documents, altered = [], False
    for one in found:
        told = one if shape.languages is None else _in_language(one, shape.languages)
        amended = told if shape.version is None else _amend(told, shape.version, context)
        altered |= amended is not told
        documents.append(_show(amended, context, shape, query, parts))
    return documents, altered


def _show(
    found: Evolution, context: Context, shape: Shape, query: TemporalQuery | None, parts: Parts
) -> dict[str, Any]:
    """The document of an entity; empty where nothing of it is picked."""
    document = render_temporal(
        _head_of(found.entity),
        found.attributes,
        found.empty,
        context,
        Representation("concise" if shape.form == "concise" else "normalized", sys_attrs=shape.sys_attrs),
        temporal_values=shape.form == "temporalValues",
        timeproperty="observedAt" if query is None else query.timeproperty,
    )
    return trim(document, parts.pick, parts.omit)


def _in_language(found: Evolution, languages: tuple[str, ...]) -> Evolution:
    """An evolution whose texts are in one language, and so Properties."""
    empty = {name: "Property" if kind == "LanguageProperty" else kind for name, kind in found.empty.items()}
    return Evolution(found.entity, in_language(found.attributes, languages), empty)


def _amend(found: Evolution, version: Version, context: Context) -> Evolution:
    """An evolution as readers of a version understand it; the same object where they understand it as it is."""
    attributes, empty = amend_history(found.attributes, found.empty, version, context)
    types = amend_types(found.entity.types or [], version)
    if attributes is found.attributes and empty is found.empty and types == (found.entity.types or []):
        return found
    return Evolution(found.entity._replace(types=types), attributes, empty)


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
