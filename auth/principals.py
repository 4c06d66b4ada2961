# SPDX-License-Identifier: EUPL-1.2
"""Who is calling."""

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

KeyKind: TypeAlias = Literal["admin", "connector", "user"]
Kind: TypeAlias = Literal[KeyKind, "token"]
"""An administrator's, a connector's or a user's key, or an access token."""
SubjectKind: TypeAlias = Literal["user", "group", "role", "client", "key", "authenticated"]


class Subject(NamedTuple):
    """Whom a grant may name. The id of `authenticated` is empty."""

    kind: SubjectKind
    id: str


AUTHENTICATED = Subject("authenticated", "")


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever shows a key or a token, in one tenant. An administrator without a tenant administers every tenant."""

    kind: Kind
    tenant: str | None
    connector: str | None = None
    key_id: str = ""
    subjects: frozenset[Subject] = frozenset()
    """What grants may call it."""
    limits: frozenset[str] | None = None
    """The scopes of a token: it opens nothing beyond these, whatever is granted; None: all that is granted."""
    is_member: bool = True
    """Whether it is of the tenant; to others a tenant that shows them nothing is as unknown as one that is not there."""
    administers: bool = False
    """By what a token says: all of its tenant."""
    manages_tenants: bool = False
    """By what a token says: which tenants there are, and none of their data."""

    def allows(self, scope: str) -> bool:
        """Whether its token was given for this, too; a key is for everything that its holder may do."""
        return self.limits is None or scope in self.limits

    def may_administer(self, tenant: str) -> bool:
        """Whether this is an administrator of the tenant."""
        if self.kind == "token":
            return self.administers and self.tenant == tenant
        return self.kind == "admin" and self.tenant in {None, tenant}

    def may_manage_tenants(self) -> bool:
        """Whether this may create, list and delete tenants."""
        if self.kind == "token":
            return self.manages_tenants and self.allows("tenants:manage")
        return self.kind == "admin" and self.tenant is None

    def may_publish(self, tenant: str, connector: str) -> bool:
        """Whether this may act as the connector on MQTT: its own key, or an administrator's."""
        if self.kind == "admin":
            return self.tenant in {None, tenant}
        return self.kind == "connector" and self.tenant == tenant and self.connector == connector
