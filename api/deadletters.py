# SPDX-License-Identifier: EUPL-1.2
"""`/admin/deadletters`: what could not be stored, shown, replayed and dropped."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from allmende.errors import NotFound
from api.openapi.describing import describe
from api.platform import TheAdministrator, ThePlatform, json_response, read_model
from broker.engine import deadletters
from broker.engine.deadletters import Selection, selection_of
from broker.web.openapi.parts import Parameter, Reply

routes: Final = APIRouter(prefix="/admin/deadletters")


class SelectionRequest(BaseModel):
    """Which dead letters: by id, of one connector, or all of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ids: list[str] = []
    connector: str | None = None
    all: bool = False

    def to_selection(self) -> Selection:
        """The selection; exactly one way of naming is right."""
        return selection_of(self.ids, self.connector, everything=self.all)


_TAG: Final = "Administration"
_LETTERS: Final = {"connector": "town-parking"}


@routes.get(
    "",
    openapi_extra=describe(
        _TAG,
        {200: Reply("What could not be stored", "DeadLetters")},
        asks=("connector", "limit"),
        caller="administrator",
    ),
)
async def list_dead_letters(
    platform: ThePlatform,
    administrator: TheAdministrator,
    connector: str | None = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
) -> Response:
    """List dead letters, the newest first."""
    letters = await deadletters.list_dead_letters(
        platform.resources, administrator.tenant, connector=connector, limit=limit
    )
    return json_response(letters)


@routes.get(
    "/{letter_id}",
    openapi_extra=describe(
        _TAG,
        {200: Reply("One of them, with what was sent", "DeadLetterWithPayload")},
        ids={"letter_id": Parameter(means="The id of the dead letter", example="1")},
        fails=(NotFound,),
        caller="administrator",
    ),
)
async def show_dead_letter(letter_id: str, platform: ThePlatform, administrator: TheAdministrator) -> Response:
    """Show one with what was sent."""
    return json_response(await deadletters.show_dead_letter(platform.resources, administrator.tenant, letter_id))


@routes.post(
    "/replay",
    openapi_extra=describe(
        _TAG,
        {200: Reply("How many are stored now, and how many wait for their connectors", "Replayed")},
        takes=SelectionRequest,
        body=_LETTERS,
        fails=(NotFound,),
        caller="administrator",
    ),
)
async def replay_dead_letters(request: Request, platform: ThePlatform, administrator: TheAdministrator) -> Response:
    """Try again to store what failed; `not_running` names the connectors that do not run, where some wait for such."""
    selection = (await read_model(request, SelectionRequest)).to_selection()
    idle = await deadletters.idle_connectors(platform.resources, administrator.tenant, selection)
    counts = await deadletters.replay_dead_letters(platform.resources, administrator.tenant, selection)
    return json_response({**counts, "not_running": idle} if idle else counts)


@routes.post(
    "/drop",
    openapi_extra=describe(
        _TAG,
        {200: Reply("How many are forgotten", "Dropped")},
        takes=SelectionRequest,
        body=_LETTERS,
        fails=(NotFound,),
        caller="administrator",
    ),
)
async def drop_dead_letters(request: Request, platform: ThePlatform, administrator: TheAdministrator) -> Response:
    """Forget what failed."""
    selection = (await read_model(request, SelectionRequest)).to_selection()
    return json_response(await deadletters.drop_dead_letters(platform.resources, administrator.tenant, selection))
