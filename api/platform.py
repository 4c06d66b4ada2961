# SPDX-License-Identifier: EUPL-1.2
"""What the routes of FastAPI are given: the platform's parts, who calls, and checked bodies."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import orjson
from fastapi import Depends, Request, Response
from pydantic import BaseModel, ValidationError

from allmende.errors import BadRequestData, Forbidden, UnsupportedMediaType
from allmende.payloads import parse_json
from api.assets import Assets
from api.face import Face
from api.languages import COOKIE, choose_language
from api.shares import Shares
from auth.keys import Keyring
from auth.policy import Visible
from auth.principals import Principal
from auth.tenants import DEFAULT, require_name
from broker.engine.resources import Resources
from broker.web.access import Access
from broker.web.exchange import to_mapping
from broker.web.negotiation import JSON, media_type_of

M = TypeVar("M", bound=BaseModel)
READS: Final = ["GET", "HEAD"]
SCOPES: Final = {
    "/admin/attributes": "datasets:manage",
    "/admin/deadletters": "connectors:manage",
    "/admin/grants": "grants:manage",
    "/admin/keys": "grants:manage",
    "/admin/tenants": "tenants:manage",
    "/datasets": "datasets:manage",
}
"""What an administrator's token must have been given for. Who makes keys makes those of administrators, too."""
NO_SCOPE: Final = ""
BY_CALLER: Final = "Authorization, NGSILD-Tenant, X-API-Key"
"""Headers of requests by which answers differ: whose data, and who may see them."""
PAGE_LANGUAGE: Final = "X-Page-Language"
BY_LANGUAGE: Final = f"Accept-Language, Cookie, {PAGE_LANGUAGE}"
"""Those by which words differ."""


@dataclass(frozen=True, slots=True)
class Platform:
    """The parts that routes use."""

    resources: Resources
    keyring: Keyring
    access: Access
    trouble: Callable[[], str | None] = lambda: None
    """What does not work while requests are answered."""
    data: Path | None = None
    """The folder below which the sockets of webhooks lie."""
    mqtt: str = ""
    """Where MQTT is reached, from this machine where it is its own; empty where nobody said."""
    assets: Assets = field(default_factory=Assets.of)
    face: Face = field(default_factory=Face)
    """What the town chose of its pages."""
    shares: Shares = field(default_factory=Shares)
    """Who has how many streams of events."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: of which tenant, what of it, and in which language."""

    tenant: str
    visible: Visible
    language: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks what there is: `principal` is None where nobody says who asks; whoever administers sees all."""

    tenant: str
    principal: Principal | None
    sees_all: bool


@dataclass(frozen=True, slots=True)
class Administrator:
    """Who may administer the tenant of the request; `wide`: and every other one."""

    tenant: str
    wide: bool


def platform_of(request: Request) -> Platform:
    """The platform that the application was built with."""
    platform: Platform = request.app.state.platform
    return platform


def tenant_of(request: Request) -> str:
    """The tenant that a request names."""
    return require_name(request.headers.get("ngsild-tenant", DEFAULT))


async def require_administrator(request: Request) -> Administrator:
    """Demand an administrator of the tenant of the request."""
    tenant = tenant_of(request)
    headers = to_mapping(request.scope["headers"])
    scope = administrative_scope(request.url.path)
    bound = await platform_of(request).access.require_administrator(headers, tenant, scope=scope)
    return Administrator(tenant, wide=bound is None)


async def admit_reader(request: Request) -> Reader:
    """Let a reader pass: reads are open, or need a key. Whoever passes sees all: whose rights decide is refused here."""
    tenant = tenant_of(request)
    caller = await platform_of(request).access.admit(to_mapping(request.scope["headers"]), tenant, writes=False)
    if caller is not None:
        raise Forbidden("This path does not know yet what is granted to users; ask /ngsi-ld/v1/ and /datasets")
    return Reader(tenant, Visible.everything(), language_of(request))


def administrative_scope(path: str) -> str:
    """The scope of a token that a path is for; one that nobody thought of is for keys only."""
    return next(
        (scope for prefix, scope in SCOPES.items() if path == prefix or path.startswith(f"{prefix}/")), NO_SCOPE
    )


async def admit_visitor(request: Request) -> Visitor:
    """Let a reader pass who is told what is open to everybody, and what is granted to whoever shows a key."""
    tenant, access = tenant_of(request), platform_of(request).access
    principal = None if access.open else await access.identify(to_mapping(request.scope["headers"]), tenant)
    return Visitor(
        tenant, principal, sees_all=access.open or (principal is not None and principal.may_administer(tenant))
    )


def language_of(request: Request) -> str:
    """The language of the answer; a part that an open page asks for has the page's own, whatever was chosen since."""
    asked = request.query_params.get("lang") or request.headers.get(PAGE_LANGUAGE)
    return choose_language(asked, request.cookies.get(COOKIE), request.headers.get("accept-language", ""))


async def read_model(request: Request, model: type[M]) -> M:
    """The JSON body of a request as a model; what is wrong with it is named."""
    if media_type_of(request.headers.get("content-type", "")) != JSON:
        raise UnsupportedMediaType("Send application/json and say so in Content-Type")
    document = parse_json(await request.body())
    try:
        return model.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the body"
        raise BadRequestData(f"Field '{place}': {first['msg']}") from error


def to_json(content: Any) -> bytes:
    """JSON, times with Z as everywhere else."""
    return orjson.dumps(content, option=orjson.OPT_UTC_Z)


def json_response(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer of JSON; where nothing else is said, caches ask before they give it again."""
    known = {"cache-control": "no-cache", "vary": f"Accept, {BY_CALLER}", **(headers or {})}
    return Response(to_json(content), status, known, JSON)


ThePlatform = Annotated[Platform, Depends(platform_of)]
TheReader = Annotated[Reader, Depends(admit_reader)]
TheVisitor = Annotated[Visitor, Depends(admit_visitor)]
TheAdministrator = Annotated[Administrator, Depends(require_administrator)]
