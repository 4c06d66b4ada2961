# SPDX-License-Identifier: EUPL-1.2
"""The keys of an issuer as this process knows them: asked for seldom, once for all who wait, and kept while it is away."""

import asyncio
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import structlog

from allmende.errors import AllmendeError, InvalidRequest, InvalidToken, Unavailable
from allmende.outbound.failures import NoAnswer
from allmende.payloads import parse_json
from auth.issuers import Issuer
from auth.tokens import Key

Fetch: TypeAlias = Callable[[str], Awaitable[bytes]]
"""Gives the document at an address; raises NoAnswer."""

FRESH_S: Final = 600.0
"""So long keys are believed without asking again."""
EARLY_S: Final = 480.0
"""From then on they are asked for in the background, so that nobody waits for them."""
KEPT_S: Final = 24 * 3600.0
"""So long they are believed while the issuer is away."""
FOR_A_KEY_S: Final = 30.0
"""How often the issuer is asked at most because of a key that it did not tell."""
_WINDOW_S: Final = 60.0
_IN_WINDOW: Final = 2
_LONGEST_PAUSE_S: Final = 30.0
_MOST_KEYS: Final = 100
_MOST_ABSENT: Final = 1_000
_RSA_BYTES: Final = range(256, 1025)

_log = structlog.get_logger()


class _Useless(AllmendeError):
    """What the issuer answers is no set of keys; the words follow its address."""


def parse_keys(raw: bytes) -> Mapping[str, Key]:
    """The keys of a JWK set by their `kid`, as far as tokens may be signed by them."""
    keys: dict[str, Key] = {}
    listed = _parse(raw).get("keys")
    for document in listed[:_MOST_KEYS] if isinstance(listed, list) else ():
        key = _to_key(document) if isinstance(document, dict) else None
        if key is not None:
            keys.setdefault(document["kid"], key)
    if not keys:
        raise _Useless("tells no key that tokens may be signed by")
    return keys


def _to_key(document: Mapping[str, Any]) -> Key | None:
    """A key to verify with; None where it is for something else, too short, or not understood."""
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey, RSAKey

    kind, said = document.get("kty"), document.get("alg")
    members = {"RSA": ("n", "e"), "EC": ("crv", "x", "y")}.get(kind if isinstance(kind, str) else "")
    if members is None or document.get("use", "sig") != "sig" or not isinstance(document.get("kid"), str):
        return None
    parts = {name: document.get(name) for name in members}
    if not all(isinstance(part, str) for part in parts.values()):
        return None
    if kind == "RSA" and len(str(parts["n"])) * 3 // 4 not in _RSA_BYTES:
        return None
    if kind == "EC" and parts["crv"] != "P-256":
        return None
    parts["kty"] = kind
    able = frozenset({"RS256", "PS256"} if kind == "RSA" else {"ES256"})
    if said is not None:
        able = frozenset(each for each in able if each == said)
    try:
        # What it holds was looked at above.
        value = RSAKey.import_key(parts) if kind == "RSA" else ECKey.import_key(parts)  # type: ignore[arg-type]
        value.public_key  # noqa: B018 - it is made here, and fails here
    except (JoseError, ValueError, TypeError):
        return None
    return Key(value, able) if able else None


def _parse(raw: bytes) -> Mapping[str, Any]:
    try:
        document = parse_json(raw)
    except InvalidRequest as error:
        raise _Useless("answers with what is no JSON") from error
    if not isinstance(document, dict):
        raise _Useless("answers with what is no JSON object")
    return document


