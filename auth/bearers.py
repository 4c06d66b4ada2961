# SPDX-License-Identifier: EUPL-1.2
"""What a token that was verified says of its bearer, and whom that makes of them in a tenant. Nothing here does I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from auth.issuers import Issuer
from auth.principals import AUTHENTICATED, Principal, Subject, SubjectKind

OF_TENANTS: Final = frozenset(
    {"/tenant-admin", "/data-steward", "/data-editor", "/data-reader", "/connector-manager", "/auditor"}
)
"""Groups within a tenant; a group of a whole realm that is called so means nothing, in no tenant."""
_TENANTS: Final = "/tenants/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """What somebody is within a tenant."""

    groups: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """Whose token it is, before a tenant is named."""

    issuer: Issuer
    user: str
    client: str
    expires: float
    """Seconds since 1970."""
    scopes: frozenset[str] | None = None
    groups: frozenset[str] = frozenset()
    """Of no tenant."""
    roles: frozenset[str] = frozenset()
    tenants: Mapping[str, Membership] = field(default_factory=dict)
    bound: str | None = None
    """The only tenant that the token is for."""


def to_bearer(claims: Mapping[str, Any], issuer: Issuer) -> Bearer:
    """Read claims that were checked; what has another shape than it should have counts for nothing."""
    groups = frozenset(_to_path(name, issuer) for name in _texts(_claim(claims, issuer.claims.groups)))
    within = _by_tenant(groups)
    bound = issuer.tenant or _text(_claim(claims, issuer.claims.tenant))
    free = frozenset(path for path in groups if not path.startswith(_TENANTS))
    return Bearer(
        issuer=issuer,
        user=str(claims["sub"]),
        client=_text(claims.get(issuer.claims.client)),
        expires=float(claims["exp"]),
        scopes=frozenset(_words(_claim(claims, issuer.claims.scopes))) if issuer.scopes else None,
        groups=free - OF_TENANTS if issuer.tenant is None else frozenset(),
        roles=frozenset(_texts(_claim(claims, issuer.claims.roles))),
        tenants=_memberships(claims, issuer, within, bound, free),
        bound=bound or None,
    )


def to_principal(bearer: Bearer, tenant: str, taken: Iterable[str] = ()) -> Principal | None:
    """Whom the bearer is in a tenant; None where the token is for another one.

    `taken` are names of issuers: an id that begins with one of them is not that of somebody whose issuer has no name.
    """
    if bearer.bound not in {None, tenant}:
        return None
    issuer = bearer.issuer
    membership = bearer.tenants.get(tenant)
    within = membership or Membership()
    named: list[tuple[SubjectKind, Iterable[str]]] = [
        ("user", (bearer.user,)),
        ("client", (bearer.client,) if bearer.client else ()),
        ("group", bearer.groups | within.groups),
        ("role", bearer.roles | within.roles),
    ]
    prefixes = () if issuer.name else tuple(f"{name}:" for name in taken)
    return Principal(
        kind="token",
        tenant=tenant,
        subjects=frozenset(
            {
                AUTHENTICATED,
                *(
                    Subject(kind, issuer.qualify(each))
                    for kind, ids in named
                    for each in ids
                    if not each.startswith(prefixes)
                ),
            }
        ),
        limits=bearer.scopes,
        is_member=membership is not None,
        administers=any(_is_same(group, known) for group in within.groups for known in issuer.administrators),
        manages_tenants=not bearer.roles.isdisjoint(issuer.managers),
    )


def _is_same(group: str, known: str) -> bool:
    """Whether a group is the one that the settings name; issuers other than Keycloak write no slash before it."""
    return group.lstrip("/") == known.lstrip("/")


def _memberships(
    claims: Mapping[str, Any],
    issuer: Issuer,
    within: Mapping[str, frozenset[str]],
    bound: str,
    free: frozenset[str],
) -> Mapping[str, Membership]:
    """What somebody is in which tenants, as the issuer says it."""
    if issuer.tenant is not None:
        return {issuer.tenant: Membership(groups=free | within.get(issuer.tenant, frozenset()))}
    if issuer.tenants == "claim":
        return {bound: Membership(groups=free | within.get(bound, frozenset()))} if bound else {}
    if issuer.tenants == "groups":
        return {tenant: Membership(groups=groups) for tenant, groups in within.items()}
    found = {
        alias: Membership(
            groups=frozenset(_texts(said.get("groups"))) | within.get(alias, frozenset()),
            roles=frozenset(_texts(said.get("roles"))),
        )
        for alias, said in _organizations(claims.get("organization"))
    }
    return {bound: Membership(), **found} if bound else found


def _organizations(claim: Any) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """The organizations of Keycloak: aliases alone, or with what each is of."""
    if isinstance(claim, dict):
        return [(alias, said if isinstance(said, dict) else {}) for alias, said in claim.items()]
    return [(alias, {}) for alias in _texts(claim)]


def _by_tenant(groups: Iterable[str]) -> dict[str, frozenset[str]]:
    """The groups below `/tenants/<tenant>`, by tenant and as paths within it."""
    found: dict[str, set[str]] = {}
    for path in groups:
        if path.startswith(_TENANTS):
            tenant, _, rest = path.removeprefix(_TENANTS).partition("/")
            found.setdefault(tenant, set()).update([f"/{rest}"] if rest else ())
    return {tenant: frozenset(paths) for tenant, paths in found.items()}


def _to_path(name: str, issuer: Issuer) -> str:
    """A group of Keycloak is a path, whether its mapper writes all of it or the last part only."""
    return name if issuer.profile != "keycloak" or name.startswith("/") else f"/{name}"


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """A claim of this name, or what lies below others at its points."""
    if not name or name in claims:
        return claims.get(name)
    value: Any = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _texts(value: Any) -> list[str]:
    """The texts of a list; a text alone is a list of one."""
    listed = value if isinstance(value, list) else [value]
    return [text for text in map(_text, listed) if text]


def _text(value: Any) -> str:
    return value if isinstance(value, str) and len(value) <= 255 and value.isprintable() else ""


def _words(value: Any) -> list[str]:
    """Scopes are a list, or one text with blanks between them."""
    return [word for text in ([value] if isinstance(value, str) else _texts(value)) for word in text.split()]
