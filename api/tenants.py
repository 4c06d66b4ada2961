# SPDX-License-Identifier: EUPL-1.2
"""`/admin/tenants`: an administrator of the platform makes, lists and deletes tenants, and moves them as archives.

An administrator of one tenant sees and exports that one; of the others it is not told whether they are there.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse

from allmende.errors import (
    AlreadyExists,
    BadRequestData,
    Conflict,
    InvalidRequest,
    OperationNotSupported,
    UnsupportedMediaType,
)
from api.openapi.describing import describe
from api.platform import BY_CALLER, ThePlatform, administrative_scope, json_response, platform_of, read_model
from auth.archives.exporting import export_tenant
from auth.archives.importing import import_tenant
from auth.archives.manifest import file_name
from auth.tenants import DEFAULT, Tenant, require_name, unknown
from broker.web.access import find_token
from broker.web.exchange import Receive, Scope, Send, to_mapping
from broker.web.negotiation import media_type_of
from broker.web.openapi.parts import Parameter, Reply

routes: Final = APIRouter(prefix="/admin/tenants")
GZIP: Final = "application/gzip"


class TenantRequest(BaseModel):
    """The name of a new tenant, and that of an administrator's key of it where one is wanted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    key: str | None = None
    expires_at: AwareDatetime | None = None


async def require_any(request: Request) -> str | None:
    """Demand an administrator, be it of the platform (None) or, by a key, of one tenant."""
    access, headers = platform_of(request).access, to_mapping(request.scope["headers"])
    if find_token(headers) is None:
        return await access.require_administrator(headers, None)
    await access.require_manager(headers)
    return None


async def require_manager(request: Request) -> None:
    """Demand whoever may make and delete tenants."""
    await platform_of(request).access.require_manager(to_mapping(request.scope["headers"]))


async def require_tenant(tenant: str, request: Request) -> Tenant:
    """Demand an administrator of the tenant of the path, and that it is there."""
    headers, scope = to_mapping(request.scope["headers"]), administrative_scope(request.url.path)
    await platform_of(request).access.require_administrator(headers, require_name(tenant), scope=scope)
    for found in await platform_of(request).resources.tenants.listed(tenant):
        return found
    raise unknown(tenant)


TheTenant = Annotated[Tenant, Depends(require_tenant)]
_OF_PLATFORM: Final = [Depends(require_manager)]
_TAG: Final = "Administration"
_ID: Final = {"tenant": Parameter(means="The name of the tenant", example=DEFAULT)}
_ARCHIVE: Final = {"type": "string", "contentMediaType": GZIP}


@routes.post(
    "",
    dependencies=_OF_PLATFORM,
    openapi_extra=describe(
        _TAG,
        {201: Reply("The tenant, and its key where one was asked for, told this once", "NewTenant", ("Location",))},
        takes=TenantRequest,
        body={"name": "nordstadt", "key": "Town hall"},
        fails=(AlreadyExists, OperationNotSupported),
        caller="administrator",
    ),
)
async def create_tenant(request: Request, platform: ThePlatform) -> Response:
    """Make a tenant; with `key`, also an administrator's key of it, which the answer shows this once."""
    wanted = await read_model(request, TenantRequest)
    if wanted.key is None and wanted.expires_at is not None:
        raise BadRequestData("Field 'expires_at' is that of a key; name the key in field 'key'")
    if wanted.key is not None:
        platform.keyring.check(wanted.key, kind="admin", expires_at=wanted.expires_at)
    await platform.resources.make_tenant(wanted.name)
    told: dict[str, Any] = {"id": wanted.name}
    if wanted.key is not None:
        made = await platform.keyring.create_key(
            wanted.key, kind="admin", tenant=wanted.name, expires_at=wanted.expires_at
        )
        told["key"] = made.key
    return _created(told)


