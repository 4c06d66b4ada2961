# SPDX-License-Identifier: EUPL-1.2
"""Whose tokens the platform believes, as its administrator says it: `ALLMENDE_ISSUERS`, or `--keycloak` in short."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from allmende.errors import InvalidRequest, SettingsError
from allmende.payloads import parse_json

Profile: TypeAlias = Literal["keycloak", "rfc9068", "plain"]
VARIABLE: Final = "ALLMENDE_ISSUERS"
AUDIENCE: Final = "allmende-api"
REALM: Final = "allmende"
_OWN_CLIENTS: Final = ("allmende-*", "conn-*")
"""The clients of the realm that the platform sets up."""


class Claims(BaseModel):
    """Where tokens say what; a point leads into an object, unless a claim itself is called so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    groups: str = "groups"
    roles: str = ""
    scopes: str = "scope"
    client: str = ""
    tenant: str = ""


class Issuer(BaseModel):
    """One issuer of tokens, and what its tokens mean here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str
    """Exactly as `iss` has it."""
    profile: Profile = "keycloak"
    name: str = Field("", pattern=r"^[a-z][a-z0-9-]{0,30}$|^$")
    """Stands before the ids of its users, groups, roles and clients in grants; one issuer may be without."""
    audience: str = Field(AUDIENCE, min_length=1)
    jwks: str | None = None
    """Where its keys are; else its OpenID configuration says so."""
    tenant: str | None = Field(None, pattern=r"^[A-Za-z0-9_-]{1,40}$")
    """The only tenant that its tokens are for."""
    tenants: Literal["organizations", "groups", "claim"] | None = None
    """Else, what says to which tenants somebody belongs."""
    clients: tuple[str, ...] = ()
    """Clients whose tokens are taken; `*` at an end stands for anything."""
    scopes: bool | None = None
    """Whether scopes limit what a token opens."""
    administrators: tuple[str, ...] = ("/tenant-admin",)
    """Groups whose members administer their tenant."""
    managers: tuple[str, ...] = ()
    """Roles that manage tenants."""
    claims: Claims = Claims()

    @field_validator("issuer", "jwks")
    @classmethod
    def _is_address(cls, text: str | None) -> str | None:
        return text if text is None else require_address(text)

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, given: Any) -> Any:
        return _filled_in(given) if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _decides_tenants(self) -> "Issuer":
        if (self.tenant is None) == (self.tenants is None):
            raise ValueError("must have either 'tenant' (all of its tokens are of this one) or 'tenants'")
        if self.tenants == "claim" and not self.claims.tenant:
            raise ValueError("has 'tenants': 'claim', so 'claims' must name that of the 'tenant'")
        if self.tenant is not None and self.managers:
            raise ValueError("is of one tenant, so it has no 'managers' of tenants")
        return self

    def takes_client(self, client: str) -> bool:
        """Whether tokens of this client are taken."""
        return any(client.startswith(known[:-1]) if known.endswith("*") else client == known for known in self.clients)

    def qualify(self, identifier: str) -> str:
        """An id as grants name it: another issuer may have the same."""
        return f"{self.name}:{identifier}" if self.name else identifier


def _filled_in(given: dict[str, Any]) -> dict[str, Any]:
    """What is said of an issuer, and what its profile means where nothing is said."""
    is_keycloak = given.get("profile", "keycloak") == "keycloak"
    known = {
        "roles": "realm_access.roles" if is_keycloak else "roles",
        "client": "azp" if is_keycloak else "client_id",
        "tenant": "allmende_tenant" if is_keycloak else "",
    }
    is_bound = "tenant" in given
    claims = given.get("claims", {})
    return {
        "clients": _OWN_CLIENTS if is_keycloak else ("*",),
        "scopes": given.get("profile") != "plain",
        "tenants": "organizations" if is_keycloak and not is_bound else None,
        "managers": ("platform-admin",) if is_keycloak and not is_bound else (),
        **given,
        "claims": {**known, **claims} if isinstance(claims, dict) else claims,
    }


def read_issuers(said: str, keycloak: str | None = None) -> tuple[Issuer, ...]:
    """The issuers of the settings: a JSON text, or the path of a file that holds one. Raises SettingsError.

    `keycloak` is the address of a Keycloak, whose realm `allmende` is the first of them, or of another realm of it.
    """
    documents = _read_documents(said.strip())
    issuers = [] if keycloak is None else [_of_keycloak(keycloak)]
    issuers += [_read_issuer(document, number) for number, document in enumerate(documents, 1)]
    _require_distinct(issuers)
    return tuple(issuers)


def require_address(text: str) -> str:
    """An absolute address of http or https without credentials; ValueError says what is wrong."""
    try:
        parts = urlsplit(text)
        known = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        known = False
    if not known or text != text.strip() or not text.isascii() or parts.query or parts.fragment:
        raise ValueError("must be an address such as https://id.city.example/realms/allmende")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user or a password: keys of issuers are public")
    return text


def _of_keycloak(address: str) -> Issuer:
    try:
        address = require_address(address).rstrip("/")
    except ValueError as error:
        raise SettingsError(f"--keycloak {error}") from None
    return Issuer.model_validate({"issuer": address if "/realms/" in address else f"{address}/realms/{REALM}"})


def _read_documents(said: str) -> list[Any]:
    if not said:
        return []
    where, raw = VARIABLE, said.encode()
    if said[0] not in "[{":
        where = f"{VARIABLE}={said}"
        try:
            raw = Path(said).read_bytes()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "is no path"
            raise SettingsError(f"{where} is neither JSON nor a file that can be read: {reason}") from error
    try:
        document = parse_json(raw)
    except InvalidRequest as error:
        raise SettingsError(f"{where}: {error}") from error
    return document if isinstance(document, list) else [document]


def _read_issuer(document: Any, number: int) -> Issuer:
    try:
        return Issuer.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        words = first["msg"].removeprefix("Value error, ")
        field = f", field '{place}':" if place else ""
        raise SettingsError(f"{VARIABLE}: issuer {number}{field} {words}") from None


def _require_distinct(issuers: Sequence[Issuer]) -> None:
    for what, values in (
        ("issuer", [issuer.issuer for issuer in issuers]),
        ("name", [issuer.name for issuer in issuers]),
    ):
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            raise SettingsError(
                f"{VARIABLE}: two issuers have the {what} {twice!r}; each needs its own"
                + (", and one may be without" if what == "name" else "")
            )
