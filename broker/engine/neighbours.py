# SPDX-License-Identifier: EUPL-1.2
"""The other processes that serve the same database: what one of them commits, those who follow it in another are told.

A process tells nothing while it listens alone. One that begins to listen says hello; the others answer that they tell
from then on, and what came before is made good by beginning anew (docs/decisions/0012-feed-of-changes.md).
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog
from msgspec import MsgspecError

from allmende.database.channel import MOST_BYTES, Channel, open_channel
from allmende.database.pool import Database
from allmende.errors import AllmendeError, Unavailable
from broker.engine.feed import Feed
from broker.engine.notices import Bye, Doubt, Gone, Hello, Here, Told, read_changes, read_notice, write_notice
from broker.engine.pending import Pending
from broker.engine.rings import Change

CHANNEL: Final = "allmende_feed_1"
"""The number is that of the form of notices: processes that write others do not meet."""
TOGETHER_S: Final = 0.1
"""Changes within this time are told at once."""
LOOK_S: Final = 30.0
"""How often a process looks who listens; so it notices, too, when its connection died in silence."""
_LONGEST_PAUSE_S: Final = 5.0
_MOST_NAMED: Final = 100
_log = structlog.get_logger()


class Listener(Protocol):
    """Somebody who knows things that others change."""

    def forget(self, notice: str) -> None:
        """What a notice names may be another one now."""

    def begin_to_listen(self) -> None:
        """From now on every change is told; what is known may be older."""

    def cease_to_listen(self) -> None:
        """From now on nothing is told."""


@dataclass(slots=True)
class Neighbours:
    """Tells the others and hears them, on one connection, which comes back whenever it is lost."""

    database: Database
    feed: Feed
    listeners: Mapping[str, Listener] = field(default_factory=dict)
    """Who is told on the same connection of what, by the name of the channel."""
    look_s: float = LOOK_S
    when_gone: Callable[[str], None] = lambda _schema: None
    """Is told of tenants, by their schemas, that were deleted in other processes."""
    _channel: Channel | None = None
    _others: set[int] = field(default_factory=set)
    """The process ids of their listeners."""
    _pending: Pending = field(default_factory=Pending)
    _due: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None
    _is_lost: bool = False
    """The connection was lost, or could not be had: what others told is missed."""
    _is_stopping: bool = False

    @property
    def is_near(self) -> bool:
        """Whether there is anybody to tell; where nobody knows, there may be."""
        return self._channel is None or bool(self._others)

    def start(self) -> None:
        """Begin to listen; needs a running event loop."""
        self._task = asyncio.create_task(self._keep_talking(), name="feed")

    async def stop(self) -> None:
        """Tell what is left, and say goodbye."""
        self._is_stopping = True
        self._due.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=2 if self._channel is not None else 0)
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            await asyncio.sleep(0)  # a connection that was being opened closes its socket in the next turn of the loop

    def tell(self, schema: str, changes: Sequence[Change]) -> None:
        """Tell of changes that are committed here, a moment later."""
        if self._channel is None:
            self.doubt(schema)
        elif self._others:
            self._pending.add(schema, changes)
            self._due.set()

    def doubt(self, schema: str) -> None:
        """Tell that something of a tenant may have changed."""
        self._pending.doubt(schema)
        self._due.set()

    def part(self, schema: str) -> None:
        """Tell that a tenant was deleted here."""
        self._pending.gone.append(schema)
        self._due.set()

    async def _keep_talking(self) -> None:
        pause = 0.1
        while not self._is_stopping:
            try:
                async with open_channel(self.database, CHANNEL, self._take, self._due.set) as channel:
                    pause = 0.1
                    for name, listener in self.listeners.items():
                        await channel.hear(name, listener.forget)
                        listener.begin_to_listen()
                    await self._talk(channel)
            except AllmendeError as error:
                self._lose(error)
                await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - spreads the attempts
                pause = min(2 * pause, _LONGEST_PAUSE_S)

    def _lose(self, error: AllmendeError) -> None:
        if not self._is_lost:
            _log.info("feed_channel_lost", reason=str(error))
        self._is_lost = True
        self._channel = None
        for listener in self.listeners.values():
            listener.cease_to_listen()
        self._others.clear()
        self._pending = Pending()

    async def _greet(self, channel: Channel) -> None:
        """Say hello to whoever listens."""
        self._others |= await channel.others()
        self._channel = channel
        untold, self._pending.untold = self._pending.untold, set()
        is_known = not self._is_lost and len(untold) <= _MOST_NAMED
        if self._is_lost or self._others:
            # What others changed while nobody listened here is not known, even where one of them is gone by now.
            self.feed.begin_anew()
        if self._is_lost:
            _log.info("feed_channel_recovered")
        # Should this fail, the next hello tells that anything may have changed.
        await channel.send([write_notice(Hello(sorted(untold) if is_known else None))])
        self._is_lost = False

    async def _talk(self, channel: Channel) -> None:
        """Tell whatever there is until the process stops."""
        await self._greet(channel)
        loop = asyncio.get_running_loop()
        looked = loop.time()
        while not self._is_stopping:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(looked + self.look_s):
                    await self._due.wait()
                    await asyncio.sleep(TOGETHER_S)
            self._due.clear()
            await self._tell(channel)
            if loop.time() >= looked + self.look_s:
                await self._look(channel)
                looked = loop.time()
        # What was changed while the last was told: nobody looks after what one who has said goodbye left untold.
        await self._tell(channel)
        await channel.send([write_notice(Bye())])

    async def _tell(self, channel: Channel) -> None:
        """Tell what there is."""
        if channel.is_lost:
            raise Unavailable("The connection to the database is lost; try again")
        pending, self._pending = self._pending, Pending()
        if self._others and (texts := pending.texts(MOST_BYTES)):
            await channel.send(texts)

    async def _look(self, channel: Channel) -> None:
        """Look who listens; one that is gone without a word may have left changes untold."""
        known = set(self._others)
        found = await channel.others()
        self._others = found | (self._others - known)
        if known - found:
            self.feed.begin_anew()

    def _take(self, pid: int, text: str) -> None:
        """Take a notice of another process."""
        self._others.add(pid)
        match read_notice(text):
            case Hello(untold):
                self.feed.begin_anew(untold)
                self._pending.replies.append(Here(pid))
                self._due.set()
            case Here(to):
                if self._channel is not None and to == self._channel.pid:
                    self.feed.begin_anew()
            case Doubt(schema):
                self.feed.begin_anew([schema])
            case Gone(schema):
                self.when_gone(schema)
            case Told() as told:
                self._hear(told)
            case Bye():
                self._others.discard(pid)
            case None:
                _log.info("feed_notice_not_understood", pid=pid)

    def _hear(self, told: Told) -> None:
        if not self.feed.is_followed(told.schema):
            return
        try:
            self.feed.hear(told.schema, read_changes(told))
        except (MsgspecError, ValueError, IndexError):
            self.feed.begin_anew([told.schema])
