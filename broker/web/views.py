# SPDX-License-Identifier: EUPL-1.2
"""Answers that show entities in another view: parts of them, one language, GeoJSON, with what they link to.

A request that asks for none of it passes by here.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, cast

from allmende.errors import BadRequestData, NotFound
from allmende.payloads import dump_json
from broker.engine.links import find_linked
from broker.ngsi.contexts import Context, link_target
from broker.ngsi.datatypes import require_uri
from broker.ngsi.entities import State
from broker.ngsi.features import to_collection
from broker.ngsi.instances import PLACE
from broker.ngsi.joins import Presenter
from broker.ngsi.languages import NONE, parse_languages
from broker.ngsi.lists import split_names
from broker.ngsi.nearness import did_you_mean
from broker.ngsi.projections import MAX_JOIN_LEVEL, Projection, parse_datasets, parse_projections
from broker.ngsi.representation import Representation
from broker.ngsi.views import DEFAULT_JOIN_LEVEL, Join, View
from broker.web.answers import document_answer, list_answer, shown_context
from broker.web.calls import Answer, Call
from broker.web.linking import to_context_link
from broker.web.negotiation import GEO_JSON
from broker.web.preferences import preferences_of, preferred_version, with_version

VIEWING: Final = frozenset(
    {"pick", "omit", "lang", "datasetId", "join", "joinLevel", "containedBy", "geometryProperty"}
)
"""The parameters that ask for a view."""


def wanted_view(call: Call, context: Context) -> View | None:
    """The view that parameters, Accept and Prefer ask for; None: the ordinary one."""
    parameters = call.parameters
    is_geo = call.media_type == GEO_JSON
    if not is_geo and b"prefer" not in call.headers and VIEWING.isdisjoint(parameters):
        return None
    pick, omit = parse_projections(parameters, context)
    join = _join(parameters)
    _require_depth(pick, omit, join)
    return View(
        pick=pick,
        omit=omit,
        datasets=parse_datasets(parameters),
        languages=parse_languages(parameters["lang"]) if "lang" in parameters else None,
        version=None if is_geo else preferred_version(call),
        join=join,
        place=_place(parameters, context, is_geo=is_geo),
    )


async def viewed_entity(call: Call, context: Context, state: State, wanted: Representation, view: View) -> Answer:
    """The answer of one entity; with what it links to it is a list."""
    presenter = await _presenter(call, context, [state], wanted, view)
    documents = presenter.present([state])
    if not documents:
        raise NotFound(f"Entity {state.id} has nothing that is picked; see 'pick' and 'omit'")
    is_list = len(documents) > 1
    if call.media_type == GEO_JSON:
        answer = _geo_answer(call, context, to_collection(documents) if is_list else documents[0], [])
    elif is_list:
        answer = list_answer(call, context, documents, [])
    else:
        answer = document_answer(call, context, documents[0])
    return with_version(answer, view.version, altered=presenter.altered)


async def viewed_page(
    call: Call, context: Context, states: Sequence[State], links: Sequence[str], wanted: Representation, view: View
) -> Answer:
    """The answer of a query."""
    presenter = await _presenter(call, context, states, wanted, view)
    documents = presenter.present(states)
    if call.media_type == GEO_JSON:
        answer = _geo_answer(call, context, to_collection(documents), links)
    else:
        answer = list_answer(call, context, documents, links)
    return with_version(answer, view.version, altered=presenter.altered)


async def _presenter(
    call: Call, context: Context, states: Sequence[State], wanted: Representation, view: View
) -> Presenter:
    linked: Mapping[str, State] = {}
    if view.join is not None:
        linked = await find_linked(call.resources, call.tenant, states, view, attrs=wanted.attrs, visible=call.visible)
    return Presenter(context, wanted, view, linked)


def _geo_answer(call: Call, context: Context, document: dict[str, Any], links: Sequence[str]) -> Answer:
    """GeoJSON has its @context in the body, unless the client prefers it in the Link header (6.3.6)."""
    values = list(links)
    if preferences_of(call).get("body") == "json":
        values.insert(0, to_context_link(link_target(context)))
    else:
        document = {**document, "@context": shown_context(context)}
    headers = [(b"link", ", ".join(values).encode())] if values else []
    return Answer(200, dump_json(document), GEO_JSON, headers)


def _join(parameters: Mapping[str, str]) -> Join | None:
    kind = parameters.get("join", NONE)
    text = parameters.get("joinLevel", str(DEFAULT_JOIN_LEVEL))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MAX_JOIN_LEVEL:
        raise BadRequestData(f"Parameter 'joinLevel' must be a number from 1 to {MAX_JOIN_LEVEL}, not {text!r}")
    if kind not in {"inline", "flat", NONE}:
        hint = did_you_mean(kind, ("inline", "flat", NONE))
        raise BadRequestData(f"Parameter 'join' must be inline, flat or {NONE}, not {kind!r}{hint}")
    names = split_names(parameters, "containedBy")
    known = frozenset(require_uri(entity_id, "Parameter 'containedBy': an id") for entity_id in names)
    if kind == NONE:
        return None
    return Join(kind=cast("Literal['inline', 'flat']", kind), level=int(text), known=known)


def _require_depth(pick: Projection | None, omit: Projection | None, join: Join | None) -> None:
    """A projection of linked entities needs a join that goes as deep."""
    for name, projection in (("pick", pick), ("omit", omit)):
        depth = 0 if projection is None else projection.depth
        if depth and join is None:
            raise BadRequestData(f"Parameter {name!r} names members of linked entities; say join=inline or join=flat")
        if join is not None and depth > join.level:
            raise BadRequestData(f"Parameter {name!r} follows {depth} links, but joinLevel is {join.level}; raise it")


def _place(parameters: Mapping[str, str], context: Context, *, is_geo: bool) -> str | None:
    name = parameters.get("geometryProperty")
    if name is not None and not is_geo:
        raise BadRequestData(f"Parameter 'geometryProperty' is for GeoJSON; say Accept: {GEO_JSON}, or leave it out")
    if not is_geo:
        return None
    return PLACE if name is None else context.attribute_names[name]
