# SPDX-License-Identifier: EUPL-1.2
"""`/events`: entities as they change, told for as long as somebody listens (server-sent events)."""

from typing import Final

from fastapi import APIRouter, Request, Response

from allmende.errors import InvalidRequest
from api.openapi.describing import describe
from api.platform import READS, ThePlatform, TheReader
from api.streams import EventStream
from auth.policy import Visible
from broker.engine.following import Wanted
from broker.ngsi.contexts import CORE
from broker.ngsi.datatypes import require_uri
from broker.web.openapi.parts import TEXT, Parameter, Reply
from broker.web.parameters import parse_names, parse_parameters

MOST_NAMES: Final = 1000
_PARAMETERS: Final = frozenset({"type", "id"})

_LIST: Final = {"type": "array", "items": TEXT, "minItems": 1}

routes: Final = APIRouter()


@routes.api_route(
    "/events",
    methods=READS,
    openapi_extra=describe(
        "Events",
        {200: Reply("A stream that lasts until one side ends it", TEXT)},
        asks=("type", "id"),
        told={"type": Parameter(means="Only entities of these types", example="Room", schema=_LIST)},
        offers=("text/event-stream",),
    ),
)
async def stream_events(request: Request, platform: ThePlatform, reader: TheReader) -> Response:
    """Tell of entities of some types, of some entities, or of all; a client that comes back is told what it missed."""
    wanted = parse_wanted(request.scope["query_string"], reader.visible)
    resources = platform.resources
    schema = await resources.tenants.schema_of(reader.tenant)
    place = request.headers.get("last-event-id") or None
    return EventStream(resources.feed, platform.shares, schema, wanted, place=place)


def parse_wanted(query: bytes, visible: Visible) -> Wanted:
    """The changes that the parameters ask for; types become IRIs."""
    parameters = parse_parameters(query, _PARAMETERS)
    if len(parameters) > 1:
        raise InvalidRequest("Give either 'type' or 'id'")
    for name in parameters:
        names = parse_names(parameters, name) or []
        if len(names) > MOST_NAMES:
            raise InvalidRequest(f"Parameter {name!r} must name at most {MOST_NAMES}")
        if name == "type":
            return Wanted(visible=visible, types=frozenset(CORE.type_names[each] for each in names))
        return Wanted(visible=visible, ids=frozenset(require_uri(each, "Parameter 'id': an id") for each in names))
    return Wanted(visible=visible)
