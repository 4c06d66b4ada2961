# SPDX-License-Identifier: EUPL-1.2
"""The realm that the platform needs, as values: clients, scopes, mappers, roles, and a tenant as an organization."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit
from zlib import crc32

from auth.keycloak.items import Item

REALM: Final = "allmende"
AUDIENCE: Final = "allmende-api"
PORTAL: Final = "allmende-portal"
CLI: Final = "allmende-cli"
MANAGER: Final = "platform-admin"
IDENTITY: Final = "allmende-api"
ROLES: Final = "allmende-roles"
TENANTS: Final = "allmende-tenants"
READING: Final = {
    "entities:read": "Daten lesen · Read data",
    "history:read": "Verläufe lesen · Read histories",
}
"""Scopes of a token that every client asks for by itself, with what people are asked to agree to."""
ACTING: Final = {
    "entities:write": "Daten ändern · Change data",
    "contexts:write": "@contexts verwalten · Manage @contexts",
    "datasets:manage": "Datensätze veröffentlichen · Publish datasets",
    "grants:manage": "Rechte und Schlüssel vergeben · Grant rights and keys",
    "connectors:manage": "Konnektoren betreuen · Look after connectors",
    "tenants:manage": "Mandanten anlegen und löschen · Make and remove tenants",
}
"""Scopes that a client gets where it asks for them."""
GROUPS: Final = ("tenant-admin", "data-steward", "data-editor", "data-reader", "connector-manager")
"""Groups of a tenant: the first administers it, to the others rights are granted."""
AT_HOME: Final = ("http://127.0.0.1:8080", "http://localhost:8080")
"""Where `allmende up` serves where nobody says otherwise."""
_BUILTIN: Final = ("basic", "profile", "organization")
"""Client scopes that every realm has: `sub`, names, and the organizations of a user."""
_INCLUDED: Final = {"access.token.claim": "true", "introspection.token.claim": "true"}
_QUIET: Final = {"include.in.token.scope": "false", "display.on.consent.screen": "false"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is asked for."""

    realm: str = REALM
    tenants: tuple[str, ...] = ("default",)
    portals: tuple[str, ...] = ()
    """Addresses of the platform's pages, to which a login leads back; none: a new realm gets those of `allmende up`."""
    has_organization_groups: bool = True
    """Whether the server has groups within organizations (from 26.6 on); else groups of the realm take their place."""


def to_realm(plan: Plan) -> Item:
    """The realm of a plan, with everything in it."""
    return Item(
        kind="realm",
        name=plan.realm,
        kept={"organizationsEnabled": True},
        first={
            "displayName": "Allmende",
            "enabled": True,
            "bruteForceProtected": True,
            "registrationAllowed": False,
            "internationalizationEnabled": True,
            "supportedLocales": ["de", "en"],
            "defaultLocale": "de",
        },
        inner=(
            Item(
                kind="role", name=MANAGER, first={"description": "Makes and removes tenants; sees none of their data"}
            ),
            *_scopes(plan),
            *_clients(plan),
            *_tenants(plan),
        ),
    )


def _scopes(plan: Plan) -> Iterable[Item]:
    yield _scope(
        IDENTITY,
        "What the platform reads of everybody: for whom a token is, and groups",
        _mapper("audience", "oidc-audience-mapper", {"included.client.audience": AUDIENCE}),
        _mapper("groups", "oidc-group-membership-mapper", {"claim.name": "groups", "full.path": "true"}),
    )
    yield _scope(
        ROLES,
        "Roles of the realm that the platform is told of: those that are assigned to this scope",
        _mapper(
            "realm roles",
            "oidc-usermodel-realm-role-mapper",
            {"claim.name": "realm_access.roles", "jsonType.label": "String", "multivalued": "true"},
        ),
        Item(kind="allowed role", name=MANAGER),
    )
    if plan.has_organization_groups:
        yield _scope(
            TENANTS,
            "Groups within organizations, which are tenants",
            _mapper("organization groups", "oidc-organization-group-membership-mapper", {}),
        )
    for name, words in (READING | ACTING).items():
        shown = {"include.in.token.scope": "true", "display.on.consent.screen": "true", "consent.screen.text": words}
        yield Item(
            kind="client scope",
            name=name,
            kept={"protocol": "openid-connect", "attributes": {"include.in.token.scope": "true"}},
            first={"description": words, "attributes": shown},
        )


