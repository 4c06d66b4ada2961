# SPDX-License-Identifier: EUPL-1.2
"""Who may call: writes need an administrator's key or token; a connector's key opens MQTT only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from allmende.errors import Forbidden, InvalidRequest, KeyRequired, NonexistentTenant
from auth.keys import Keyring
from auth.policy import Visible
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
        """Let a call pass, or raise what it lacks; whose token it is, where that is not an administrator's."""
        if self.open:
            return None
        if writes or not self.open_reads:
            await self.require_administrator(headers, tenant, scope=scope)
            return None
        token = find_token(headers)
        return None if token is None else await self.trust.verify(token, tenant)

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
        principal = self.keyring.recall(key) or await self.keyring.verify(key)
        if principal is None:
            raise KeyRequired("The key is unknown, expired or revoked; `allmende keys create` makes another")
        if principal.kind != "admin":
            raise Forbidden("A connector's key opens its topics on MQTT and no HTTP; use an administrator's key")
        return principal


def visible_to(caller: Principal | None) -> Visible:  # noqa: ARG001 - until rights decide, whoever is let pass sees all
    """What a caller sees who was let pass: the one place where that is chosen by whom the caller is."""
    return _EVERYTHING


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
    if not principal.allows(scope):
        lacking = f"the scope {scope!r}" if scope else "a scope that opens this, since there is none; use a key"
        raise Forbidden(f"The token lacks {lacking}")


_EVERYTHING = Visible.everything()
