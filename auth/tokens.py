# SPDX-License-Identifier: EUPL-1.2
"""Whether an access token is to be believed: checks one after the other, the cheap ones first, none of them with I/O.

What verifies signatures is loaded when there is one to verify: it takes 10 MiB, and most platforms believe no issuer.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from allmende.errors import InvalidRequest, InvalidToken
from allmende.payloads import parse_json
from auth.issuers import Issuer

if TYPE_CHECKING:
    from joserfc.jwk import ECKey, RSAKey
    from joserfc.jws import JWSRegistry

MOST_BYTES: Final = 8 * 1024
LEEWAY_S: Final = 30
"""How far clocks may be apart."""
ALGORITHMS: Final = frozenset({"RS256", "PS256", "ES256"})
_REFUSED: Final = ("crit", "jku", "x5u", "x5c", "jwk")
"""Fields of a header that bring a key along or change what others mean."""
_KID: Final = re.compile(r"[A-Za-z0-9_.:=+/@~-]{1,200}")
_OF_ID_TOKENS: Final = ("nonce", "at_hash", "c_hash")
_PLAIN_TYPES: Final = frozenset({None, "jwt", "at+jwt", "application/at+jwt"})


@dataclass(frozen=True, slots=True)
class Key:
    """A public key of an issuer, and the algorithms that it is for."""

    value: "RSAKey | ECKey"
    algorithms: frozenset[str]


@dataclass(frozen=True, slots=True)
class Token:
    """A token in its parts; nothing of it is believed yet."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes

    @property
    def algorithm(self) -> str:
        """By which it says to be signed."""
        return str(self.header["alg"])

    @property
    def kid(self) -> str:
        """The key by which it says to be signed."""
        return str(self.header["kid"])


def looks_like_token(text: str) -> bool:
    """Whether a text of an Authorization header is a token and no key of the platform."""
    return text.count(".") >= 2 and not text.startswith("alm_")


def parse_token(text: str) -> Token:
    """Take a token apart and look at its header; raises InvalidToken."""
    if len(text) > MOST_BYTES:
        raise InvalidToken(
            f"A token is at most {MOST_BYTES // 1024} KiB long; ask its issuer for one with fewer claims"
        )
    parts = text.split(".")
    if len(parts) != 3 or not text.isascii():
        raise InvalidToken("A token must be a signed JWT of three parts; encrypted and opaque ones are not taken")
    header = _parse_object(parts[0], "header")
    _check_header(header)
    claims = _parse_object(parts[1], "payload")
    return Token(header, claims, f"{parts[0]}.{parts[1]}".encode(), _decode(parts[2], "signature"))


def _check_header(header: Mapping[str, Any]) -> None:
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise InvalidToken(f"The token must be signed by {', '.join(sorted(ALGORITHMS))}")
    for name in _REFUSED:
        if name in header:
            raise InvalidToken(f"The token's header must not have {name!r}: keys are those of its issuer")
    kid = header.get("kid")
    if not isinstance(kid, str) or not _KID.fullmatch(kid) or ".." in kid:
        raise InvalidToken("The token's header must name the key of its issuer in 'kid'")


def require_issuer(token: Token, issuers: Mapping[str, Issuer]) -> Issuer:
    """Whose token it says to be, if that is one whose tokens are believed."""
    name = token.claims.get("iss")
    issuer = issuers.get(name) if isinstance(name, str) else None
    if issuer is None:
        raise InvalidToken("The token is of no issuer that this platform believes; ALLMENDE_ISSUERS names them")
    return issuer


def check_signature(token: Token, key: Key) -> None:
    """Whether the key signed it, by an algorithm that the key is for."""
    if token.algorithm not in key.algorithms:
        raise InvalidToken("The token is signed by another algorithm than its key is for")
    if not _verifiers().get_alg(token.algorithm).verify(token.signed, token.signature, key.value):
        raise InvalidToken("The token's signature is not that of its issuer")


