# SPDX-License-Identifier: EUPL-1.2
"""API keys: made, shown once, verified and revoked."""

import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from allmende.database.pool import Database
from allmende.errors import BadRequestData, NotFound
from auth import keytext
from auth.principals import KeyKind, Principal
from auth.store import keys as store
from auth.store.keys import FreshKey, KeyRow
from auth.tenants import require_name, unknown

REMEMBERED_S: Final = 1.0
"""How long a process that hears nothing trusts what it knows of a key."""
TOLD_S: Final = 5.0
"""The same of one that is told when keys end: revoking holds everywhere within this time, even where a notice is lost."""
CHANNEL: Final = "allmende_keys_1"
"""On which `platform.keys_changed` tells that keys have ended."""
_MOST: Final = 10_000
_LONGEST_NAME: Final = 200
_CONNECTOR: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key at the only time that its text is known."""

    id: str
    name: str
    key: str
    expires_at: datetime | None


@dataclass(slots=True)
class Keyring:
    """The keys of a platform, as one process knows them."""

    database: Database
    clock: Callable[[], datetime] = _now
    _known: dict[bytes, tuple[float, Principal]] = field(default_factory=dict)
    _is_told: bool = False
    """Whether this process hears when keys end."""
    _changes: int = 0
    """How often some may have ended: what was read meanwhile may be older."""

    def recall(self, key: str) -> Principal | None:
        """Whose key it is, where this was asked a moment ago; no I/O."""
        entry = self._known.get(keytext.hash_of(key))
        return entry[1] if entry and entry[0] > time.monotonic() else None

    async def verify(self, key: str) -> Principal | None:
        """Whose key it is; None where it opens nothing. Raises Unavailable where the database is away."""
        if not keytext.is_key(key):
            return None
        principal = self.recall(key)
        if principal is None:
            sha256, now, changes = keytext.hash_of(key), self.clock(), self._changes
            async with self.database.platform() as connection:
                found = await store.get_key(connection, sha256, now)
            if found is None:
                return None
            principal, expires_at = found
            left = (expires_at - now).total_seconds() if expires_at is not None else math.inf
            if self._changes == changes:
                self._remember(sha256, principal, min(left, TOLD_S if self._is_told else REMEMBERED_S))
        return principal

    def forget(self, _notice: str = "") -> None:
        """Keys have ended, here or elsewhere: ask again whose each is."""
        self._changes += 1
        self._known.clear()

    def begin_to_listen(self) -> None:
        """From now on this process is told when keys end."""
        self._is_told = True
        self.forget()

    def cease_to_listen(self) -> None:
        """From now on this process is told nothing."""
        self._is_told = False
        self.forget()

    async def create_key(
        self,
        name: str,
        *,
        kind: KeyKind,
        tenant: str | None = None,
        connector: str | None = None,
        expires_at: datetime | None = None,
    ) -> NewKey:
        """Make a key; only its hash is stored."""
        self.check(name, kind=kind, connector=connector, expires_at=expires_at)
        tenant = tenant or (None if kind == "admin" else "default")
        key = keytext.make_key()
        fresh = FreshKey(
            name=name,
            kind=kind,
            tenant=tenant,
            connector=connector,
            prefix=keytext.prefix_of(key),
            sha256=keytext.hash_of(key),
            expires_at=expires_at,
        )
        async with self.database.platform() as connection:
            if tenant is not None and await store.get_tenant(connection, require_name(tenant)) is None:
                raise unknown(tenant)
            identifier = await store.insert_key(connection, fresh)
        return NewKey(id=identifier, name=name, key=key, expires_at=expires_at)

    def check(
        self, name: str, *, kind: KeyKind, connector: str | None = None, expires_at: datetime | None = None
    ) -> None:
        """BadRequestData where no key can be made of this."""
        _check(kind, connector, name)
        if expires_at is not None and expires_at <= self.clock():
            raise BadRequestData("Field 'expires_at' must be in the future")

    async def list_keys(self, tenant: str, *, wide: bool = False) -> list[KeyRow]:
        """The keys of a tenant, the newest first; `wide`: and those of the whole platform."""
        async with self.database.platform() as connection:
            return await store.list_keys(connection, tenant, wide=wide)

    async def revoke_key(self, key_id: str, tenant: str, *, wide: bool = False) -> None:
        """End a key of a tenant (`wide`: or of the platform): here at once, in every other process when it hears of it."""
        number = _require_uuid(key_id)
        async with self.database.platform() as connection:
            if not await store.revoke_key(connection, number, tenant, self.clock(), wide=wide):
                raise NotFound(f"Key {key_id} does not exist")
        self.forget()

    def _remember(self, sha256: bytes, principal: Principal, seconds: float) -> None:
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[sha256] = (time.monotonic() + seconds, principal)


async def ensure_admin_key(database: Database) -> str | None:
    """A new administrator's key where nobody holds one that is valid; else None."""
    async with database.platform() as connection:
        if await store.has_admin_key(connection, _now()):
            return None
    created = await Keyring(database).create_key("administrator", kind="admin")
    return created.key


def _check(kind: KeyKind, connector: str | None, name: str) -> None:
    if (kind == "connector") != (connector is not None):
        raise BadRequestData("A connector's key names its connector; an administrator's or a user's key names none")
    if connector is not None and not _CONNECTOR.fullmatch(connector):
        raise BadRequestData(f"Connector {connector!r} must be 1 to 63 of a-z, 0-9 and -")
    if not (0 < len(name) <= _LONGEST_NAME and name.isprintable()):
        raise BadRequestData(f"Field 'name' must be 1 to {_LONGEST_NAME} printable characters")


def _require_uuid(text: str) -> UUID:
    """A key's id; what is none cannot exist, so it is not found."""
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound(f"Key {text} does not exist") from error
