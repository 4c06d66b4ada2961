# SPDX-License-Identifier: EUPL-1.2
"""The source `http`: an address that is asked, its pages, and what of them is new."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from allmende.connector import Cursor, Record
from allmende.errors import Retry, Stop
from connectors.declarative.kinds.http import HttpSource
from connectors.declarative.kinds.paging import Paging
from connectors.declarative.sources.layouts import Unusable
from connectors.declarative.sources.readers import Select
from connectors.declarative.sources.web.answers import Answer, layout_of, sample_of
from connectors.declarative.sources.web.asking import Asker, Session
from connectors.declarative.sources.web.paging import Evaluate, Page, first_request, next_request
from connectors.declarative.sources.web.positions import Known, Marks, parse_position
from connectors.declarative.sources.web.reading import rows_of
from connectors.declarative.sources.web.requests import Request, request_of


class WebSource:
    """Reads an address; its one part is called by the address without its query."""

    def __init__(
        self,
        settings: HttpSource,
        asker: Asker,
        select: Select | None = None,
        evaluate: Evaluate | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self._asker = asker
        self._select = select
        self._evaluate = evaluate
        self._clock = clock
        self._request = self._first_request()
        self._part = asker.shown.url(self._request.url)
        self._checked: Answer | None = None
        self._first: Answer | None = None
        self._is_kept = False

    async def read(self, cursor: Cursor) -> AsyncIterator[Record]:
        """Give the records of the pages that are new or have changed since the cursor."""
        self._request = self._first_request()
        known = parse_position(cursor.get(self._part), self._request.fingerprint)
        marks = Marks(self._request.fingerprint, known)
        # The first answer is kept for a fixture, which is made of a read from the beginning.
        self._first, self._is_kept = None, known == Known()
        async with self._asker.open() as session:
            if self._settings.paging is not None:
                async with aclosing(self._pages(session, self._settings.paging)) as pages:
                    async for answer, rows in pages:
                        for record in self._records(answer, iter(rows), marks):
                            yield record
                return
            answer = await self._ask(session, known)
            if answer.status == 304:
                return
            # What is known to be read is not even parsed.
            if marks.rows_done(answer.digest) is not None:
                for record in self._records(answer, self._rows(answer), marks):
                    yield record

    async def check(self) -> None:
        """Ask once; raise Stop or Retry with what to fix. The next read begins with this answer."""
        self._request = self._first_request()
        async with self._asker.open() as session:
            self._checked = await session.ask(self._request)

    def parts(self) -> list[str]:
        """Name the address."""
        return [self._part]

    def path_of(self, part: str) -> Path | None:  # noqa: ARG002 - the protocol's
        """Give nothing: an address is no file."""
        return None

    def format_of(self, part: str) -> str:
        """Give the format of the answer that was read."""
        return layout_of(self._require_first(part), self._settings).format

    def sample(self, part: str, count: int) -> bytes:
        """Give the content of the first page, cut after so many records where its format allows it."""
        return sample_of(self._require_first(part), self._settings, count, selected=self._select is not None)

    def _first_request(self) -> Request:
        """Give what is asked now: parameters may hold dates that are counted from today."""
        return first_request(self._settings.paging, request_of(self._settings, self._clock()))

    def _require_first(self, part: str) -> Answer:
        if self._first is None:
            raise Stop(f"{part} has not been read")
        return self._first

    async def _ask(self, session: Session, known: Known) -> Answer:
        """Ask for the first page, where the answer of a check is not there yet."""
        answer, self._checked = self._checked, None
        if answer is None:
            request = replace(self._request, headers={**self._request.headers, **known.validators})
            answer = await session.ask(request)
        if self._is_kept:
            self._first = answer
        return answer

    async def _pages(self, session: Session, paging: Paging) -> AsyncGenerator[tuple[Answer, list[Any]], None]:
        """Give pages and their rows, until the last one."""
        answer, request = await self._ask(session, Known()), self._request
        seen = {str(request.url)}
        counts: list[int] = []
        while True:
            rows = list(self._rows(answer))
            if rows and answer.digest in seen:
                raise Retry(f"Page {len(counts) + 1} of {self._part} is one that came before: check 'source.paging'")
            seen.add(answer.digest)
            counts.append(len(rows))
            yield answer, rows
            layout = layout_of(answer, self._settings)
            page = Page(request=request, answer=answer, layout=layout, counts=counts)
            following = next_request(paging, page, self._evaluate, self._asker.shown)
            if following is None:
                return
            if str(following.url) in seen:
                raise Retry(f"Page {len(counts)} of {self._part} leads to one before it: check 'source.paging'")
            if len(counts) == paging.most:
                raise Retry(f"{self._part} has more than {paging.most} pages: raise 'source.paging.most'")
            request = following
            seen.add(str(request.url))
            answer = await session.ask(request)

    def _rows(self, answer: Answer) -> Iterator[Any]:
        return rows_of(answer, self._settings, self._select, self._asker.shown)

    def _records(self, answer: Answer, rows: Iterator[Any], marks: Marks) -> Iterator[Record]:
        """Give the rows of a page that are new; the position of the last one says that the page is read."""
        done = marks.rows_done(answer.digest)
        kept: Record | None = None
        is_first = marks.is_first
        for number, row in enumerate(rows if done is not None else (), 1):
            if number <= (done or 0):
                continue
            if kept is not None:
                yield kept
            content, problem = (row.content, row.problem) if type(row) is Unusable else (row, None)
            kept = Record(
                content=content,
                part=self._part,
                position=marks.within(answer.digest, number),
                first=is_first and number == 1,
                problem=problem,
            )
        validators = {} if self._settings.paging else answer.validators
        position = marks.behind(answer.digest, validators)
        if kept is not None:
            yield Record(
                content=kept.content, part=kept.part, position=position, first=kept.first, problem=kept.problem
            )
