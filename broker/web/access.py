# SPDX-License-Identifier: EUPL-1.2
"""Who may call: writes need an administrator's key, a user's reads what is granted; a connector's key opens MQTT only."""

from collections.abc import Mapping
from dataclasses import dataclass

from allmende.errors import Forbidden, KeyRequired
from auth.keys import Keyring
from auth.principals import Principal
from auth.tenants import unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The keys of the platform, and what they are needed for."""

    keyring: Keyring
    open: bool = False
    """Nothing needs a key."""
    open_reads: bool = True
    """Reads need none; else they need an administrator's until rights decide."""

    async def admit(self, headers: Mapping[bytes, bytes], tenant: str, *, writes: bool) -> Principal | None:
        """Let a call pass, or raise what it lacks; whose rights decide what it sees, None where it sees all."""
        if self.open:
            return None
        if writes:
            await self.require_administrator(headers, tenant)
            return None
        principal = await self.identify(headers, tenant)
        return None if principal is None or principal.may_administer(tenant) else principal

    async def identify(self, headers: Mapping[bytes, bytes], tenant: str) -> Principal | None:
        """Who reads in a tenant; None: somebody without credentials, where reads need none.

        There, the keys of connectors and of other tenants' administrators say no more than none; a wrong key is refused.
        """
        key = find_key(headers)
        principal = None if key is None else self.keyring.recall(key) or await self._verify(key)
        if principal is not None and principal.kind not in {"admin", "connector"}:
            if principal.tenant != tenant:
                raise unknown(tenant)
            return principal
        if principal is not None and principal.may_administer(tenant):
            return principal
        if not self.open_reads:
            if key is None:
                raise KeyRequired("Send a key as X-API-Key or as Authorization: Bearer")
            await self.require_administrator(headers, tenant)
        return None

    async def require_administrator(self, headers: Mapping[bytes, bytes], tenant: str | None) -> str | None:
        """Demand the key of an administrator of the tenant (None: of any); return the tenant that it is bound to.

        To the administrator of another tenant this one is as unknown as one that is not there.
        """
        if self.open:
            return None
        key = find_key(headers)
        if key is None:
            raise KeyRequired("Send an administrator's key as X-API-Key or as Authorization: Bearer")
        principal = self.keyring.recall(key) or await self._verify(key)
        if principal.kind == "connector":
            raise Forbidden("A connector's key opens its topics on MQTT and no HTTP; use an administrator's key")
        if principal.kind != "admin":
            raise Forbidden("A user's key reads what is granted to it, and no more yet; use an administrator's key")
        if tenant is not None and not principal.may_administer(tenant):
            raise unknown(tenant)
        return principal.tenant

    async def _verify(self, key: str) -> Principal:
        principal = await self.keyring.verify(key)
        if principal is None:
            raise KeyRequired("The key is unknown, expired or revoked; `allmende keys create` makes another")
        return principal


def find_key(headers: Mapping[bytes, bytes]) -> str | None:
    """The key that a request carries."""
    key = headers.get(b"x-api-key")
    if key is None:
        scheme, _, key = headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() != b"bearer":
            return None
    return key.strip().decode("latin-1") or None
