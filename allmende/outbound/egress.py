# SPDX-License-Identifier: EUPL-1.2
"""Where the platform may send requests that others asked for: the public internet by TLS, and what a rule names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Final

from allmende.outbound.addresses import Address, Network, is_public
from allmende.outbound.failures import NotAllowed

PORTS: Final = frozenset({443, 8443})
_HOST: Final = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?")
_PLACE: Final = re.compile(r"\[(?P<v6>[0-9a-fA-F:.]+)\](?::(?P<v6port>\d+))?|(?P<host>[^:/\s]+):(?P<port>\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One exception: a host by name, or a network, and a port (None: any of them)."""

    host: str | None = None
    network: Network | None = None
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> "Rule":
        """Read `host`, `host:port`, `10.1.0.0/16`, `127.0.0.1:8087` or `[::1]:8087`; ValueError says what is wrong."""
        match = _PLACE.fullmatch(text)
        place, port = text, None
        if match is not None:
            place = match["v6"] or match["host"]
            number = match["v6port"] or match["port"]
            port = None if number is None else int(number)
        if port is not None and not 0 < port < 65536:
            raise ValueError(f"{text!r} names no port: it must be from 1 to 65535")
        try:
            return cls(network=ip_network(place), port=port)
        except ValueError:
            pass
        if _HOST.fullmatch(place.lower()) is None:
            raise ValueError(f"{text!r} must be a host or a network, such as contexts.example.org:8080 or 10.1.0.0/16")
        return cls(host=place.lower(), port=port)

    def covers(self, host: str, port: int, address: Address) -> bool:
        """Whether the rule means this connection; a name never leads to what is link-local, where clouds tell secrets."""
        if self.port not in {None, port}:
            return False
        if self.network is not None:
            return address.version == self.network.version and address in self.network
        return host.lower().rstrip(".") == self.host and not address.is_link_local


@dataclass(frozen=True, slots=True, kw_only=True)
class Egress:
    """The rules of a platform; `open`: and this machine itself, and any place without TLS."""

    rules: tuple[Rule, ...] = ()
    open: bool = False

    def admit(self, scheme: str, host: str, port: int, addresses: Sequence[Address]) -> None:
        """Let a connection pass, or raise NotAllowed; every address of the host has to do, since any may be taken."""
        for address in addresses:
            if any(rule.covers(host, port, address) for rule in self.rules):
                continue
            if not is_public(address) and not (self.open and address.is_loopback):
                raise NotAllowed(
                    "leads to this machine or into a private network, which needs a rule of an operator "
                    f"(ALLMENDE_EGRESS={host}:{port})"
                )
            if scheme != "https" and not self.open:
                raise NotAllowed(
                    f"is without TLS: use https, or have an operator allow it (ALLMENDE_EGRESS={host}:{port})"
                )
            if port not in PORTS and not self.open:
                raise NotAllowed(
                    f"names port {port}, which needs a rule of an operator (ALLMENDE_EGRESS={host}:{port})"
                )
