# SPDX-License-Identifier: EUPL-1.2
"""Pages for people, rendered on the server: readable without scripts, in German and English."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.staticfiles import StaticFiles

from allmende.errors import Unavailable
from api.languages import COOKIE, LANGUAGES, TEXTS, choose_language, to_age
from api.platform import READS, Platform, ThePlatform, admit_reader, tenant_of
from api.readings import newest_glances
from api.vocabulary import to_words
from auth.policy import Visible
from broker.engine.discovery import first_of_types
from broker.ngsi.entities import State

ASSETS: Final = StaticFiles(directory=Path(__file__).parent / "static")
POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_OF_EACH_TYPE: Final = 20
_NEWEST: Final = 30

routes: Final = APIRouter(default_response_class=Response)


@dataclass(frozen=True, slots=True)
class Kind:
    """A type as the page lists it."""

    name: str
    link: str


@routes.api_route("/", methods=READS, dependencies=[Depends(admit_reader)])
async def show_start(request: Request, platform: ThePlatform) -> Response:
    """Show the types of entities and the newest readings; also when the database is empty or away."""
    tenant = tenant_of(request)
    try:
        found = await first_of_types(platform.resources, tenant, most=_OF_EACH_TYPE, visible=Visible.everything())
    except Unavailable as error:
        answer = _render(request, platform, {}, is_away=True)
        answer.headers["retry-after"] = str(error.retry_after)
        return answer
    return _render(request, platform, found, is_away=False)


def _render(request: Request, platform: Platform, found: Mapping[str, list[State]], *, is_away: bool) -> Response:
    language = language_of(request)
    texts = TEXTS[language]
    now = platform.resources.clock()
    html = _TEMPLATES.get_template("start.html").render(
        language=language,
        languages=LANGUAGES,
        texts=texts,
        is_away=is_away,
        kinds=[Kind(to_words(name, language), _link(name)) for name in found],
        glances=newest_glances((state for states in found.values() for state in states), _NEWEST, language),
        age=lambda time: to_age(now - time, texts),
    )
    return page_response(request, html, language, status=503 if is_away else 200)


def page_response(request: Request, html: str, language: str, *, status: int = 200) -> Response:
    """A page that loads nothing from elsewhere; a language that was asked for is remembered."""
    headers = {
        "content-language": language,
        "content-security-policy": POLICY,
        "vary": "Accept-Language, Cookie",
        "cache-control": "no-cache",
    }
    response = Response(html, status, headers, "text/html")
    if request.query_params.get("lang") == language:
        response.set_cookie(COOKIE, language, max_age=365 * 86_400, samesite="lax", httponly=True)
    return response


def language_of(request: Request) -> str:
    """The language of the answer."""
    asked, remembered = request.query_params.get("lang"), request.cookies.get(COOKIE)
    return choose_language(asked, remembered, request.headers.get("accept-language", ""))


def _link(type_name: str) -> str:
    """Where programs find the entities of a type."""
    return f"/ngsi-ld/v1/entities?type={quote(type_name, safe='')}&options=simplified"


def assets() -> Any:
    """Style sheet and icon, served from files of this package."""
    return ASSETS
