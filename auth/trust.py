# SPDX-License-Identifier: EUPL-1.2
"""The issuers whose tokens a platform believes, as one process knows them: from a token to whom its bearer is."""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from prometheus_client import CollectorRegistry

from allmende.errors import InvalidToken, Unavailable
from auth.bearers import Bearer, to_bearer, to_principal
from auth.issuers import Issuer
from auth.jwks import Fetch, Keys
from auth.metrics import BELIEVED, REFUSED, REMEMBERED, UNKNOWN_KEY, TokenMetrics
from auth.principals import Principal
from auth.tenants import unknown
from auth.tokens import LEEWAY_S, MOST_BYTES, check_claims, check_signature, parse_token, require_issuer

REMEMBERED_S: Final = 60.0
"""How long a token that was verified is believed without another look at its signature."""
_MOST_LETTERS: Final = 16 * 1024 * 1024
"""All tokens that are remembered are so long together; what is known of one is at most some ten times its length."""


@dataclass(slots=True)
class _Remembered:
    """A token that was verified, and whom it made of its bearer last."""

    bearer: Bearer
    until: float
    """On the clock that nobody sets."""
    length: int
    principal: Principal | None = None


@dataclass(slots=True)
class Trust:
    """The issuers of the settings, their keys, and the tokens that were verified a moment ago."""

    issuers: dict[str, Issuer] = field(default_factory=dict)
    keys: dict[str, Keys] = field(default_factory=dict)
    now: Callable[[], float] = time.time
    clock: Callable[[], float] = time.monotonic
    metrics: TokenMetrics | None = None
    _names: tuple[str, ...] = ()
    _letters: int = 0
    _verified: dict[bytes, _Remembered] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        issuers: Sequence[Issuer],
        fetch: Fetch,
        *,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
        registry: CollectorRegistry | None = None,
    ) -> "Trust":
        """Believe these issuers; `fetch` asks them for their keys."""
        trust = cls(
            issuers={issuer.issuer: issuer for issuer in issuers},
            keys={issuer.issuer: Keys(issuer, fetch, clock) for issuer in issuers},
            now=now,
            clock=clock,
            metrics=None if registry is None else TokenMetrics.register(registry),
            _names=tuple(issuer.name for issuer in issuers if issuer.name),
        )
        if trust.metrics is not None:
            for name, keys in trust.keys.items():
                trust.metrics.away.labels(name).set_function(keys.is_away)
        return trust

    def begin(self) -> None:
        """Ask every issuer for its keys, without waiting: a platform serves while they are away."""
        for keys in self.keys.values():
            keys.begin()

    @property
    def trouble(self) -> str | None:
        """What does not work, in words for anybody; None where all does."""
        if all(keys.trouble is None for keys in self.keys.values()):
            return None
        return "An issuer of access tokens does not answer; tokens whose keys are known go on for a day"

    async def close(self) -> None:
        """Ask nobody any more."""
        for keys in self.keys.values():
            await keys.close()

    async def verify(self, token: str, tenant: str) -> Principal:
        """Whom a token makes of its bearer in a tenant.

        Raises InvalidToken, Unavailable where its key is not known and cannot be asked for, and NonexistentTenant where
        the token is for another tenant.
        """
        remembered = await self._remembered(token)
        principal = remembered.principal
        if principal is None or principal.tenant != tenant:
            principal = to_principal(remembered.bearer, tenant, self._names)
            if principal is None:
                raise unknown(tenant)
            remembered.principal = principal
        return principal

    async def _remembered(self, token: str) -> _Remembered:
        sha256 = hashlib.sha256(token[: MOST_BYTES + 1].encode("utf-8", "replace")).digest()
        remembered = self._recall(sha256)
        if remembered is not None:
            self._count(REMEMBERED)
            return remembered
        try:
            bearer = await self._believe(token)
        except (InvalidToken, Unavailable) as error:
            self._count(REFUSED if isinstance(error, InvalidToken) else UNKNOWN_KEY)
            raise
        self._count(BELIEVED)
        remembered = _Remembered(bearer, self.clock() + REMEMBERED_S, len(token))
        self._remember(sha256, remembered)
        return remembered

    def _count(self, outcome: str) -> None:
        if self.metrics is not None:
            self.metrics.count(outcome)

    async def _believe(self, text: str) -> Bearer:
        if not self.issuers:
            raise InvalidToken(
                "This platform takes no tokens: ALLMENDE_ISSUERS names no issuer; send a key as X-API-Key"
            )
        token = parse_token(text)
        issuer = require_issuer(token, self.issuers)
        check_signature(token, await self.keys[issuer.issuer].find(token.kid))
        check_claims(token, issuer, self.now())
        return to_bearer(token.claims, issuer)

    def _recall(self, sha256: bytes) -> _Remembered | None:
        remembered = self._verified.get(sha256)
        if remembered is None:
            return None
        if remembered.until > self.clock() and remembered.bearer.expires + LEEWAY_S > self.now():
            return remembered
        self._forget(sha256)
        return None

    def _remember(self, sha256: bytes, remembered: _Remembered) -> None:
        if sha256 in self._verified:  # somebody else showed it at the same time
            self._forget(sha256)
        self._letters += remembered.length
        while self._verified and self._letters > _MOST_LETTERS:
            self._forget(next(iter(self._verified)))
        self._verified[sha256] = remembered

    def _forget(self, sha256: bytes) -> None:
        self._letters -= self._verified.pop(sha256).length
