# SPDX-License-Identifier: EUPL-1.2
"""What MQTT asks the engine for on behalf of a connector: replays and drops that wait for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from broker.engine.requests import Request, pending_requests, requests_taken
from broker.engine.resources import Resources


class Requests(Protocol):
    """Requests that wait until their connector has taken them."""

    async def pending(self, tenant: str, connector: str) -> Sequence[Request]:
        """Those of a connector, oldest first."""

    async def taken(self, tenant: str, ids: Sequence[int]) -> None:
        """The connector has them."""

    def listen(self, listener: Callable[[str, str], None]) -> None:
        """Call `listener(tenant, connector)` whenever there are new ones."""


@dataclass(frozen=True, slots=True)
class EngineRequests:
    """The requests that the engine keeps."""

    resources: Resources

    async def pending(self, tenant: str, connector: str) -> Sequence[Request]:
        """Those of a connector, oldest first."""
        return await pending_requests(self.resources, tenant, connector)

    async def taken(self, tenant: str, ids: Sequence[int]) -> None:
        """The connector has them."""
        await requests_taken(self.resources, tenant, ids)

    def listen(self, listener: Callable[[str, str], None]) -> None:
        """Call `listener(tenant, connector)` whenever there are new ones."""
        self.resources.wakeups.listen(listener)
