# SPDX-License-Identifier: EUPL-1.2
"""What callers may see, as one process knows it: compiled once for each version of a tenant's rights and each set of names.

Whoever changes rights tells all processes by NOTIFY. A process that listens trusts what it has read until it is told; one that
cannot listen asks for the version again after a second.
"""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from allmende.database.pool import Database
from auth.granting.compiling import Compiled, compile_rights
from auth.granting.rows import get_policy
from auth.granting.values import Policy
from auth.policy import Visible
from auth.principals import Principal, Subject
from auth.tenants import Tenants

CHANNEL: Final = "allmende_rights_1"
"""On which `platform.rights_changed` tells the schema of the tenant."""
TRUSTED_S: Final = 1.0
"""How long a process that hears nothing trusts what it has read."""
_MOST: Final = 10_000
"""Sets of names that are remembered of a tenant."""
_EVERYTHING: Final = Visible.everything()
_NOBODY: Final[frozenset[Subject]] = frozenset()


@dataclass(slots=True)
class Known:
    """The rights of a tenant, and what was made of them."""

    policy: Policy
    until: float
    """Of the clock below."""
    compiled: dict[frozenset[Subject], Compiled] = field(default_factory=dict)
    values: dict[Visible, Visible] = field(default_factory=dict)
    """Equal rights are one value, whoever has them."""

    def visible_to(self, subjects: frozenset[Subject], now: datetime) -> Visible:
        """What whoever is called so may see."""
        compiled = self.compiled.get(subjects)
        if compiled is None or not compiled.holds_at(now):
            compiled = compile_rights(self.policy, subjects, now)
            if len(self.compiled) >= _MOST:
                self.compiled.clear()
                self.values.clear()
            visible = self.values.setdefault(compiled.visible, compiled.visible)
            compiled = self.compiled[subjects] = Compiled(visible, compiled.since, compiled.until)
        return compiled.visible


@dataclass(slots=True)
class Rights:
    """The rights of all tenants; `recall` answers without I/O wherever that is possible."""

    database: Database
    tenants: Tenants
    clock: Callable[[], float] = time.monotonic
    _known: dict[str, Known] = field(default_factory=dict)
    """By schema."""
    _reading: dict[str, asyncio.Lock] = field(default_factory=dict)
    _is_told: bool = False
    """Whether this process hears of changes."""
    _changes: int = 0
    """How often something may have changed: what was read meanwhile may be older."""

    def recall(self, tenant: str, principal: Principal | None, now: datetime) -> Visible | None:
        """What a caller may see in a tenant, where this process knows; no I/O."""
        if principal is not None and principal.may_administer(tenant):
            return _EVERYTHING
        known = self._fresh(self.tenants.known_schema(tenant))
        return None if known is None else known.visible_to(names_of(principal, tenant), now)

    async def of(self, tenant: str, principal: Principal | None, now: datetime) -> Visible:
        """What a caller may see in a tenant; None as the caller is nobody in particular.

        Raises NonexistentTenant, and Unavailable where the database is away.
        """
        visible = self.recall(tenant, principal, now)
        if visible is None:
            known = await self._require(await self.tenants.schema_of(tenant))
            visible = known.visible_to(names_of(principal, tenant), now)
        return visible

    async def policy_of(self, tenant: str) -> Policy:
        """All datasets and grants of a tenant."""
        return (await self._require(await self.tenants.schema_of(tenant))).policy

    def forget(self, notice: str) -> None:
        """The rights of a tenant may have changed, by its schema."""
        self._changes += 1
        self._known.pop(notice, None)

    def begin_to_listen(self) -> None:
        """From now on this process is told of every change; what it knows may be older."""
        self._doubt_all(is_told=True)

    def cease_to_listen(self) -> None:
        """From now on this process is told nothing."""
        self._doubt_all(is_told=False)

    def _doubt_all(self, *, is_told: bool) -> None:
        self._is_told = is_told
        self._changes += 1
        for known in self._known.values():
            known.until = -math.inf

    def _fresh(self, schema: str | None) -> Known | None:
        known = None if schema is None else self._known.get(schema)
        return known if known is not None and known.until > self.clock() else None

    async def _require(self, schema: str) -> Known:
        """The rights of a tenant; those who ask at the same time have them read once."""
        async with self._reading.setdefault(schema, asyncio.Lock()):
            return self._fresh(schema) or await self._read(schema)

    async def _read(self, schema: str) -> Known:
        old = self._known.get(schema)
        begun, changes = self.clock(), self._changes
        async with self.database.reading(schema) as connection:
            policy = await get_policy(connection, schema, None if old is None else old.policy)
        known = old if old is not None and old.policy is policy else Known(policy, begun)
        if self._changes == changes:
            known.until = math.inf if self._is_told else begun + TRUSTED_S
            self._known[schema] = known
        return known


def names_of(principal: Principal | None, tenant: str) -> frozenset[Subject]:
    """What grants of a tenant may call a caller: one of another tenant is nobody here."""
    return principal.subjects if principal is not None and principal.tenant == tenant else _NOBODY
