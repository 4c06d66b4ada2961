# SPDX-License-Identifier: EUPL-1.2
"""Who is calling."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["admin", "connector"]


@dataclass(frozen=True, slots=True)
class Principal:
    """The holder of a key. An administrator without a tenant administers every tenant."""

    kind: Kind
    tenant: str | None
    connector: str | None
    key_id: str

    def may_administer(self, tenant: str) -> bool:
        """Whether this is an administrator of the tenant."""
        return self.kind == "admin" and self.tenant in {None, tenant}

    def may_publish(self, tenant: str, connector: str) -> bool:
        """Whether this may act as the connector on MQTT: its own key, or an administrator's."""
        if self.kind == "admin":
            return self.tenant in {None, tenant}
        return self.tenant == tenant and self.connector == connector
