# SPDX-License-Identifier: EUPL-1.2
"""The frame of every page: rendered on the server, readable without scripts, in the language of its reader."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.face import Face
from api.languages import COOKIE, LANGUAGES
from api.marks import mark_of
from api.pages.maps import map_words
from api.pages.texts import Texts, texts_of
from api.pages.words import to_age, to_moment, to_span
from api.platform import BY_CALLER, BY_LANGUAGE, Platform, language_of

TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; worker-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
)


def render(
    request: Request,
    platform: Platform,
    page: str,
    *,
    status: int = 200,
    template: str | None = None,
    **values: Any,
) -> Response:
    """Answer with a page: the template `<page>.html` with the texts of that name, and with what every page has."""
    language = language_of(request)
    texts = texts_of(page, language)
    html = TEMPLATES.get_template(template or f"{page}.html").render(
        page=page,
        t=texts,
        language=language,
        languages=LANGUAGES,
        in_language=lambda code: _in_language(request, code),
        asset=platform.assets.url,
        face=platform.face,
        mark_of=mark_of,
        map_words=lambda: map_words(texts),
        **_clock(platform, texts),
        **{"events": "", "words": "", **values},
    )
    return _response(request, html, language, platform.face, status)


def content_policy(face: Face) -> str:
    """The Content-Security-Policy of pages: everything from here, and a map's background from where the town says."""
    return f"{_POLICY}connect-src 'self' {face.tiles_origin}".rstrip()


def _clock(platform: Platform, texts: Texts) -> Mapping[str, Callable[..., str]]:
    now, zone = platform.resources.clock(), platform.face.zone
    return {
        "age": lambda time: to_age(now - time, texts),
        "moment": lambda time: to_moment(time, texts.language, zone),
        "span": lambda start, end: to_span(start, end, texts.language, zone),
    }


def _in_language(request: Request, code: str) -> str:
    """The address of the same page in a language."""
    rest = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return "?" + urlencode([*rest, ("lang", code)])


def _response(request: Request, html: str, language: str, face: Face, status: int) -> Response:
    """A page that loads nothing from elsewhere; a language that was asked for is remembered, but not once more by parts of the page."""
    headers = {
        "content-language": language,
        "content-security-policy": content_policy(face),
        "vary": f"Accept, {BY_LANGUAGE}, HX-Request, {BY_CALLER}",
        "cache-control": "no-cache",
    }
    response = Response(html, status, headers, "text/html")
    if request.query_params.get("lang") == language and "hx-request" not in request.headers:
        response.set_cookie(COOKIE, language, max_age=365 * 86_400, samesite="lax", httponly=True)
    return response
