# SPDX-License-Identifier: EUPL-1.2
"""The description put together: operations of the broker by their declarations, routes by what they say of themselves."""

import re
from collections.abc import Iterable
from importlib.metadata import version
from inspect import cleandoc
from typing import Any, Final

from fastapi.routing import APIRoute

from api.front import PROBLEM_JSON
from api.openapi.describing import HTML, PAGE_SUFFIX, SUFFIX
from api.openapi.schemas import API_SCHEMAS
from broker.web.negotiation import JSON
from broker.web.openapi.document import components, to_operation_id, to_paths
from broker.web.openapi.problems import problem_answers
from broker.web.operations import OPERATIONS

_ABOUT: Final = """\
An urban data platform: NGSI-LD (ETSI GS CIM 009), and beside it what pages and administration need.

Wherever there is GET, HEAD gets the same header without the body, and OPTIONS the methods. Reads need no key on loopback,
and one elsewhere; writes need that of an administrator; under `--open` nothing needs a key. Errors are problem documents
(RFC 9457), whose `detail` says what is wrong, where, and what would be right. `docs/reference/http.md` tells more.
"""
_CONVERTER: Final = re.compile(r":\w+}")


def to_document(routes: Iterable[Any]) -> dict[str, Any]:
    """The whole description; `routes` are those of FastAPI."""
    parts = components()
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Allmende",
            "version": version("allmende"),
            "description": _ABOUT,
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        },
        "servers": [{"url": "/"}],
        "paths": {**to_paths(OPERATIONS), **to_other_paths(routes)},
        "components": {
            **parts,
            "schemas": {**parts["schemas"], **API_SCHEMAS},
            "responses": {
                **problem_answers(JSON),
                **problem_answers(PROBLEM_JSON, SUFFIX),
                **problem_answers(PROBLEM_JSON, PAGE_SUFFIX, page=HTML),
            },
        },
    }


def to_other_paths(routes: Iterable[Any]) -> dict[str, dict[str, Any]]:
    """The described routes by path and method."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        if isinstance(route, APIRoute) and route.openapi_extra is not None:
            methods = sorted((route.methods or set()) - {"HEAD"})
            for method in methods:
                told = _operation(route, "" if len(methods) == 1 else f" {method}")
                paths.setdefault(path_of(route), {})[method.lower()] = told
    return paths


def path_of(route: APIRoute) -> str:
    """The path of a route as OpenAPI writes it.

    >>> path_of(APIRoute("/types/{name:path}", lambda: None))
    '/types/{name}'
    """
    return _CONVERTER.sub("}", route.path)


def _operation(route: APIRoute, suffix: str) -> dict[str, Any]:
    words = cleandoc(route.endpoint.__doc__ or "")
    name = route.endpoint.__name__.replace("_", " ")
    return {
        "operationId": to_operation_id(name + suffix),
        "summary": name.capitalize(),
        "description": words,
        **(route.openapi_extra or {}),
    }
