# SPDX-License-Identifier: EUPL-1.2
"""Answers of the operations: entities with their @context, errors of batches, links to other pages."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote

from allmende.errors import RequestError
from allmende.payloads import dump_json
from broker.ngsi.contexts import CORE_CONTEXT_URL, Context, link_target
from broker.web.calls import PREFIX, Answer, Call, Header
from broker.web.linking import page_query, to_context_link, to_page_link
from broker.web.negotiation import JSON_LD
from broker.web.problems import to_problem

_PATH: Final = ":@!$&'()*+,;=-._~"


def document_answer(call: Call, context: Context, document: dict[str, Any], status: int = 200) -> Answer:
    """One document: its @context in the body for application/ld+json, else in the Link header."""
    if call.media_type == JSON_LD:
        return Answer(status, dump_json({**document, "@context": shown_context(context)}), JSON_LD)
    return Answer(status, dump_json(document), headers=[_context_header(link_target(context))])


def list_answer(call: Call, context: Context, documents: Sequence[dict[str, Any]], links: Sequence[str]) -> Answer:
    """A page of documents with links to the pages before and after it."""
    if call.media_type == JSON_LD:
        shown = shown_context(context)
        answer = Answer(200, dump_json([{**document, "@context": shown} for document in documents]), JSON_LD)
        values = list(links)
    else:
        answer = Answer(200, dump_json(documents))
        values = [to_context_link(link_target(context)), *links]
    if values:
        answer.headers.append((b"link", ", ".join(values).encode()))
    return answer


def counted(answer: Answer, count: int | None) -> Answer:
    """The answer of a page with the number of all that match, where that was asked for (6.3.13)."""
    if count is not None:
        answer.headers.append((b"ngsild-results-count", b"%d" % count))
    return answer


def page_links(call: Call, *, limit: int, offset: int, more: bool) -> list[str]:
    """Links to the page before and the page after; neither where there is none."""
    raw = call.raw_query.decode("latin-1")
    path = call.raw_path.decode("latin-1").rstrip("/")
    pages = []
    if offset > 0 and limit > 0:
        pages.append(("prev", max(offset - limit, 0)))
    if more and limit > 0:
        pages.append(("next", offset + limit))
    return [to_page_link(path, page_query(raw, limit=limit, offset=at), rel, call.media_type) for rel, at in pages]


def created_answer(entity_id: str, collection: str = "entities") -> Answer:
    """201 without a body."""
    location = f"{PREFIX}{collection}/{quote(entity_id, safe=_PATH)}"
    return Answer(201, b"", headers=[(b"location", location.encode())])


def batch_errors(errors: Sequence[tuple[str, RequestError]]) -> list[dict[str, Any]]:
    """What a batch tells of the entities that failed."""
    return [{"entityId": entity_id, "error": to_problem(error)} for entity_id, error in errors]


def shown_context(context: Context) -> Any:
    """The @context that a body names."""
    return CORE_CONTEXT_URL if context.source is None else context.source


@lru_cache(maxsize=256)
def _context_header(url: str) -> Header:
    # By the URL: an @context that is kept here would stay with all of its terms.
    return (b"link", to_context_link(url).encode())
