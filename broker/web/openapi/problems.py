# SPDX-License-Identifier: EUPL-1.2
"""Errors as the description tells them: an answer for each status, with the problem types that it may have."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from allmende import errors
from allmende.errors import RequestError
from broker.web.openapi.attributes import ref
from broker.web.openapi.parts import TEXT
from broker.web.problems import TYPES

EVERYWHERE: Final = (
    errors.InvalidRequest,
    errors.BadRequestData,
    errors.KeyRequired,
    errors.Forbidden,
    errors.NonexistentTenant,
    errors.AddressTooLong,
    errors.WrongHost,
    errors.Faulty,
    errors.Unavailable,
)
"""Errors of every operation."""

OF_BODIES: Final = (errors.LengthRequired, errors.TooLarge, errors.UnsupportedMediaType)
_NO_BODY: Final = frozenset({411})
_HEADERS: Final = {401: "WWW-Authenticate", 503: "Retry-After"}


def problem_answers(media_type: str, suffix: str = "", *, page: str = "") -> dict[str, dict[str, Any]]:
    """An answer for each status that errors have, by the name that `problem_name` gives it.

    `page` is the media type of a page that says the same to people, where there is one.
    """
    by_status: dict[int, list[type[RequestError]]] = {}
    for kind in TYPES:
        by_status.setdefault(kind.status, []).append(kind)
    return {
        problem_name(status, suffix): _answer(status, kinds, media_type, page) for status, kinds in by_status.items()
    }


def problem_name(status: int, suffix: str = "") -> str:
    """What the answer of a status is called.

    >>> problem_name(404)
    'NotFound'
    """
    return HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "") + suffix


def to_answers(kinds: Iterable[type[RequestError]], suffix: str = "") -> Mapping[str, Any]:
    """References to the answers of these errors, by status."""
    return {
        str(status): {"$ref": f"#/components/responses/{problem_name(status, suffix)}"}
        for status in sorted({kind.status for kind in kinds})
    }


def _answer(status: int, kinds: list[type[RequestError]], media_type: str, page: str) -> dict[str, Any]:
    titles = dict.fromkeys(kind.title for kind in kinds)
    answer: dict[str, Any] = {"description": "; ".join(titles)}
    if status in _HEADERS:
        name = _HEADERS[status]
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"}}
    if status not in _NO_BODY:
        types = list(dict.fromkeys(TYPES[kind] for kind in kinds))
        schema = {
            "allOf": [ref("ProblemDetails"), {"properties": {"type": {"enum": types}, "status": {"const": status}}}]
        }
        answer["content"] = {media_type: {"schema": schema}, **({page: {"schema": TEXT}} if page else {})}
    return answer