@cache
def _verifiers() -> "JWSRegistry":
    from joserfc.jws import JWSRegistry

    return JWSRegistry(algorithms=sorted(ALGORITHMS))


def check_claims(token: Token, issuer: Issuer, now: float) -> None:
    """Whether it is an access token for this platform, and valid at a time in seconds since 1970."""
    claims = token.claims
    audience = claims.get("aud")
    if issuer.audience not in (audience if isinstance(audience, list) else [audience]):
        raise InvalidToken(f"The token is not for this platform: its audience must hold {issuer.audience!r}")
    _check_times(claims, now, dated=issuer.profile != "plain")
    _CHECKS[issuer.profile](token)
    if "cnf" in claims:
        raise InvalidToken(
            "The token is bound to a key of its client (cnf), which is not checked here; ask for another"
        )
    if not _is_text(claims.get("sub")):
        raise InvalidToken("The token must say whose it is in 'sub'")
    client = claims.get(issuer.claims.client)
    if not (_is_text(client) or (client is None and issuer.profile == "plain")):
        raise InvalidToken(f"The token must name its client in {issuer.claims.client!r}")
    if not issuer.takes_client(client or ""):
        raise InvalidToken(
            "The token was given to a client whose tokens are not taken here; 'clients' names those that are"
        )


def _check_times(claims: Mapping[str, Any], now: float, *, dated: bool) -> None:
    expires = _require_time(claims, "exp")
    if expires is None or (dated and claims.get("iat") is None):
        raise InvalidToken("The token must say from when and until when it is valid, in 'iat' and 'exp'")
    if now - LEEWAY_S >= expires:
        raise InvalidToken("The token has expired; ask its issuer for a new one")
    for name in ("nbf", "iat"):
        begins = _require_time(claims, name)
        if begins is not None and begins > now + LEEWAY_S:
            raise InvalidToken(
                f"The token is not valid yet by its {name!r}; compare the clocks of its issuer and of this platform"
            )


def _require_time(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidToken(f"The token's {name!r} must be a number of seconds")
    return float(value)


def _check_keycloak(token: Token) -> None:
    if token.claims.get("typ") != "Bearer":
        raise InvalidToken("The token must be an access token (its 'typ' Bearer), no ID and no refresh token")


def _check_rfc9068(token: Token) -> None:
    if _type_of(token) not in {"at+jwt", "application/at+jwt"}:
        raise InvalidToken("The token must be an access token: its header has the 'typ' at+jwt")


def _check_plain(token: Token) -> None:
    kind = token.claims.get("typ")
    if (
        _type_of(token) not in _PLAIN_TYPES
        or kind not in {None, "Bearer"}
        or any(name in token.claims for name in _OF_ID_TOKENS)
    ):
        raise InvalidToken("The token must be an access token, no ID and no refresh token")


_CHECKS: Final = {"keycloak": _check_keycloak, "rfc9068": _check_rfc9068, "plain": _check_plain}


def _type_of(token: Token) -> str | None:
    value = token.header.get("typ")
    return value.lower() if isinstance(value, str) else None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 255 and value.isprintable()


def _parse_object(part: str, name: str) -> Mapping[str, Any]:
    try:
        value = parse_json(_decode(part, name))
    except InvalidRequest:
        value = None
    if not isinstance(value, dict):
        raise InvalidToken(f"The token's {name} is no JSON object")
    return value


def _decode(part: str, name: str) -> bytes:
    """The bytes of a part; one that is written in another way than signers write it is refused."""
    raw = part.encode()
    try:
        decoded = urlsafe_b64decode(raw + b"=" * (-len(raw) % 4))
    except ValueError:
        decoded = b""
    if not decoded or urlsafe_b64encode(decoded).rstrip(b"=") != raw:
        raise InvalidToken(f"The token's {name} is not base64url")
    return decoded
