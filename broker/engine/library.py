# SPDX-License-Identifier: EUPL-1.2
"""The @contexts that requests name: of the local folder, hosted for a tenant, or fetched once and kept.

`resolve` looks at what is at hand and never waits, so that most requests cost a look-up. Where a document is not at hand it
raises ContextsMissing; `obtain` gets it from the database or from outside, and the request is answered from the start.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import orjson

from allmende.errors import AllmendeError, BadRequestData, LdContextNotAvailable, RequestError, Unavailable
from allmende.outbound.client import MAX_URL
from broker.engine.contexts import ContextStore, Shelf, key_of, terms_of
from broker.engine.contextuses import Tally, Used, Uses
from broker.ngsi.contextaddresses import cached_id, own_id, references
from broker.ngsi.contexts import CORE, Context, compile_context
from broker.ngsi.datatypes import shown
from broker.store.contexts import PLATFORM, ContextRow

Find: TypeAlias = Callable[[str, str], Awaitable[tuple[str, ContextRow]]]
FAILURE_S: Final = 5.0
"""How long one that could not be had is not asked for again."""

BUSY_S: Final = 1.0
"""The same of one that is still being looked for, or could not be yet."""

_MOST_BYTES: Final = 16 * 1024 * 1024
"""Of documents at hand; they are needed until they are compiled."""

_MOST_FAILURES: Final = 1_000
_MOST_RUNNING: Final = 200
_MOST_AT_ONCE: Final = 40
"""Documents that one request may make the platform look for."""


class ContextsMissing(AllmendeError):
    """Documents that are not at hand; `obtain` may get them."""

    def __init__(self, urls: Iterable[str]) -> None:
        self.urls = tuple(dict.fromkeys(urls))
        super().__init__(f"Not at hand: {', '.join(self.urls)}")


@dataclass(frozen=True, slots=True)
class Document:
    """One that is at hand."""

    used: Used
    location: str
    content: Any
    size: int = 0


@dataclass(frozen=True, slots=True)
class Compiled:
    """A compiled @context, and the documents that it is made of."""

    context: Context
    tally: Tally


@dataclass(slots=True, kw_only=True)
class Library:
    """Compiles what requests name; `find` gets the row of a URL for a tenant with its schema, or raises RequestError."""

    folder: ContextStore
    uses: Uses
    find: Find
    clock: Callable[[], float] = time.monotonic
    _compiled: Shelf[Compiled] = field(default_factory=Shelf)
    _documents: dict[tuple[str, str], Document] = field(default_factory=dict)
    _failures: dict[tuple[str, str], tuple[float, type[RequestError], str]] = field(default_factory=dict)
    _running: dict[tuple[str, str], asyncio.Task[Document | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.uses.when_changed = self.forget

    def resolve(self, source: Any, tenant: str, *, waits: bool = True) -> Context:
        """The compiled form of a URL, an object or a list of these; None is the core @context alone.

        What is not at hand raises ContextsMissing, or LdContextNotAvailable where the request waits no longer.
        """
        if source is None:
            return CORE
        key = key_of(source)
        compiled = self._compiled.get(key) or self._compiled.get((tenant, key))
        if compiled is None:
            compiled = self._compile(source, key, tenant, waits=waits)
        if compiled.tally.used:
            self.uses.note(compiled.tally)
        return compiled.context

    async def obtain(self, urls: Iterable[str], tenant: str, *, until: float) -> None:
        """Have documents, and those that they name, at hand, or know why not; waits until a time of the loop."""
        loop = asyncio.get_running_loop()
        waiting: dict[asyncio.Task[Document | None], str] = {}
        seen: set[str] = set()
        wanted = list(urls)
        while True:
            for url in [url for url in dict.fromkeys(wanted) if url not in seen][: _MOST_AT_ONCE - len(seen)]:
                seen.add(url)
                task = None if self.is_at_hand(url, tenant) else self._begin(url, tenant)
                if task is not None:
                    waiting[task] = url
            if not waiting:
                return
            done, _ = await asyncio.wait(
                waiting, timeout=max(until - loop.time(), 0), return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                break
            wanted = []
            for task in done:
                del waiting[task]
                document = task.result()
                if document is not None:
                    named = references(document.content.get("@context"), document.location)
                    wanted += [url for url in named if len(url) <= MAX_URL]
        for url in waiting.values():
            self._fail(
                self._key(url, tenant), LdContextNotAvailable(f"@context {url} does not answer; try again"), BUSY_S
            )

    def is_at_hand(self, url: str, tenant: str) -> bool:
        """Whether `resolve` knows about a URL, be it that it cannot be had."""
        key = self._key(url, tenant)
        return self.folder.holds(url) or key in self._documents or self._failure(key) is not None

    def forget(self, context_id: str) -> None:
        """One was deleted or has another text now."""
        self.uses.forget(context_id)
        self._failures.clear()
        self._compiled.drop(lambda compiled: any(used.id == context_id for used in compiled.tally.used))
        for key in [key for key, document in self._documents.items() if document.used.id == context_id]:
            del self._documents[key]

    def forget_tenant(self, tenant: str) -> None:
        """A tenant was deleted, and with it the @contexts that it had."""
        for urls in [key for key in self._documents if key[0] == tenant]:
            del self._documents[urls]
        self._failures.clear()
        self._compiled.drop_keys(lambda key: isinstance(key, tuple) and key[0] == tenant)

    def close(self) -> None:
        """Ask for nothing more."""
        for task in self._running.values():
            task.cancel()

    def _compile(self, source: Any, key: str | bytes, tenant: str, *, waits: bool) -> Compiled:
        """Compile what is at hand; one that is refused is not tried again at once, since that takes a while."""
        refused = (tenant, f"as a whole: {key!r}")
        failure = self._failure(refused) if type(source) is str else None
        if failure is not None:
            raise failure
        named = references(source)
        for url in named:
            _require_short(url)
        missing = [url for url in named if not self.is_at_hand(url, tenant)] if waits else []
        if missing:
            raise ContextsMissing(missing)
        try:
            context, opened = self._open(source, tenant, waits=waits)
        except BadRequestData as error:
            if type(source) is str:
                self._fail(refused, error, FAILURE_S)
            raise
        compiled = Compiled(context, Tally(tuple(dict.fromkeys(document.used for document in opened.values()))))
        is_own = any(own_id(url) is not None for url in opened)
        self._compiled.put((tenant, key) if is_own else key, compiled, terms_of(context))
        return compiled

    def _open(self, source: Any, tenant: str, *, waits: bool) -> tuple[Context, dict[str, Document]]:
        """The compiled form, and the documents that were opened for it."""
        opened: dict[str, Document] = {}

        def load(url: str) -> Any:
            opened[url] = self._document(url, tenant, waits=waits)
            return opened[url].content

        return compile_context(source, load, lambda url: opened[url].location), opened

    def _document(self, url: str, tenant: str, *, waits: bool) -> Document:
        _require_short(url)
        if self.folder.holds(url):
            return Document(Used(PLATFORM, cached_id(url), url), url, self.folder.load(url))
        key = self._key(url, tenant)
        document = self._documents.get(key)
        if document is not None:
            return document
        failure = self._failure(key)
        if failure is not None:
            raise failure
        if waits:
            raise ContextsMissing([url])
        raise LdContextNotAvailable(f"@context {url} is not at hand yet, and this request names too many; try again")

    def _begin(self, url: str, tenant: str) -> "asyncio.Task[Document | None] | None":
        """Look for a document, once for all who want it; None where too many are being looked for."""
        key = self._key(url, tenant)
        task = self._running.get(key)
        if task is None and len(self._running) >= _MOST_RUNNING:
            self._fail(key, LdContextNotAvailable(f"@context {url} has to wait for others; try again"), BUSY_S)
        elif task is None:
            task = self._running[key] = asyncio.create_task(self._find(url, tenant, key), name="context")
            task.add_done_callback(lambda done: self._end(key, done))
        return task

    async def _find(self, url: str, tenant: str, key: tuple[str, str]) -> Document | None:
        try:
            schema, row = await self.find(url, tenant)
        except Unavailable:
            raise  # the database is away, which says nothing of the document
        except RequestError as error:
            self._fail(key, error, FAILURE_S)
            return None
        used = Used(schema, row.id, sha256=row.sha256)
        document = Document(used, row.location, orjson.loads(row.body), len(row.body))
        self._failures.pop(key, None)
        self._documents[key] = document
        while len(self._documents) > 1 and sum(each.size for each in self._documents.values()) > _MOST_BYTES:
            del self._documents[next(iter(self._documents))]
        return document

    def _end(self, key: tuple[str, str], task: "asyncio.Task[Document | None]") -> None:
        self._running.pop(key, None)
        if not task.cancelled():
            task.exception()  # those who wait get it as well; nobody may be waiting any more

    def _key(self, url: str, tenant: str) -> tuple[str, str]:
        """Contexts of this API belong to tenants, those of elsewhere are everybody's."""
        return ("" if own_id(url) is None else tenant), url

    def _fail(self, key: tuple[str, str], error: RequestError, seconds: float) -> None:
        while len(self._failures) >= _MOST_FAILURES:
            del self._failures[next(iter(self._failures))]
        self._failures[key] = self.clock() + seconds, type(error), str(error)

    def _failure(self, key: tuple[str, str]) -> RequestError | None:
        known = self._failures.get(key)
        if known is None:
            return None
        until, kind, words = known
        if self.clock() >= until:
            del self._failures[key]
            return None
        return kind(words)


def _require_short(url: str) -> None:
    """Refuse what nobody could be asked for: its name would be kept for a while, as that of one that cannot be had."""
    if len(url) > MAX_URL:
        raise BadRequestData(f"The URL of an @context must have at most {MAX_URL} bytes, not {shown(url)}")
