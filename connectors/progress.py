# SPDX-License-Identifier: EUPL-1.2
"""The progress of a run, shown to people."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allmende.errors import SourceError
from connectors.declarative.connector import Declared
from connectors.intake import Totals
from connectors.spool import Spool

SHOW_EVERY_S = 0.25


@contextmanager
def shown(connector: Declared, totals: Totals, spool: Spool, *, wanted: bool) -> Iterator[None]:
    """Show the progress on standard error, where that is a terminal: files of all files, records, what waits."""
    if not wanted or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    words = "files, {task.fields[read]:,} records read, {task.fields[stored]:,} stored, {task.fields[waiting]} wait"
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn(words), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        timer = asyncio.ensure_future(_show(progress, connector, totals, spool))
        try:
            yield
        finally:
            timer.cancel()


async def _show(progress: Any, connector: Declared, totals: Totals, spool: Spool) -> None:
    try:
        places = {part: number for number, part in enumerate(connector.source.parts())}
    except SourceError:
        places = {}
    bar = progress.add_task("", total=len(places) or None, read=0, stored=0, waiting=0)
    while True:
        progress.update(
            bar,
            completed=places.get(totals.place, 0),
            read=totals.read,
            stored=totals.stored,
            waiting=spool.waiting,
        )
        await asyncio.sleep(SHOW_EVERY_S)
