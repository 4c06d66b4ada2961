# SPDX-License-Identifier: EUPL-1.2
"""`/admin/keys`: an administrator makes, lists and revokes the keys of a tenant."""

from dataclasses import asdict
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict

from allmende.errors import BadRequestData, Forbidden, NotFound
from api.openapi.describing import describe
from api.platform import Administrator, TheAdministrator, ThePlatform, json_response, read_model
from auth.principals import KeyKind
from broker.web.openapi.parts import Parameter, Reply

routes: Final = APIRouter(prefix="/admin/keys")


class KeyRequest(BaseModel):
    """What a new key is for. One of kind `admin` without a tenant administers the whole platform.

    One of kind `user` opens what is granted to it in the tenant of the request.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    kind: KeyKind
    connector: str | None = None
    tenant: str | None = None
    expires_at: AwareDatetime | None = None


_ID: Final = {"key_id": Parameter(means="The id of the key", example="7b0c1f0e-0d0b-4f0a-9c53-0a4a3c0f6b1d")}
_TAG: Final = "Administration"


@routes.post(
    "",
    openapi_extra=describe(
        _TAG,
        {201: Reply("The key, whose text is told this once", "NewKey", ("Location",))},
        takes=KeyRequest,
        body={"name": "Town parking", "kind": "connector", "connector": "town-parking"},
        caller="administrator",
    ),
)
async def create_key(request: Request, platform: ThePlatform, administrator: TheAdministrator) -> Response:
    """Make a key; the answer shows it this once."""
    wanted = await read_model(request, KeyRequest)
    created = await platform.keyring.create_key(
        wanted.name,
        kind=wanted.kind,
        tenant=_tenant(wanted, administrator),
        connector=wanted.connector,
        expires_at=wanted.expires_at,
    )
    return json_response(asdict(created), 201, {"location": f"/admin/keys/{created.id}", "cache-control": "no-store"})


@routes.get("", openapi_extra=describe(_TAG, {200: Reply("The keys", "Keys")}, caller="administrator"))
async def list_keys(platform: ThePlatform, administrator: TheAdministrator) -> Response:
    """List the keys of the tenant, and to an administrator of the whole platform also the platform's."""
    return json_response(await _listed(platform, administrator))


@routes.get(
    "/{key_id}",
    openapi_extra=describe(_TAG, {200: Reply("The key", "Key")}, ids=_ID, fails=(NotFound,), caller="administrator"),
)
async def get_key(key_id: str, platform: ThePlatform, administrator: TheAdministrator) -> Response:
    """Show one key without its text."""
    for key in await _listed(platform, administrator):
        if key["id"] == key_id:
            return json_response(key)
    raise NotFound(f"Key {key_id} does not exist")


@routes.delete(
    "/{key_id}",
    openapi_extra=describe(_TAG, {204: Reply("It is ended")}, ids=_ID, fails=(NotFound,), caller="administrator"),
)
async def revoke_key(key_id: str, platform: ThePlatform, administrator: TheAdministrator) -> Response:
    """End a key."""
    await platform.keyring.revoke_key(key_id, administrator.tenant, wide=administrator.wide)
    return Response(status_code=204)


async def _listed(platform: ThePlatform, administrator: Administrator) -> list[dict[str, Any]]:
    return [asdict(key) for key in await platform.keyring.list_keys(administrator.tenant, wide=administrator.wide)]


def _tenant(wanted: KeyRequest, administrator: Administrator) -> str | None:
    """The tenant of a new key: a connector's and a user's is that of the request, an administrator's what is asked for."""
    if wanted.kind == "user" and wanted.tenant not in {None, administrator.tenant}:
        raise BadRequestData("Field 'tenant': a user's key is of the tenant that the header NGSILD-Tenant names")
    if wanted.kind != "admin":
        return administrator.tenant
    if not administrator.wide and wanted.tenant != administrator.tenant:
        raise Forbidden(f"The key is of tenant {administrator.tenant} and makes keys of that tenant only; name it")
    return wanted.tenant
