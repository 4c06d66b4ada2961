# SPDX-License-Identifier: EUPL-1.2
"""Who may call: writes need an administrator's key; a connector's key opens MQTT only."""

from collections.abc import Mapping
from dataclasses import dataclass

from allmende.errors import Forbidden, KeyRequired
from auth.keys import Keyring
from auth.tenants import unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The keys of the platform, and what they are needed for."""

    keyring: Keyring
    open: bool = False
    """Nothing needs a key."""
    open_reads: bool = True
    """Reads need none; else they need an administrator's until rights decide."""

    async def admit(self, headers: Mapping[bytes, bytes], tenant: str, *, writes: bool) -> None:
        """Let a call pass, or raise what it lacks."""
        if not self.open and (writes or not self.open_reads):
            await self.require_administrator(headers, tenant)

    async def require_administrator(self, headers: Mapping[bytes, bytes], tenant: str | None) -> str | None:
        """Demand the key of an administrator of the tenant (None: of any); return the tenant that it is bound to.

        To the administrator of another tenant this one is as unknown as one that is not there.
        """
        if self.open:
            return None
        key = find_key(headers)
        if key is None:
            raise KeyRequired("Send an administrator's key as X-API-Key or as Authorization: Bearer")
        principal = self.keyring.recall(key) or await self.keyring.verify(key)
        if principal is None:
            raise KeyRequired("The key is unknown, expired or revoked; `allmende keys create` makes another")
        if principal.kind != "admin":
            raise Forbidden("A connector's key opens its topics on MQTT and no HTTP; use an administrator's key")
        if tenant is not None and not principal.may_administer(tenant):
            raise unknown(tenant)
        return principal.tenant


def find_key(headers: Mapping[bytes, bytes]) -> str | None:
    """The key that a request carries."""
    key = headers.get(b"x-api-key")
    if key is None:
        scheme, _, key = headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() != b"bearer":
            return None
    return key.strip().decode("latin-1") or None