def _clients(plan: Plan) -> Iterable[Item]:
    none = {"standardFlowEnabled": False, "directAccessGrantsEnabled": False, "serviceAccountsEnabled": False}
    yield Item(
        kind="client",
        name=AUDIENCE,
        first={
            **none,
            "name": "Allmende API",
            "description": "For whom tokens are; nobody logs in with it",
            "publicClient": False,
            "implicitFlowEnabled": False,
            "fullScopeAllowed": False,
        },
    )
    yield _client(
        PORTAL,
        plan,
        kept={**_addresses(plan.portals), "attributes": {"pkce.code.challenge.method": "S256"}},
        first={
            **none,
            **_addresses(plan.portals or AT_HOME),
            "name": "Allmende",
            "standardFlowEnabled": True,
            "attributes": {"post.logout.redirect.uris": "+"},
        },
    )
    yield _client(
        CLI,
        plan,
        kept={"attributes": {"oauth2.device.authorization.grant.enabled": "true"}},
        first={**none, "name": "Allmende CLI"},
    )


def _client(name: str, plan: Plan, *, kept: Mapping[str, Any], first: Mapping[str, Any]) -> Item:
    """A client without a secret. Full scope is off: what a token opens here it does not open in Keycloak itself."""
    own = [IDENTITY, ROLES, *([TENANTS] if plan.has_organization_groups else [])]
    return Item(
        kind="client",
        name=name,
        kept={"publicClient": True, **kept},
        first={"implicitFlowEnabled": False, "fullScopeAllowed": False, "consentRequired": False, **first},
        inner=(
            *(_assigned(scope, optional=False) for scope in (*_BUILTIN, *own, *READING)),
            *(_assigned(scope, optional=True) for scope in ACTING),
        ),
    )


def _tenants(plan: Plan) -> Iterable[Item]:
    groups = tuple(Item(kind="group", name=name) for name in GROUPS)
    for tenant in plan.tenants:
        domains = {} if plan.has_organization_groups else {"domains": [{"name": _nowhere(tenant), "verified": False}]}
        yield Item(
            kind="organization",
            name=tenant,
            first={"name": tenant, "enabled": True, **domains},
            inner=groups if plan.has_organization_groups else (),
        )
    if not plan.has_organization_groups:
        below = tuple(Item(kind="group", name=tenant, inner=groups) for tenant in plan.tenants)
        yield Item(kind="group", name="tenants", inner=below)


def _nowhere(tenant: str) -> str:
    """A domain that no address of mail has: older servers demand one of an organization, whose people are then its own."""
    return f"{tenant.lower().replace('_', '-').strip('-') or 'tenant'}-{crc32(tenant.encode()):08x}.invalid"


def _scope(name: str, description: str, *inner: Item) -> Item:
    """A scope that puts claims into tokens, and is not told in their `scope`."""
    return Item(
        kind="client scope",
        name=name,
        kept={"protocol": "openid-connect"},
        first={"description": description, "attributes": _QUIET},
        inner=inner,
    )


def _mapper(name: str, kind: str, config: Mapping[str, str]) -> Item:
    kept = {"protocol": "openid-connect", "protocolMapper": kind, "config": {**_INCLUDED, **config}}
    return Item(kind="mapper", name=name, kept=kept)


def _assigned(scope: str, *, optional: bool) -> Item:
    return Item(kind="assigned scope", name=scope, first={"optional": optional})


def _addresses(portals: Iterable[str]) -> dict[str, list[str]]:
    parts = [urlsplit(each) for each in portals]
    origins = dict.fromkeys(f"{each.scheme}://{each.netloc}" for each in parts)
    return {"redirectUris": [f"{each}/*" for each in portals], "webOrigins": list(origins)}
