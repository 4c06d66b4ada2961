# SPDX-License-Identifier: EUPL-1.2
"""Tells of entities as they change, to those who follow a tenant in this process, once it is committed.

A tenant that nobody follows costs nothing: its changes are kept from the first follower on, and for a while after the
last, who may come back.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

import structlog

from allmende.errors import Unavailable
from broker.engine.rings import KEPT_S, Change, Ring

MOST_FOLLOWERS: Final = 200
"""At a time in a process."""
_AGAIN_S: Final = 30
"""What Retry-After says where there are too many."""

Listener: TypeAlias = Callable[[str, Sequence[Change]], None]
"""Takes the schema of a tenant and what a transaction of this process changed in it."""

_log = structlog.get_logger()


class Relay(Protocol):
    """Tells the other processes."""

    @property
    def is_near(self) -> bool:
        """Whether what this process changes has to be told."""

    def tell(self, schema: str, changes: Sequence[Change]) -> None:
        """Tell of changes that are committed."""

    def doubt(self, schema: str) -> None:
        """Tell that something of a tenant may have changed."""

    def part(self, schema: str) -> None:
        """Tell that a tenant was deleted."""


@dataclass(slots=True)
class Feed:
    """The changes of all tenants that are followed."""

    clock: Callable[[], float] = time.monotonic
    relay: Relay | None = None
    most_followers: int = MOST_FOLLOWERS
    followers: int = 0
    is_ended: bool = False
    _rings: dict[str, Ring] = field(default_factory=dict)
    _listeners: list[Listener] = field(default_factory=list)

    def listen(self, listener: Listener) -> None:
        """Call `listener` after each commit of this process that changed an entity; it returns at once."""
        self._listeners.append(listener)

    @property
    def is_listened_to(self) -> bool:
        """Whether there is a listener of this process, who wants `observed`, too."""
        return bool(self._listeners)

    def is_wanted(self, schema: str) -> bool:
        """Whether somebody wants to know what changes in a tenant."""
        return bool(self._listeners) or schema in self._rings or (self.relay is not None and self.relay.is_near)

    def tell(self, schema: str, changes: Sequence[Change]) -> None:
        """This process has committed changes; whatever a listener makes of them, they are."""
        if not changes:
            return
        self.hear(schema, changes)
        if self.relay is not None:
            self.relay.tell(schema, changes)
        for listener in self._listeners:
            try:
                listener(schema, changes)
            except Exception:  # noqa: BLE001 - a listener's fault must not undo what is committed
                _log.exception("feed_listener_failed", schema=schema)

    def hear(self, schema: str, changes: Sequence[Change]) -> None:
        """Changes are committed, here or by another process."""
        ring = self._rings.get(schema)
        if ring is not None:
            ring.add(changes, self.clock())

    def is_followed(self, schema: str) -> bool:
        """Whether somebody follows a tenant here, or did a short while ago."""
        return schema in self._rings

    def doubt(self, schema: str) -> None:
        """Nobody knows whether a transaction of this process is committed: those who follow begin anew, everywhere."""
        self.begin_anew([schema])
        if self.relay is not None:
            self.relay.doubt(schema)

    def begin_anew(self, schemas: Iterable[str] | None = None) -> None:
        """Something may have changed here that was not told, in some tenants or in all (None)."""
        for ring in self._rings.values() if schemas is None else map(self._rings.get, schemas):
            if ring is not None:
                ring.begin_anew()

    @contextmanager
    def following(self, schema: str) -> Iterator[Ring]:
        """The changes of a tenant from now on, and those before that are still kept."""
        if self.is_ended:
            raise Unavailable("The platform is stopping; try again")
        if self.followers >= self.most_followers:
            words = f"{self.most_followers} streams of events are open, and there can be no more; try again later"
            raise Unavailable(words, retry_after=_AGAIN_S)
        ring = self._rings.get(schema)
        if ring is None:
            ring = self._rings[schema] = Ring()
        ring.forget(self.clock())
        ring.followers += 1
        ring.visits += 1
        self.followers += 1
        try:
            yield ring
        finally:
            self.followers -= 1
            ring.followers -= 1
            if not ring.followers and not self.is_ended:
                asyncio.get_running_loop().call_later(KEPT_S, self._drop, schema, ring.visits)

    def forget(self, schema: str) -> None:
        """A tenant was deleted: those who follow it are called, and hear nothing more."""
        ring = self._rings.pop(schema, None)
        if ring is not None:
            ring.is_ended = True
            ring.wake()

    def end(self) -> None:
        """The process stops: those who follow are called, and nobody else is let in."""
        self.is_ended = True
        for ring in self._rings.values():
            ring.is_ended = True
            ring.wake()

    def _drop(self, schema: str, visits: int) -> None:
        """Forget the changes of a tenant where nobody has come back."""
        ring = self._rings.get(schema)
        if ring is not None and ring.visits == visits:
            del self._rings[schema]
