# SPDX-License-Identifier: EUPL-1.2
"""The pages of an answer: which request gives the next one; no I/O."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx

from allmende.errors import Retry, Stop
from connectors.declarative.engines import ExpressionError
from connectors.declarative.kinds.paging import Paging
from connectors.declarative.sources.layouts import Layout
from connectors.declarative.sources.readers import read_document
from connectors.declarative.sources.web.answers import Answer
from connectors.declarative.sources.web.masking import Shown
from connectors.declarative.sources.web.redirects import join
from connectors.declarative.sources.web.requests import Request, origin, with_params
from connectors.declarative.values import is_nothing

Evaluate = Callable[[Any], Any]
"""An expression over the content of an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page that was read, and how many rows it and each page before it had."""

    request: Request
    answer: Answer
    layout: Layout
    counts: Sequence[int]


def first_request(paging: Paging | None, request: Request) -> Request:
    """Give the request for the first page."""
    if paging is None:
        return request
    params = {}
    if paging.limit is not None:
        params[paging.limit] = str(paging.size)
    if paging.offset is not None:
        params[paging.offset] = "0"
    if paging.page is not None:
        params[paging.page] = str(paging.first)
    return replace(request, url=with_params(request.url, params)) if params else request


def next_request(paging: Paging, page: Page, evaluate: Evaluate | None, shown: Shown) -> Request | None:
    """Give the request for the page after this one; None where this is the last."""
    if paging.link:
        return _at(page, _link(page.answer), shown)
    if paging.offset is not None:
        # By what has come, and not by `size`: the other side may give less than it is asked for.
        is_last = page.counts[-1] < page.counts[0] or page.counts[-1] == 0
        return None if is_last else _with(page, paging.offset, str(sum(page.counts)))
    if paging.page is not None:
        is_last = page.counts[-1] < (paging.size or 1)
        return None if is_last else _with(page, paging.page, str(paging.first + len(page.counts)))
    value = _evaluate(paging, page, evaluate)
    if is_nothing(value) or value is False:
        return None
    if paging.cursor is not None:
        return _with(page, str(paging.param), _text(value, "paging.cursor"))
    if not isinstance(value, str):
        raise Retry(f"paging.next gives no address but {type(value).__name__}: change the expression")
    return _at(page, value, shown)


def _with(page: Page, param: str, value: str) -> Request:
    return replace(page.request, url=with_params(page.request.url, {param: value}))


def _at(page: Page, address: str | None, shown: Shown) -> Request | None:
    if address is None:
        return None
    target = join(page.answer.url, address, shown)
    if page.request.body is not None and origin(target) != origin(page.request.url):
        raise Stop(f"The next page is at {shown.url(target)}, where the body is not sent: change 'paging' or 'url'")
    return replace(page.request, url=target)


def _link(answer: Answer) -> str | None:
    links = httpx.Response(200, headers=answer.headers).links.values()
    return next((link["url"] for link in links if "next" in link.get("rel", "").lower().split()), None)


def _evaluate(paging: Paging, page: Page, evaluate: Evaluate | None) -> Any:
    name = "paging.next" if paging.cursor is None else "paging.cursor"
    if page.layout.format not in {"json", "geojson", "xml"}:
        raise Stop(f"{name} reads JSON and XML, and this is {page.layout.format}: page by 'link', 'offset' or 'page'")
    try:
        return None if evaluate is None else evaluate(read_document(page.answer.content, page.layout))
    except ExpressionError as error:
        raise Retry(f"{name}: {error}") from error


def _text(value: Any, name: str) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Retry(f"{name} gives no text or number but {type(value).__name__}: change the expression")
    return str(value)
