# SPDX-License-Identifier: EUPL-1.2
"""The process that serves: HTTP and MQTT on one database, until it is told to stop."""

import asyncio
import gc
import hashlib
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import structlog

from allmende.connections import answering
from allmende.launch.disk import Alarm, free_ratio, nearest_folder, register_disk, watch_disk
from allmende.launch.issuing import trust
from allmende.launch.listening import mqtt_address
from allmende.launch.safety import tls_context
from allmende.outbound.client import Outbound
from allmende.outbound.egress import Egress, Rule
from allmende.settings import Settings
from api.app import build_app
from api.face import Face
from api.gate import HttpGate
from auth.keys import Keyring
from auth.principals import Principal
from auth.trust import Trust
from broker.engine.resources import Measures, Resources, open_resources
from broker.mqtt.endpoint import Endpoint
from broker.mqtt.outside import OutsideBroker
from broker.mqtt.requests import EngineRequests
from broker.ngsi.retention import Retention

_log = structlog.get_logger()

Trouble: TypeAlias = Callable[[], str | None]
"""What does not work while requests are answered; None where all does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """The ports to serve on; no MQTT where an outside broker is used."""

    http: socket.socket
    mqtt: socket.socket | None
    inner: socket.socket | None = None
    """For the platform's own connectors, on loopback and without TLS, where the others need it."""


async def serve(settings: Settings, url: str, listeners: Listeners, when_serving: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; the database may be away, now or later."""
    calm_collector()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        resources = await stack.enter_async_context(
            open_resources(
                url,
                contexts_folder=settings.contexts,
                outbound=outbound_of(settings),
                measures=measures_of(settings),
            )
        )
        keyring = resources.keyring
        believed = await stack.enter_async_context(trust(settings, resources.registry))
        await stack.enter_async_context(disk(settings.data, resources))
        trouble = await stack.enter_async_context(mqtt(settings, resources, keyring, listeners))
        await stack.enter_async_context(http(settings, resources, keyring, listeners, trouble, believed))
        when_serving()
        _log.info("serving")
        await stop.wait()
        _log.info("stopping")


def measures_of(settings: Settings) -> Measures:
    """How long and how much."""
    return Measures(
        statement_timeout=settings.statement_timeout,
        expiry_sweep=settings.expiry_sweep,
        temporal_instance_cap=settings.temporal_instance_cap,
        retention=Retention(settings.kept_for),
    )


def outbound_of(settings: Settings) -> Outbound:
    """Whom the platform asks where others name an address."""
    rules = tuple(Rule.parse(name) for name in settings.egress)
    return Outbound(egress=Egress(rules=rules, open=settings.open))


@asynccontextmanager
async def disk(data: Path, resources: Resources) -> AsyncIterator[None]:
    """Watch the room that is left."""
    folder = nearest_folder(data)
    register_disk(resources.registry, folder)
    watching = asyncio.create_task(watch_disk(lambda: free_ratio(folder), Alarm()), name="disk")
    try:
        yield
    finally:
        watching.cancel()


def calm_collector() -> None:
    """Look for cycles seldom: what requests and messages make are trees, which reference counting frees.

    With the defaults a batch of messages is walked a hundred times over (docs/explanation/performance.md).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@asynccontextmanager
async def mqtt(
    settings: Settings, resources: Resources, keyring: Keyring, listeners: Listeners
) -> AsyncIterator[Trouble]:
    """Take messages: by the own endpoint, or as a client of an outside broker; gives what says why none can come."""
    requests = EngineRequests(resources)
    door: Endpoint | OutsideBroker
    if settings.mqtt is not None:
        door = OutsideBroker(
            settings.mqtt.get_secret_value(),
            resources.ingest,
            requests,
            client_id=client_id(resources.database.url),
            registry=resources.registry,
        )
        _log.warning("outside_broker_decides", explanation="the rights of that MQTT broker are the only wall")
    else:
        door = Endpoint(
            resources.ingest,
            requests,
            authenticate_with(keyring),
            host=settings.host,
            port=0,
            open=settings.open,
            registry=resources.registry,
            tls=tls_context(settings),
            listener=listeners.mqtt,
            inner=listeners.inner,
        )
    await door.start()
    try:
        yield lambda: door.trouble if isinstance(door, OutsideBroker) else None
    finally:
        await door.stop()


def client_id(database_url: str) -> str:
    """A name of the session with an outside broker: the same after a restart, another one for another platform."""
    parts = urlsplit(database_url)
    where = f"{parts.hostname}:{parts.port}{parts.path}?{parts.query}"
    return f"allmende-{hashlib.sha256(where.encode()).hexdigest()[:12]}"


def authenticate_with(keyring: Keyring) -> Callable[[str, str], Awaitable[Principal | None]]:
    """Whose key a password is; the user name decides nothing here."""

    async def authenticate(_name: str, key: str) -> Principal | None:
        return await keyring.verify(key)

    return authenticate


def face_of(settings: Settings) -> Face:
    """How the pages look; the demo city has a name of its own."""
    return Face(
        city=settings.city or ("Musterstadt" if settings.demo else ""),
        zone=ZoneInfo(settings.zone),
        tiles=settings.map_tiles,
        attribution=settings.map_attribution,
    )


def gate_of(settings: Settings) -> HttpGate:
    """Whom HTTP answers: beyond loopback reads need a key, and any web page may read without credentials."""
    exposed = not settings.is_loopback or settings.behind_proxy
    return HttpGate(
        hosts=frozenset(host.lower() for host in settings.hosts),
        origins=frozenset(settings.origins or (("*",) if exposed else ())),
        open=settings.open,
        open_reads=settings.open or not exposed,
    )


@asynccontextmanager
async def http(
    settings: Settings,
    resources: Resources,
    keyring: Keyring,
    listeners: Listeners,
    trouble: Trouble,
    believed: Trust,
) -> AsyncIterator[None]:
    """Answer HTTP."""
    app = build_app(
        resources,
        keyring,
        gate_of(settings),
        trouble=lambda: trouble() or believed.trouble,
        data=settings.data,
        face=face_of(settings),
        mqtt=mqtt_address(settings, listeners.mqtt),
        trust=believed,
    )
    options = {
        "date_header": True,
        "proxy_headers": settings.behind_proxy,
        "forwarded_allow_ips": "127.0.0.1",
        "ssl_certfile": settings.tls_cert,
        "ssl_keyfile": settings.tls_key,
    }
    async with answering(app, listeners.http, **options):
        try:
            yield
        finally:
            # Streams of events end now: whoever waits for the end of requests would wait for them.
            resources.feed.end()
