# SPDX-License-Identifier: EUPL-1.2
"""What a route says of itself where it is declared: `openapi_extra=describe(…)`, beside its path and methods."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from pydantic import BaseModel

from allmende import errors
from allmende.errors import RequestError
from api.openapi.parameters import LANG, PARAMETERS
from broker.web.negotiation import JSON
from broker.web.openapi.document import to_parameter, to_reply, to_security
from broker.web.openapi.parts import TEXT, Parameter, Reply
from broker.web.openapi.problems import to_answers

HTML: Final = "text/html"
SUFFIX: Final = "Problem"
"""Of the names of errors that are `application/problem+json`."""

PAGE_SUFFIX: Final = "Page"
"""Of those that people are told on a page."""

Caller = Literal["anybody", "reader", "administrator"]
_OF_CALLERS: Final[Mapping[Caller, tuple[type[RequestError], ...]]] = {
    "anybody": (errors.WrongHost, errors.Faulty),
    "reader": (errors.WrongHost, errors.Faulty, errors.Unavailable, errors.KeyRequired, errors.Forbidden),
    "administrator": (errors.WrongHost, errors.Faulty, errors.Unavailable, errors.KeyRequired, errors.Forbidden),
}
_OF_TENANTS: Final = (errors.InvalidRequest, errors.BadRequestData, errors.NonexistentTenant)


def describe(  # noqa: PLR0913 - each is named
    tag: str,
    gives: Mapping[int, Reply],
    *,
    asks: Sequence[str] = (),
    told: Mapping[str, Parameter] | None = None,
    ids: Mapping[str, Parameter] | None = None,
    takes: type[BaseModel] | None = None,
    body: Any = None,
    offers: Sequence[str] = (JSON,),
    fails: tuple[type[RequestError], ...] = (),
    caller: Caller = "reader",
) -> dict[str, Any]:
    """An operation of OpenAPI but for its name, which is that of the function.

    `asks` names parameters of the query that `PARAMETERS` knows, `told` those that mean something of their own, `ids` those
    of the path; `takes` what the body is, `body` an example of it; `fails` errors beside those of every such route.
    """
    known = {**PARAMETERS, **(told or {})}
    names = [*asks, *(name for name in told or {} if name not in asks)]
    kinds = [*_OF_CALLERS[caller], *(() if caller == "anybody" else _OF_TENANTS), *fails]
    if takes is not None:
        kinds += [errors.UnsupportedMediaType, errors.TooLarge]
    described: dict[str, Any] = {
        "tags": [tag],
        "parameters": [
            *(to_parameter(name, "path", each) for name, each in (ids or {}).items()),
            *(to_parameter(name, "query", known[name]) for name in names),
            *([] if caller == "anybody" else [{"$ref": "#/components/parameters/NGSILD-Tenant"}]),
        ],
        "responses": {
            **{str(status): to_content(reply, offers) for status, reply in sorted(gives.items())},
            **to_answers(kinds, PAGE_SUFFIX if HTML in offers else SUFFIX),
        },
        "security": [{}] if caller == "anybody" else to_security(writes=caller == "administrator"),
    }
    if takes is not None:
        content = {"schema": to_schema(takes), "example": body}
        described["requestBody"] = {"required": True, "content": {JSON: content}}
    return described


def to_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a model in one piece: what it refers to is not at the root of the description."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})

    def whole(part: Any) -> Any:
        if isinstance(part, list):
            return [whole(each) for each in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            rest = {name: value for name, value in part.items() if name != "$ref"}
            return whole({**parts[part["$ref"].removeprefix("#/$defs/")], **rest})
        return {name: whole(value) for name, value in part.items()}

    inlined: dict[str, Any] = whole(schema)
    return inlined


def describe_page(gives: str, *, asks: Sequence[str] = (), **more: Any) -> dict[str, Any]:
    """A page for people; `gives` says what it shows."""
    offers = more.pop("offers", (HTML,))
    replies = more.pop("replies", {200: Reply(gives, TEXT)})
    return describe("Pages", replies, asks=(*asks, LANG), offers=offers, **more)


def to_content(reply: Reply, offers: Sequence[str]) -> dict[str, Any]:
    """An answer by media type; what is not JSON is text."""
    told = to_reply(reply, [media_type for media_type in offers if "json" in media_type], {})
    texts = {media_type: {"schema": TEXT} for media_type in offers if "json" not in media_type}
    if reply.schema is not None and texts:
        told["content"] = {**told.get("content", {}), **texts}
    return told
