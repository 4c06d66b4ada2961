# SPDX-License-Identifier: EUPL-1.2
"""The platform's HTTP put together: the front, the broker's binding, and FastAPI for what people read about."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from allmende.errors import AllmendeError, InvalidRequest, NotFound
from api import deadletters, events, hooks, keys, markers, operations, series
from api.assets import PREFIX as ASSETS
from api.face import Face
from api.front import PROBLEM_JSON, REQUEST_ID, Front, to_answer
from api.gate import HttpGate
from api.metrics import HttpMetrics
from api.pages.routes import PAGES
from api.pages.routing import problem_page, to_invalid, wants_page
from api.platform import Platform
from auth.keys import Keyring
from broker.engine.resources import Resources
from broker.web.access import Access
from broker.web.binding import NgsiLd
from broker.web.problems import to_fault, to_request_error

PROGRAMS: Final = (
    keys.routes,
    deadletters.routes,
    events.routes,
    hooks.routes,
    markers.routes,
    operations.routes,
    series.routes,
)
"""What programs ask for, NGSI-LD aside."""


def build_app(
    resources: Resources,
    keyring: Keyring,
    gate: HttpGate,
    *,
    trouble: Callable[[], str | None] = lambda: None,
    data: Path | None = None,
    face: Face | None = None,
    mqtt: str = "",
) -> Front:
    """Make the ASGI application of a platform; `trouble` says what of it does not work while requests are answered.

    The sockets of webhooks lie below `data`; `face` is how the pages look; `mqtt` where messages are taken.
    """
    access = Access(keyring=keyring, open=gate.open, open_reads=gate.open_reads)
    others = _build_others(Platform(resources, keyring, access, trouble, data, mqtt, face=face or Face()))
    return Front(gate, NgsiLd(resources, access), others, HttpMetrics.register(resources.registry))


def _build_others(platform: Platform) -> FastAPI:
    """Administration, pages and operations; documentation pages would load scripts from elsewhere, so there are none."""
    app = FastAPI(title="Allmende", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.platform = platform
    for routes in (*PROGRAMS, *PAGES):
        app.include_router(routes)
    app.mount(ASSETS, platform.assets)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)
    app.add_exception_handler(AllmendeError, _answer_error)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer_fault)
    return app


async def _answer_error(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the signature is of Starlette
    request_error = to_request_error(error)
    if request_error is None:
        raise error
    return _to_response(to_answer(request_error, is_ngsi_ld=False))


async def _answer_invalid(request: Request, error: Exception) -> Response:
    """Name the first parameter that is wrong."""
    words = "The request is not understood"
    known = to_invalid(error) if isinstance(error, RequestValidationError) else InvalidRequest(words)
    return await _answer_error(request, known)


async def _answer_http(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == 404:
        problem = NotFound(f"There is nothing at {request.url.path}")
        return problem_page(request, problem) if wants_page(request) else await _answer_error(request, problem)
    status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (500, None)
    return Response(status_code=status, headers=headers)


async def _answer_fault(request: Request, error: Exception) -> Response:  # noqa: ARG001 - its text goes to the log only
    return Response(to_fault(request.scope[REQUEST_ID]), 500, media_type=PROBLEM_JSON)


def _to_response(answer: Any) -> Response:
    headers = {name.decode(): value.decode() for name, value in answer.headers}
    return Response(answer.body, answer.status, headers, answer.media_type)
