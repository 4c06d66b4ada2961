# SPDX-License-Identifier: EUPL-1.2
"""An answer of server-sent events that lasts until the client or the platform goes."""

import asyncio
from collections.abc import Sequence
from typing import Any, ClassVar, Final

import orjson
from fastapi import Response

from api.shares import Shares
from broker.engine.feed import Feed
from broker.engine.following import Follower, Placed, Wanted
from broker.ngsi.contexts import CORE
from broker.ngsi.instants import from_instant
from broker.web.exchange import Receive, Scope, Send

HOLD_S: Final = 0.2
"""After events were sent: those of an entity that come meanwhile are sent as one."""
RETRY_MS: Final = 2000
_HEADERS: Final = {"cache-control": "no-store", "x-accel-buffering": "no"}


class EventStream(Response):
    """Tells what `wanted` selects from the place on that the client names, else from now on."""

    media_type = "text/event-stream"
    beat_s: ClassVar[float] = 15
    """A line at least so often, so that nobody in between takes the stream for dead; it moves the client's place on, too."""

    def __init__(self, feed: Feed, shares: Shares, schema: str, wanted: Wanted, *, place: str | None) -> None:
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self.feed = feed
        self.shares = shares
        self.schema = schema
        self.wanted = wanted
        self.place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream; HEAD gets its header."""
        start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        if scope["method"] == "HEAD":
            await send(start)
            await send({"type": "http.response.body"})
            return
        client, _ = scope["client"] or ("", 0)
        free = self.feed.most_followers - self.feed.followers
        with self.shares.taken(client, free=free), self.feed.following(self.schema) as ring:
            await send(start)
            telling = asyncio.create_task(self._tell(Follower(ring, self.wanted, self.place), send), name="events")
            leaving = asyncio.create_task(_until_gone(receive), name="events-leaving")
            try:
                await asyncio.wait({telling, leaving}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                leaving.cancel()
                telling.cancel()
                _, error = await asyncio.gather(leaving, telling, return_exceptions=True)
        if isinstance(error, Exception):
            raise error

    async def _tell(self, follower: Follower, send: Send) -> None:
        """Send events as they come. A client that takes none holds this up, and nothing else."""
        loop = asyncio.get_running_loop()
        text = b"retry: %d\n\n" % RETRY_MS if follower.is_behind else b"retry: %d\n%b" % (RETRY_MS, _beat(follower))
        due = 0.0
        while not (self.feed.is_ended or follower.ring.is_ended):
            if text:
                await send({"type": "http.response.body", "body": text, "more_body": True})
                due = loop.time() + self.beat_s
            await asyncio.sleep(0 if follower.is_behind else HOLD_S)
            text = await _next(follower, due)
        await send({"type": "http.response.body"})


async def _next(follower: Follower, due: float) -> bytes:
    """What comes next: events, nothing where changes are of others, or a beat where one is due."""
    try:
        async with asyncio.timeout_at(due):
            await follower.news()
    except TimeoutError:
        return _beat(follower)
    text = to_text(follower.take(), follower.place)
    return _beat(follower) if not text and asyncio.get_running_loop().time() >= due else text


def to_text(placed: Sequence[Placed] | None, place: str) -> bytes:
    """The events of changes; None: the client begins anew from `place` on."""
    if placed is None:
        return b"event: reset\nid: %b\ndata: {}\n\n" % place.encode()
    return b"".join(
        [b"event: entity\nid: %b\ndata: %b\n\n" % (each.place.encode(), _document(each)) for each in placed]
    )


def _document(placed: Placed) -> bytes:
    """What is told of one change: names as in the core @context, several types as a list."""
    change = placed.change
    types = [CORE.compact(name) for name in change.types]
    document: dict[str, Any] = {
        "id": change.id,
        "type": types[0] if len(types) == 1 else types,
        "modifiedAt": from_instant(change.modified_at),
    }
    return orjson.dumps({**document, "deleted": True} if change.deleted else document)


def _beat(follower: Follower) -> bytes:
    """A comment, and the place from which the client would go on."""
    return b":\nid: %b\n\n" % follower.place.encode()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