@routes.get("", openapi_extra=describe(_TAG, {200: Reply("The tenants", "Tenants")}, caller="administrator"))
async def list_tenants(platform: ThePlatform, bound: Annotated[str | None, Depends(require_any)]) -> Response:
    """List the tenants; an administrator of one sees that one."""
    return json_response(await platform.resources.tenants.listed(bound))


@routes.post(
    "/import",
    dependencies=_OF_PLATFORM,
    openapi_extra={
        **describe(
            _TAG,
            {201: Reply("The tenant", "NewTenant", ("Location",))},
            told={
                "name": Parameter(means="The name of the new tenant, if not that of the archive", example="nordstadt")
            },
            fails=(AlreadyExists, Conflict, OperationNotSupported, UnsupportedMediaType),
            caller="administrator",
        ),
        "requestBody": {"required": True, "content": {GZIP: {"schema": _ARCHIVE}}},
    },
)
async def import_a_tenant(
    request: Request, platform: ThePlatform, name: Annotated[str | None, Query()] = None
) -> Response:
    """Make a tenant of an archive, whole or not at all."""
    if media_type_of(request.headers.get("content-type", "")) != GZIP:
        raise UnsupportedMediaType(f"Send an archive as {GZIP} and say so in Content-Type")
    if name is not None:
        require_name(name)
    tenant = await import_tenant(platform.resources.database, _body(request), name)
    platform.resources.forget_tenant(tenant)
    return _created({"id": tenant})


@routes.get(
    "/{tenant}", openapi_extra=describe(_TAG, {200: Reply("The tenant", "Tenant")}, ids=_ID, caller="administrator")
)
async def get_tenant(found: TheTenant) -> Response:
    """Show one tenant."""
    return json_response(found)


@routes.get(
    "/{tenant}/export",
    openapi_extra=describe(
        _TAG, {200: Reply("An archive", _ARCHIVE)}, ids=_ID, offers=(GZIP,), fails=(Conflict,), caller="administrator"
    ),
)
async def export_a_tenant(found: TheTenant, platform: ThePlatform) -> Response:
    """Take all of a tenant, as it is at this moment, as a compressed tar of CSV files."""
    pieces = export_tenant(platform.resources.database, found.id)
    # The first piece is read before anything is sent, so that what is wrong can still be said.
    first = await anext(pieces)
    return Archive(first, pieces, file_name(found.id, datetime.now(UTC)))


@routes.delete(
    "/{tenant}",
    dependencies=_OF_PLATFORM,
    openapi_extra=describe(
        _TAG,
        {204: Reply("It is gone")},
        ids={"tenant": Parameter(means="The name of the tenant", example="nordstadt")},
        fails=(Conflict, OperationNotSupported),
        caller="administrator",
    ),
)
async def delete_tenant(tenant: str, platform: ThePlatform) -> Response:
    """Delete a tenant with all that it has, its keys and snapshots included; nothing of it is kept."""
    try:
        await platform.resources.drop_tenant(require_name(tenant))
    finally:
        platform.keyring.forget()
    return Response(status_code=204)


class Archive(StreamingResponse):
    """An archive on its way; whoever goes away ends its transaction at once."""

    def __init__(self, first: bytes, pieces: AsyncGenerator[bytes, None], name: str) -> None:
        headers = {
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "no-store",
            "vary": BY_CALLER,
        }
        self._pieces = pieces
        super().__init__(_joined(first, pieces), headers=headers, media_type=GZIP)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        async with aclosing(self._pieces):
            await super().__call__(scope, receive, send)


async def _joined(first: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in pieces:
        yield piece


async def _body(request: Request) -> AsyncIterator[bytes]:
    """The body of a request as it comes."""
    try:
        async for piece in request.stream():
            yield piece
    except ClientDisconnect as error:
        raise InvalidRequest("The archive broke off") from error


def _created(told: dict[str, Any]) -> Response:
    return json_response(told, 201, {"location": f"/admin/tenants/{told['id']}", "cache-control": "no-store"})
