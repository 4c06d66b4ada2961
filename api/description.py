# SPDX-License-Identifier: EUPL-1.2
"""`/openapi.json`: the description of all that is here, made once and sent as it is."""

import gzip
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha1
from itertools import chain
from typing import Final

import orjson
from fastapi import APIRouter, FastAPI, Request, Response

from api.openapi.describing import describe
from api.openapi.document import to_document
from api.platform import READS
from broker.web.etags import names_tag
from broker.web.negotiation import JSON
from broker.web.openapi.parts import Reply

routes: Final = APIRouter()


@dataclass(frozen=True, slots=True)
class Description:
    """The bytes of the description, as they are and compressed, and their tag."""

    content: bytes
    packed: bytes
    tag: str


@routes.api_route(
    "/openapi.json",
    methods=READS,
    openapi_extra=describe(
        "Operations",
        {200: Reply("This description", "Description", ("ETag",)), 304: Reply("What `If-None-Match` names is right")},
        caller="anybody",
    ),
)
async def show_description(request: Request) -> Response:
    """Tell programs what can be asked for: OpenAPI 3.1."""
    known = description_of(request.app)
    headers = {"etag": known.tag, "cache-control": "no-cache", "vary": "Accept-Encoding"}
    if names_tag(request.headers.get("if-none-match", "").encode("latin-1"), known.tag.encode()):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(known.packed, headers={**headers, "content-encoding": "gzip"}, media_type=JSON)
    return Response(known.content, headers=headers, media_type=JSON)


@lru_cache(maxsize=1)
def description_of(app: FastAPI) -> Description:
    """The description of an application, which never changes while it runs."""
    content = orjson.dumps(to_document(chain.from_iterable(router.routes for router in app.state.routers)))
    tag = f'"{sha1(content, usedforsecurity=False).hexdigest()}"'
    return Description(content, gzip.compress(content, 9, mtime=0), tag)
