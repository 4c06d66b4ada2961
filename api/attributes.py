# SPDX-License-Identifier: EUPL-1.2
"""`/admin/attributes`: an administrator declares attributes of a tenant queryable, sees how far their index is, and ends it."""

from dataclasses import asdict
from typing import Final

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from allmende.errors import NotFound
from api.openapi.describing import describe
from api.platform import TheAdministrator, ThePlatform, json_response, read_model
from broker.web.openapi.parts import Parameter, Reply

routes: Final = APIRouter(prefix="/admin/attributes")


class AttributeRequest(BaseModel):
    """Which attribute, by its IRI or a name, and of entities of which type."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    attribute: str = Field(min_length=1, max_length=2048)
    type: str | None = Field(default=None, min_length=1, max_length=2048)


_ID: Final = {"declared": Parameter(means="The number of the declaration", example="1")}
_TAG: Final = "Administration"


@routes.post(
    "",
    openapi_extra=describe(
        _TAG,
        {201: Reply("What is declared, whose index may not be complete yet", "Declaration", ("Location",))},
        takes=AttributeRequest,
        body={"attribute": "temperature", "type": None},
        caller="administrator",
    ),
)
async def declare_attribute(request: Request, platform: ThePlatform, administrator: TheAdministrator) -> Response:
    """Declare an attribute queryable; its index is built while the answer is on its way."""
    wanted = await read_model(request, AttributeRequest)
    declared = await platform.resources.declarations.declare(administrator.tenant, wanted.attribute, wanted.type)
    return json_response(asdict(declared), 201, {"location": f"/admin/attributes/{declared.id}"})


@routes.get("", openapi_extra=describe(_TAG, {200: Reply("What is declared", "Declarations")}, caller="administrator"))
async def list_attributes(platform: ThePlatform, administrator: TheAdministrator) -> Response:
    """List what is declared queryable."""
    declared = await platform.resources.declarations.listed(administrator.tenant, counted=True)
    return json_response([asdict(each) for each in declared])


@routes.get(
    "/{declared}",
    openapi_extra=describe(
        _TAG, {200: Reply("The declaration", "Declaration")}, ids=_ID, fails=(NotFound,), caller="administrator"
    ),
)
async def get_attribute(declared: str, platform: ThePlatform, administrator: TheAdministrator) -> Response:
    """Show one declaration and how far its index is."""
    return json_response(asdict(await platform.resources.declarations.get(administrator.tenant, _number(declared))))


@routes.delete(
    "/{declared}",
    openapi_extra=describe(_TAG, {204: Reply("It is taken back")}, ids=_ID, fails=(NotFound,), caller="administrator"),
)
async def take_attribute_back(declared: str, platform: ThePlatform, administrator: TheAdministrator) -> Response:
    """End the index of an attribute."""
    await platform.resources.declarations.take_back(administrator.tenant, _number(declared))
    return Response(status_code=204)


def _number(text: str) -> int:
    """The number of a declaration; what is none names nothing."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise NotFound(f"Declaration {text!r} does not exist")
    return int(text)
