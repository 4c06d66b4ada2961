# SPDX-License-Identifier: EUPL-1.2
"""Connections that go to an address which was checked a moment before, whatever the name means by then."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import httpcore

from allmende.outbound.egress import Egress
from allmende.outbound.failures import Unreachable
from allmende.outbound.resolving import Resolve

_MOST: Final = 3
"""Addresses of one host that are tried, one after the other."""

_EACH_S: Final = 1.0
"""What one of several has, so that there is time for the next."""


@dataclass(frozen=True, slots=True)
class Guarded(httpcore.AsyncNetworkBackend):
    """Where an HTTP client gets its connections: the name stays for TLS and the Host field, the address is pinned."""

    egress: Egress
    scheme: str
    resolve: Resolve
    network: httpcore.AsyncNetworkBackend

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as the client calls it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that answers; raises NotAllowed before any packet is sent."""
        addresses = await self.resolve(host.strip("[]"), port)
        if not addresses:
            raise Unreachable("has a host without an address")
        self.egress.admit(self.scheme, host, port, addresses)
        tried = addresses[:_MOST]
        share = timeout if len(tried) == 1 else _EACH_S
        failure: Exception | None = None
        for address in tried:
            try:
                return await self.network.connect_tcp(str(address), port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise Unreachable("cannot be connected to") from failure
