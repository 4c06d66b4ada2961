# SPDX-License-Identifier: EUPL-1.2
"""`/admin/grants`: an administrator says who may do what in a tenant."""

from typing import Final

from fastapi import APIRouter, Request, Response

from allmende.errors import AlreadyExists, BadRequestData, LdContextNotAvailable, NotFound
from api.granting.asking import PAGE, linked_context, paged, read_document, told
from api.granting.grants import parse_grant, to_document
from api.granting.models import GrantDocument
from api.openapi.describing import describe
from api.platform import Platform, TheAdministrator, ThePlatform, json_response
from auth.granting import changes
from auth.granting.values import Grant
from broker.web.openapi.parts import Parameter, Reply

routes: Final = APIRouter(prefix="/admin/grants")

_TAG: Final = "Administration"
_ID: Final = {"grant_id": Parameter(means="The id of the grant", example="6f1f3f4e-9c57-4a0e-8a55-1f0f5a0c9a11")}
_EXAMPLE: Final = {
    "subject": {"kind": "role", "id": "gardener"},
    "action": "read",
    "target": {"kind": "type", "id": "Tree"},
    "attributes": {"pick": ["height", "location"]},
    "valid": {"from": "2026-06-01T00:00:00Z", "until": "2099-01-01T00:00:00Z"},
}


@routes.post(
    "",
    openapi_extra=describe(
        _TAG,
        {201: Reply("It is granted", "Made", ("Location",))},
        takes=GrantDocument,
        body=_EXAMPLE,
        fails=(AlreadyExists, LdContextNotAvailable),
        caller="administrator",
    ),
)
async def create_grant(request: Request, platform: ThePlatform, administrator: TheAdministrator) -> Response:
    """Grant something; it is in force when this is answered."""
    resources, tenant = platform.resources, administrator.tenant
    document, context = await read_document(request, resources.library, tenant)
    now = resources.clock()
    grant = parse_grant(document, context, tenant=tenant, now=now)
    if grant.subject.kind == "key":
        await _require_key(platform, tenant, grant.subject.id)
    await changes.create_grant(resources.rights, tenant, grant, now)
    return json_response({"id": str(grant.id)}, 201, {"location": f"/admin/grants/{grant.id}"})


@routes.get(
    "",
    openapi_extra=describe(
        _TAG,
        {200: Reply("The grants, the oldest first", "Grants", ("Link",))},
        asks=("limit", "offset", "f"),
        told=PAGE,
        fails=(LdContextNotAvailable,),
        caller="administrator",
    ),
)
async def list_grants(request: Request, platform: ThePlatform, administrator: TheAdministrator) -> Response:
    """List what is granted in the tenant."""
    found, links = paged(request, await _granted(platform, administrator.tenant))
    context = await linked_context(request, platform.resources.library, administrator.tenant)
    return told([to_document(grant, context.compact) for grant in found], context, links)


@routes.get(
    "/{grant_id}",
    openapi_extra=describe(
        _TAG,
        {200: Reply("The grant", "Grant", ("Link",))},
        ids=_ID,
        fails=(NotFound, LdContextNotAvailable),
        caller="administrator",
    ),
)
async def get_grant(
    grant_id: str, request: Request, platform: ThePlatform, administrator: TheAdministrator
) -> Response:
    """Show one grant."""
    for grant in await _granted(platform, administrator.tenant):
        if str(grant.id) == grant_id:
            context = await linked_context(request, platform.resources.library, administrator.tenant)
            return told(to_document(grant, context.compact), context)
    raise changes.unknown_grant(grant_id)


@routes.delete(
    "/{grant_id}",
    openapi_extra=describe(_TAG, {204: Reply("It is taken back")}, ids=_ID, fails=(NotFound,), caller="administrator"),
)
async def delete_grant(grant_id: str, platform: ThePlatform, administrator: TheAdministrator) -> Response:
    """Take a grant back."""
    await changes.delete_grant(platform.resources.rights, administrator.tenant, grant_id)
    return Response(status_code=204)


async def _granted(platform: Platform, tenant: str) -> tuple[Grant, ...]:
    return (await platform.resources.rights.policy_of(tenant)).grants


async def _require_key(platform: Platform, tenant: str, key_id: str) -> None:
    """Refuse a grant to a key that nobody has: it would open nothing, and nobody would notice."""
    keys = await platform.keyring.list_keys(tenant)
    if not any(key.id == key_id and key.kind == "user" for key in keys):
        raise BadRequestData(f"Member 'subject.id': the tenant has no user's key {key_id}; see `allmende keys list`")
