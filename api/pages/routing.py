# SPDX-License-Identifier: EUPL-1.2
"""Routes of pages: an error becomes a page with the words of its problem document."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from allmende.errors import AllmendeError, InvalidRequest, RequestError
from api.pages.frame import render
from api.platform import platform_of
from broker.web.problems import to_request_error

_TOLD: Final = frozenset({400, 401, 403, 404, 503})


class PageRoute(APIRoute):
    """A route whose errors are pages, unless the caller asks for JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Answer with the route's function, or with what went wrong."""
        answer = super().get_route_handler()

        async def answer_always(request: Request) -> Response:
            try:
                return await answer(request)
            except AllmendeError as error:
                problem = to_request_error(error)
                if problem is None or not wants_page(request):
                    raise
                return problem_page(request, problem)
            except RequestValidationError as error:
                if not wants_page(request):
                    raise
                return problem_page(request, to_invalid(error))

        return answer_always


def page_router() -> APIRouter:
    """A router of pages."""
    return APIRouter(route_class=PageRoute, default_response_class=Response)


def wants_page(request: Request) -> bool:
    """Whether a person with a browser asks."""
    asked = request.query_params.get("f")
    return asked == "html" or (asked is None and "text/html" in request.headers.get("accept", ""))


def wants_json(request: Request) -> bool:
    """Whether a program asks for the data of a page: by `f=json`, or by an Accept that names JSON and not HTML."""
    asked = request.query_params.get("f")
    if asked not in {None, "html", "json"}:
        raise InvalidRequest("Parameter 'f' must be html or json")
    accepted = request.headers.get("accept", "")
    return asked == "json" or (asked is None and "json" in accepted and "text/html" not in accepted)


def to_invalid(error: RequestValidationError) -> InvalidRequest:
    """The error that names the first parameter that is wrong."""
    first: dict[str, Any] = error.errors()[0]
    return InvalidRequest(f"Parameter {str(first['loc'][-1])!r}: {first['msg']}")


def problem_page(request: Request, problem: RequestError) -> Response:
    """The page of an error."""
    status = problem.status
    title = f"title_{status}" if status in _TOLD else "title_500"
    words = "" if status == 503 else str(problem)
    page = render(request, platform_of(request), "problem", status=status, title=title, reason=words)
    after = getattr(problem, "retry_after", None)
    if after is not None:
        page.headers["retry-after"] = str(after)
    return page
