# SPDX-License-Identifier: EUPL-1.2
"""Errors as answers: a page for people with a browser, a problem document for programs."""

from itertools import chain
from typing import Any, Final, cast

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from allmende.errors import InvalidRequest, NotFound, RequestError
from api.front import PROBLEM_JSON, REQUEST_ID, to_answer
from api.pages.frame import render
from api.pages.routing import PageRoute, wants_page
from api.platform import platform_of
from broker.web.problems import to_fault, to_request_error

_TOLD: Final = frozenset({400, 401, 403, 404, 503})
"""Statuses that pages have words for."""


async def answer_error(request: Request, error: Exception) -> Response:
    """Answer with an error of ours; one that is none is a fault."""
    problem = to_request_error(error)
    if problem is None:
        raise error
    return _answer(request, problem)


async def answer_invalid(request: Request, error: Exception) -> Response:
    """Name the first parameter that is wrong."""
    first: dict[str, Any] = cast("RequestValidationError", error).errors()[0]
    return _answer(request, InvalidRequest(f"Parameter {str(first['loc'][-1])!r}: {first['msg']}"))


async def answer_http(request: Request, error: Exception) -> Response:
    """Answer where there is no such path, or where it knows no such method; OPTIONS asks for that answer."""
    http = cast("HTTPException", error)
    if http.status_code == 404:
        return _answer(request, NotFound(f"There is nothing at {request.url.path}"))
    headers = allowed_at(request) if http.status_code == 405 else None
    status = 204 if request.method == "OPTIONS" else http.status_code
    return Response(status_code=status, headers=headers or http.headers)


def allowed_at(request: Request) -> dict[str, str] | None:
    """The methods of all routes of a path; FastAPI itself tells those of the first one only. None where it has no route.

    A path that is declared as it is has the methods of its own routes, not those of parameters that match it, too.
    """
    routes = chain.from_iterable(router.routes for router in request.app.state.routers)
    found = [route for route in routes if route.matches(request.scope)[0] != Match.NONE]
    nearest = min((len(route.param_convertors) for route in found), default=0)
    methods = [route.methods for route in found if len(route.param_convertors) == nearest]
    return {"allow": ", ".join(sorted({"OPTIONS"}.union(*methods)))} if found else None


async def answer_fault(request: Request, error: Exception) -> Response:  # noqa: ARG001 - its text goes to the log only
    """Answer a fault of ours with nothing but where to look."""
    return Response(to_fault(request.scope[REQUEST_ID]), 500, media_type=PROBLEM_JSON)


def _answer(request: Request, problem: RequestError) -> Response:
    answer = to_answer(problem, is_ngsi_ld=False)
    headers = {name.decode(): value.decode() for name, value in answer.headers}
    if not (wants_page(request) and isinstance(request.scope.get("route"), PageRoute | None)):
        return Response(answer.body, answer.status, {**headers, "vary": "Accept"}, answer.media_type)
    title = f"title_{problem.status}" if problem.status in _TOLD else "title_500"
    reason = "" if problem.status == 503 else str(problem)
    page = render(request, platform_of(request), "problem", status=problem.status, title=title, reason=reason)
    page.headers.update(headers)
    return page
