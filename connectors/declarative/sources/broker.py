# SPDX-License-Identifier: EUPL-1.2
"""Sources that read messages of an MQTT broker: each is acknowledged once its records are on disk."""

import hashlib
import secrets
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from allmende.connector import Cursor, Record
from allmende.errors import Stop
from connectors.declarative.kinds.broker import PORTS, BrokerSource
from connectors.declarative.sources.layouts import Layout
from connectors.declarative.sources.listening import Listener
from connectors.declarative.sources.messages import Message, records_of, write_messages
from connectors.declarative.sources.readers import Select
from connectors.declarative.sources.subscribing import Subscriber
from connectors.declarative.topics import TopicReader


class MessageSource:
    """Reads the messages of a broker; constructing connects to nothing."""

    def __init__(self, settings: BrokerSource, place: Path, select: Select | None, *, name: str) -> None:
        self._settings = settings
        self._place = place
        self._select = select
        self._name = name
        self._topics = TopicReader(settings.filters)
        self._layout = layout_of(settings)
        self._watched: list[Message] = []

    async def read(self, _cursor: Cursor) -> AsyncIterator[Record]:
        """Give what the broker has kept for us, and what comes until nothing has come for a while."""
        async with self._listening() as listener:
            quiet_s = self._settings.quiet.total_seconds()
            while (message := await listener.next(quiet_s)) is not None:
                for record in self._records(listener, message):
                    yield record

    async def follow(self, _cursor: Cursor, ready: Callable[[], None]) -> AsyncGenerator[Record, None]:
        """Give what comes until the broker is lost; `ready` is called once it is found."""
        async with self._listening() as listener:
            ready()
            while (message := await listener.next(None)) is not None:
                for record in self._records(listener, message):
                    yield record

    async def watch(self) -> AsyncGenerator[Record, None]:
        """Give what comes by, beside those that read it: nothing is acknowledged, no session is kept."""
        self._watched.clear()
        async with self._listening(watching=True) as listener:
            quiet_s = self._settings.quiet.total_seconds()
            while (message := await listener.next(quiet_s)) is not None:
                self._watched.append(message)
                for record in self._records(listener, message):
                    yield record

    async def check(self) -> None:
        """Connect and subscribe."""
        async with self._listening(watching=True):
            pass

    def parts(self) -> list[str]:
        """Topics are not known beforehand."""
        return []

    def path_of(self, _part: str) -> Path | None:
        """A topic is no file."""
        return None

    def format_of(self, _part: str) -> str:
        """Give the format of the payloads."""
        return self._layout.format

    def sample(self, _part: str, _count: int) -> bytes:
        """Give the messages of the last preview, of whatever topic."""
        return write_messages(self._watched, self._layout)

    def _records(self, listener: Listener, message: Message) -> Iterator[Record]:
        kept = partial(listener.acknowledge, message)
        if self._topics.read(message.topic) is None:
            # Of a topic that the file does not name any more the session may still know.
            kept()
            return iter(())
        return records_of(message, self._layout, self._select, kept)

    @asynccontextmanager
    async def _listening(self, *, watching: bool = False) -> AsyncIterator[Listener]:
        listener = Listener(self._subscriber(watching=watching))
        try:
            await listener.open()
            yield listener
        finally:
            await listener.close()

    def _subscriber(self, *, watching: bool) -> Subscriber:
        settings = self._settings
        parts = urlsplit(settings.url)
        stable = settings.client_id or client_id_of(self._name, settings.url)
        password = settings.password
        return Subscriber(
            host=parts.hostname or "",
            port=parts.port or PORTS[parts.scheme],
            client_id=f"allmende-watch-{secrets.token_hex(4)}" if watching else stable,
            topics=[known.subscribed for known in self._topics.filters],
            qos=0 if watching else settings.qos,
            version=settings.version,
            session_s=0 if watching or not settings.qos else int(settings.session.total_seconds()),
            username=settings.username,
            password=None if password is None else password.get_secret_value(),
            tls=partial(_trust, settings, self._place) if parts.scheme == "mqtts" else None,
        )


def layout_of(settings: BrokerSource) -> Layout:
    """Give how payloads are written."""
    return Layout.of(settings, settings.format or "json", called="payload")


def client_id_of(name: str, url: str) -> str:
    """Give a name that is the same at each start, and another one for another broker."""
    return f"allmende-{name}-{hashlib.sha256(url.encode()).hexdigest()[:8]}"


def _trust(settings: BrokerSource, place: Path) -> ssl.SSLContext:
    """Read certificates; raise Stop with the file that cannot be used."""
    given = {"ca": settings.ca, "certificate": settings.certificate, "certificate_key": settings.certificate_key}
    paths = {key: str((place / path).expanduser()) for key, path in given.items() if path is not None}
    for key, path in paths.items():
        if not Path(path).is_file():
            raise Stop(f"File {path} of '{key}' does not exist")
    try:
        context = ssl.create_default_context(cafile=paths.get("ca"))
        if "certificate" in paths:
            context.load_cert_chain(paths["certificate"], paths["certificate_key"])
    except (OSError, ssl.SSLError) as error:
        raise Stop(f"{', '.join(paths.values())} cannot be used for TLS: {error}") from error
    return context
