# SPDX-License-Identifier: EUPL-1.2
"""`allmende up`: starts every part in its order, says when it serves, keeps all running, ends all."""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from allmende.launch import postgres
from allmende.launch.connectorfiles import find_files, require_folder
from allmende.launch.errands import Errand, Prepared
from allmende.launch.fleet import Fleet
from allmende.launch.folder import Folder, claim, publish
from allmende.launch.listening import address_of, mqtt_address, open_ports
from allmende.launch.member import Surroundings
from allmende.launch.parts import demo_part, postgres_part, prepare, serving_part
from allmende.launch.readiness import until_ready
from allmende.launch.safety import refuse_settings
from allmende.launch.supervision import Kept, Part, unless_given_up
from allmende.launch.tending import keep_tending
from allmende.settings import Settings


def run_platform(settings: Settings) -> None:
    """Run the whole platform until SIGTERM or Ctrl-C."""
    refuse_settings(settings)
    require_folder(settings.connectors)
    runs_connectors = settings.demo or settings.connectors is not None
    with claim(settings.data) as folder, open_ports(settings, runs_connectors=runs_connectors) as ports:
        asyncio.run(until_stopped(Platform(settings, folder, ports)))


async def until_stopped(platform: "Platform") -> None:
    """Run until a signal comes (that is no error) or a part is given up (that is one)."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    running = asyncio.create_task(platform.run())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((running, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    running.cancel()
    (outcome,) = await asyncio.gather(running, return_exceptions=True)
    if isinstance(outcome, Exception):
        raise outcome


@dataclass(slots=True)
class Platform:
    """A platform that runs: its sockets, its folder and the parts that are kept."""

    settings: Settings
    folder: Folder
    ports: dict[str, socket.socket]
    kept: list[Kept] = field(default_factory=list)
    """The serving process first, then the demo city."""
    fleet: Fleet | None = None
    """The connectors of a folder."""

    @property
    def http_url(self) -> str:
        """Where HTTP is reached from this machine."""
        return address_of(self.settings, self.ports["http"], "http")

    @property
    def mqtt_url(self) -> str:
        """Where MQTT is reached, without anybody's password."""
        return mqtt_address(self.settings, self.ports.get("mqtt"))

    @property
    def inner_url(self) -> str:
        """Where the platform's own connectors reach MQTT."""
        return f"mqtt://127.0.0.1:{self.ports['inner'].getsockname()[1]}" if "inner" in self.ports else self.mqtt_url

    async def run(self) -> None:
        """Start the parts, say `ready`, and keep them running; returns only by an error or when it is cancelled."""
        async with self.database() as (admin_url, database):
            try:
                await unless_given_up(database, self.serve(admin_url))
            finally:
                senders = [part.stop() for part in self.kept[1:]]
                await asyncio.gather(*senders, *([self.fleet.stop()] if self.fleet else []))
                await asyncio.gather(*(part.stop() for part in self.kept[:1]))

    async def serve(self, admin_url: str) -> None:
        """Start the serving process, and once it serves what sends to it."""
        errand = self.errand(admin_url)
        prepared = await prepare(errand)
        await self.keep(serving_part(self.settings, prepared.url, self.ports))
        await unless_given_up(self.kept, until_ready(self.http_url))
        sys.stdout.write(f"ready {self.http_url} {self.mqtt_url}\n")
        sys.stdout.flush()
        if self.settings.demo:
            await self.keep(demo_part(self.inner_url, self.folder))
        tending = asyncio.create_task(keep_tending(replace(errand, tends=True))) if prepared.needs_tending else None
        try:
            await unless_given_up(self.kept, self.run_connectors(prepared))
        finally:
            if tending is not None:
                tending.cancel()

    async def run_connectors(self, prepared: Prepared) -> None:
        """Run the connectors of the folder, where there is one, as its files come and go; until cancelled."""
        if self.settings.connectors is None:
            await asyncio.Event().wait()
            return

        fresh = set(prepared.connectors)

        async def make_keys(names: Sequence[str]) -> None:
            wanted = tuple(name for name in names if name not in fresh)
            fresh.difference_update(names)
            if wanted:
                await prepare(Errand(serving_url=prepared.url, data=str(self.folder.path), connectors=wanted))

        around = Surroundings(
            folder=self.folder,
            platform=self.inner_url,
            on_change=self.publish,
            memory_mib=self.settings.connector_memory,
        )
        self.fleet = Fleet(self.settings.connectors.absolute(), around, make_keys)
        await self.fleet.watch()

    async def keep(self, part: Part) -> None:
        """Start a part and keep it running."""
        kept = Kept(part, self.publish)
        self.kept.append(kept)
        await kept.start()

    def publish(self) -> None:
        """Say in the data folder where the platform is reached and which processes are its own."""
        everyone = [*self.kept, *(self.fleet.kept if self.fleet else [])]
        pids = [kept.process.pid for kept in everyone if kept.process is not None]
        publish(self.folder, http=self.http_url, mqtt=self.mqtt_url, pids=pids)

    @asynccontextmanager
    async def database(self) -> AsyncIterator[tuple[str, list[Kept]]]:
        """The administrator's URL: of the server that the settings name, else of the embedded one, which is kept."""
        if self.settings.database is not None:
            yield self.settings.database.get_secret_value(), []
            return
        server = postgres.start(self.folder.postgres)
        kept = Kept(postgres_part(server))
        await kept.start(server.process)
        try:
            yield server.url, [kept]
        finally:
            await kept.stop()
            server.stop()

    def errand(self, admin_url: str) -> Errand:
        """What is to be prepared in the database."""
        given = self.settings.serving_password
        return Errand(
            admin_url=admin_url,
            serving_password=given.get_secret_value() if given else self.folder.serving_password(),
            data=str(self.folder.path),
            connectors=("musterstadt",) if self.settings.demo else (),
            files=tuple(map(str, find_files(folder) if (folder := self.settings.connectors) else ())),
        )
