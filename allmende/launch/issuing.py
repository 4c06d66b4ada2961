# SPDX-License-Identifier: EUPL-1.2
"""How a serving process asks the issuers of its settings for their keys: through the guard, with a rule for each address."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import Final
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry

from allmende.outbound.client import Limits, Outbound
from allmende.outbound.egress import Egress, Rule
from allmende.settings import Settings
from auth.issuers import Issuer, read_issuers
from auth.jwks import Fetch, Keys
from auth.trust import Trust

_LIMITS: Final = Limits(seconds=3.0, max_bytes=256 * 1024)
_PORTS: Final = {"http": 80, "https": 443}


@asynccontextmanager
async def trust(settings: Settings, registry: CollectorRegistry) -> AsyncIterator[Trust]:
    """Believe the issuers of the settings; their keys are asked for at once, and nothing waits for them."""
    issuers = read_issuers(settings.issuers, settings.keycloak)
    believed = Trust.of(issuers, asking(outbound_to(issuers, settings)), registry=registry)
    believed.begin()
    try:
        yield believed
    finally:
        await believed.close()


async def trouble_with(issuer: Issuer, settings: Settings) -> str | None:
    """Why an issuer's keys cannot be had now; None where they can."""
    keys = Keys(issuer, asking(outbound_to([issuer], settings)))
    keys.begin()
    await keys.settle()
    return keys.trouble


def outbound_to(issuers: Iterable[Issuer], settings: Settings) -> Outbound:
    """Where issuers may be asked: at the addresses that the settings name, which may be private and without TLS."""
    named = [address for issuer in issuers for address in (issuer.issuer, issuer.jwks) if address is not None]
    rules = (*map(Rule.parse, settings.egress), *map(rule_for, named))
    return Outbound(egress=Egress(rules=rules))


def rule_for(address: str) -> Rule:
    """The rule that lets an address be asked."""
    parts = urlsplit(address)
    host, port = (parts.hostname or "").rstrip("."), parts.port or _PORTS[parts.scheme]
    try:
        return Rule(network=ip_network(host), port=port)
    except ValueError:
        return Rule(host=host, port=port)


def asking(outbound: Outbound) -> Fetch:
    """A way to get the document at an address; it raises NoAnswer."""

    async def fetch(address: str) -> bytes:
        return (await outbound.fetch(address, accept="application/json", limits=_LIMITS)).content

    return fetch
