# SPDX-License-Identifier: EUPL-1.2
"""Who may call: writes need an administrator, reads what is granted; a connector's key opens MQTT only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from allmende.errors import Forbidden, InvalidRequest, KeyRequired, NonexistentTenant
from auth.keys import Keyring
from auth.principals import Principal
from auth.tenants import DEFAULT, unknown
from auth.tokens import looks_like_token
from auth.trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The keys and the issuers of a platform, and what they are needed for."""

    keyring: Keyring
    trust: Trust = field(default_factory=Trust)
    open: bool = False
    """Nothing needs a key."""
    open_reads: bool = True
    """Reads need none; else they need an administrator's until rights decide."""

    async def admit(
        self, headers: Mapping[bytes, bytes], tenant: str, *, writes: bool, scope: str = "entities:read"
    ) -> Principal | None:
        """Let a call pass, or raise what it lacks; whose rights decide what it sees, None where it sees all."""
        if self.open:
            return None
        if writes:
            await self.require_administrator(headers, tenant, scope=scope)
            return None
        principal = await self.identify(headers, tenant)
        if principal is None:
            return None
        _check_scope(principal, scope)
        return None if principal.may_administer(tenant) else principal

    async def identify(self, headers: Mapping[bytes, bytes], tenant: str) -> Principal | None:
        """Who reads in a tenant; None: somebody without credentials, where reads need none.

        There, the keys of connectors and of other tenants' administrators say no more than none; a wrong key is refused.
        """
        token = find_token(headers)
        if token is not None:
            return await self.trust.verify(token, tenant)
        key = find_key(headers)
        principal = None if key is None else self.keyring.recall(key) or await self._verify(key)
        if principal is not None and principal.kind == "user":
            if principal.tenant != tenant:
                raise unknown(tenant)
            return principal
        if principal is not None and principal.may_administer(tenant):
            return principal
        if not self.open_reads:
            if key is None:
                raise KeyRequired("Send a key as X-API-Key, or it or a token as Authorization: Bearer")
            await self.require_administrator(headers, tenant)
        return None

    async def require_administrator(
        self, headers: Mapping[bytes, bytes], tenant: str | None, *, scope: str = ""
    ) -> str | None:
        """Demand the key or token of an administrator of the tenant (None: of any); return the tenant that it is bound to.

        To the administrator of another tenant this one is as unknown as one that is not there. A token must have been
        given for the scope, too.
        """
        if self.open:
            return None
        token = find_token(headers)
        if token is not None:
            if tenant is None:
                raise Forbidden("A token is that of an administrator in a tenant, which this path does not ask for")
            bearer = await self.trust.verify(token, tenant)
            _check_bearer(bearer, tenant, scope)
            return bearer.tenant
        principal = await self._require_key(headers)
        if tenant is not None and not principal.may_administer(tenant):
            raise unknown(tenant)
        return principal.tenant

    async def require_manager(self, headers: Mapping[bytes, bytes]) -> None:
        """Demand whoever may create, list and delete tenants: by a key of the whole platform, or by a token."""
        if self.open:
            return
        token = find_token(headers)
        try:
            principal = await (self._require_key(headers) if token is None else self.trust.verify(token, DEFAULT))
        except NonexistentTenant:  # the issuer of one tenant manages none
            principal = None
        if principal is None or not principal.may_manage_tenants():
            raise Forbidden("Tenants are managed by administrators of the whole platform")

    def may_found(self, headers: Mapping[bytes, bytes]) -> bool:
        """Whether a caller who may write makes a tenant by it; by a token that is another right (`require_manager`)."""
        return self.open or find_token(headers) is None

    async def _require_key(self, headers: Mapping[bytes, bytes]) -> Principal:
        key = find_key(headers)
        if key is None:
            raise KeyRequired("Send an administrator's key as X-API-Key, or it or a token as Authorization: Bearer")
        principal = self.keyring.recall(key) or await self._verify(key)
        if principal.kind == "connector":
            raise Forbidden("A connector's key opens its topics on MQTT and no HTTP; use an administrator's key")
        if principal.kind != "admin":
            raise Forbidden("A user's key reads what is granted to it, and no more yet; use an administrator's key")
        return principal

    async def _verify(self, key: str) -> Principal:
        principal = await self.keyring.verify(key)
        if principal is None:
            raise KeyRequired("The key is unknown, expired or revoked; `allmende keys create` makes another")
        return principal


def find_key(headers: Mapping[bytes, bytes]) -> str | None:
    """The key that a request carries."""
    key = headers.get(b"x-api-key")
    if key is None:
        key = _bearer_of(headers)
    return (key or b"").strip().decode("latin-1") or None


def find_token(headers: Mapping[bytes, bytes]) -> str | None:
    """The access token that a request carries; raises InvalidRequest where it carries a key as well."""
    if b"authorization" not in headers:
        return None
    credentials = _bearer_of(headers)
    if credentials is None:
        return None
    if b"x-api-key" in headers:
        raise InvalidRequest("Send either X-API-Key or Authorization: Bearer; nobody knows which of the two is meant")
    text = credentials.strip().decode("latin-1")
    return text if looks_like_token(text) else None


def _bearer_of(headers: Mapping[bytes, bytes]) -> bytes | None:
    scheme, _, credentials = headers.get(b"authorization", b"").partition(b" ")
    return credentials if scheme.lower() == b"bearer" else None


def _check_bearer(principal: Principal, tenant: str, scope: str) -> None:
    if not principal.is_member:
        raise unknown(tenant)
    if not principal.may_administer(tenant):
        raise Forbidden(f"The token is not that of an administrator of tenant {tenant!r}; others write nothing yet")
    _check_scope(principal, scope)


def _check_scope(principal: Principal, scope: str) -> None:
    if not principal.allows(scope):
        lacking = f"the scope {scope!r}" if scope else "a scope that opens this, since there is none; use a key"
        raise Forbidden(f"The token lacks {lacking}")
