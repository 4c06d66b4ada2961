# SPDX-License-Identifier: EUPL-1.2
"""The start page: what is measured, and the newest readings."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from fastapi import Depends, Request, Response

from api.pages.frame import language_of, render
from api.pages.routing import page_router
from api.platform import READS, ThePlatform, admit_reader, tenant_of
from api.readings import newest_glances
from api.vocabulary import to_words
from auth.policy import Visible
from broker.engine.discovery import first_of_types

_OF_EACH_TYPE: Final = 20
_NEWEST: Final = 30

routes: Final = page_router()


@dataclass(frozen=True, slots=True)
class Kind:
    """A type as the page lists it."""

    name: str
    link: str


@routes.api_route("/", methods=READS, dependencies=[Depends(admit_reader)])
async def show_start(request: Request, platform: ThePlatform) -> Response:
    """Show the types of entities and the newest readings; also when the database is empty."""
    found = await first_of_types(
        platform.resources, tenant_of(request), most=_OF_EACH_TYPE, visible=Visible.everything()
    )
    language = language_of(request)
    states = [state for of_type in found.values() for state in of_type]
    return render(
        request,
        platform,
        "start",
        kinds=[Kind(to_words(name, language), _link(name)) for name in found],
        glances=newest_glances(states, _NEWEST, language),
        events="/events",
    )


def _link(type_name: str) -> str:
    """Where programs find the entities of a type."""
    return f"/ngsi-ld/v1/entities?type={quote(type_name, safe='')}&options=simplified"