@dataclass(slots=True, eq=False)
class Keys:
    """The keys of one issuer."""

    issuer: Issuer
    fetch: Fetch
    clock: Callable[[], float] = time.monotonic
    trouble: str | None = None
    """Why they cannot be renewed."""
    _known: Mapping[str, Key] = field(default_factory=dict)
    _told: float = -math.inf
    """When it told its keys."""
    _address: str | None = None
    _flight: "asyncio.Task[None] | None" = None
    _failures: int = 0
    _not_before: float = -math.inf
    _recent: deque[float] = field(default_factory=lambda: deque(maxlen=_IN_WINDOW))
    _asked_for_key: float = -math.inf
    _absent: set[str] = field(default_factory=set)
    """Keys that it did not have when it was asked because of them."""

    async def find(self, kid: str) -> Key:
        """A key; InvalidToken where the issuer has none of this name, Unavailable where nobody knows now."""
        now = self.clock()
        age = now - self._told
        if age < EARLY_S and kid in self._known:
            return self._known[kid]
        if age >= KEPT_S:
            self._known = {}
        if kid in self._known and (age < FRESH_S or self._failures):
            self.begin()
            return self._known[kid]
        is_sure = False
        if age >= FRESH_S or self._flight is not None:
            # What was under way before may have been answered before the key was made.
            is_sure = self._flight is None
            await self._renewed()
        if kid not in self._known and not is_sure and self._may_ask_for_key():
            self._asked_for_key, is_sure = self.clock(), True
            await self._renewed()
        key = self._known.get(kid)
        if key is None:
            if is_sure and not self._failures and len(self._absent) < _MOST_ABSENT:
                self._absent.add(kid)
            raise self._unknown(kid)
        return key

    def begin(self) -> None:
        """Ask the issuer in the background, unless that is under way or was in vain a moment ago."""
        if self._flight is None and self.clock() >= self._not_before:
            self._flight = asyncio.create_task(self._renew(), name="issuer")

    def is_away(self) -> bool:
        """Whether the issuer gave no answer when it was last asked."""
        return self.trouble is not None

    async def settle(self) -> None:
        """Wait until a question that is under way has its answer."""
        if self._flight is not None:
            await asyncio.shield(self._flight)

    async def close(self) -> None:
        """Ask no more."""
        if self._flight is not None:
            self._flight.cancel()
            await asyncio.gather(self._flight, return_exceptions=True)

    def _may_ask_for_key(self) -> bool:
        now = self.clock()
        if self._failures:
            return now >= self._not_before
        return now >= self._may_ask_from()

    def _may_ask_from(self) -> float:
        """When the issuer may be asked because of a key that it did not tell."""
        full = len(self._recent) == _IN_WINDOW
        return max(self._asked_for_key + FOR_A_KEY_S, self._recent[0] + _WINDOW_S if full else -math.inf)

    def _unknown(self, kid: str) -> InvalidToken | Unavailable:
        if self._failures:
            return Unavailable(
                "The issuer of the token does not answer, and its key is not known here; try again",
                retry_after=self._wait_s(self._not_before),
            )
        if kid in self._absent:
            return InvalidToken("The token is signed by a key that its issuer does not have; ask it for a new token")
        return Unavailable(
            "The key of the token is not known here yet, and its issuer was asked a moment ago; try again",
            retry_after=self._wait_s(self._may_ask_from()),
        )

    def _wait_s(self, until: float) -> int:
        return max(1, math.ceil(until - self.clock()))

    async def _renewed(self) -> None:
        """Wait for the keys; whoever gives up waiting leaves the others what they wait for."""
        self.begin()
        await self.settle()

    async def _renew(self) -> None:
        try:
            known = parse_keys(await self.fetch(await self._find_address()))
        except (NoAnswer, _Useless) as error:
            self._fail(error)
        else:
            if self._failures:
                _log.info("issuer_back", issuer=self.issuer.issuer)
            self._known, self._told, self._failures, self.trouble = known, self.clock(), 0, None
            self._recent.append(self._told)
            self._absent.clear()
        finally:
            self._flight = None

    def _fail(self, error: AllmendeError) -> None:
        self.trouble = f"{self.issuer.jwks or self._address or self.issuer.issuer} {error}"
        if not self._failures:
            _log.warning("issuer_away", issuer=self.issuer.issuer, explanation=self.trouble)
        self._not_before = self.clock() + min(_LONGEST_PAUSE_S, 2.0**self._failures)
        self._failures += 1
        if self.issuer.jwks is None:
            self._address = None

    async def _find_address(self) -> str:
        """Where the keys are: as the settings say, else as the issuer's OpenID configuration does (Discovery 1.0, 4)."""
        if self.issuer.jwks is not None:
            return self.issuer.jwks
        if self._address is None:
            document = _parse(await self.fetch(f"{self.issuer.issuer.rstrip('/')}/.well-known/openid-configuration"))
            address = document.get("jwks_uri")
            if document.get("issuer") != self.issuer.issuer:
                raise _Useless(
                    "has an OpenID configuration of another issuer; ALLMENDE_ISSUERS must name it as that does"
                )
            if not isinstance(address, str):
                raise _Useless("has an OpenID configuration without 'jwks_uri'")
            self._address = address
        return self._address
