# SPDX-License-Identifier: EUPL-1.2
"""Routes of pages, and who asks there: a person with a browser, or a program."""

from fastapi import Request
from fastapi.routing import APIRoute

from allmende.errors import InvalidRequest


class PageRoute(APIRoute):
    """A route whose errors are pages, unless a program asks."""


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
