# SPDX-License-Identifier: EUPL-1.2
"""Running a connector file from the command line: spool, link and runner put together, ended by signals."""

import asyncio
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog

from allmende.connector import RecordMapping, Stream
from allmende.errors import AllmendeError, SettingsError, Unavailable
from allmende.hooks import hook_socket
from allmende.spools import spool_of
from connectors.declarative.connector import Declared
from connectors.declarative.kinds import receiving_of
from connectors.guard import Guarded
from connectors.instants import instant
from connectors.intake import Totals
from connectors.link import Link
from connectors.progress import shown
from connectors.rejections import find_rejection
from connectors.runner import PATIENCE_S, Pace, Runner
from connectors.spool import Spool
from connectors.targets import Target

CONNECT_S = 10.0
FIRST_CONNECT_S = 2.0
"""Before a connector begins to read while the platform is away."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: what it did, and whether it was stopped before its end."""

    totals: Totals
    stopped: bool


def run_connector(connector: Declared, target: Target, *, once: bool, patience_s: float = PATIENCE_S) -> Ended:
    """Run until the end of the pass (`once`), or until a signal."""
    return asyncio.run(_run(connector, target, once=once, patience_s=patience_s))


async def _run(connector: Declared, target: Target, *, once: bool, patience_s: float) -> Ended:
    _require_end(connector, once=once)
    totals = Totals()
    with _opened(connector, target) as (spool, guarded):
        spool.keep_state(_told_of(connector))
        with _until_signal(asyncio.current_task()) as stop, shown(connector, totals, spool, wanted=once):
            try:
                await _run_on(connector, guarded, target, spool, totals, once=once, patience_s=patience_s)
            except asyncio.CancelledError:
                if not stop:
                    raise
            except AllmendeError as error:
                with suppress(sqlite3.Error):
                    spool.keep_state({"last_error": {"at": instant(datetime.now(UTC)), "text": str(error)[:500]}})
                raise
        return Ended(totals, bool(stop))


@contextmanager
def _opened(connector: Declared, target: Target) -> Iterator[tuple[Spool, Guarded]]:
    """Open the spool, and beside it what the guard of the mapping knows."""
    path = spool_of(target.data, target.tenant, connector.name)
    wanted = connector.file.spool
    drops_oldest = wanted.when_full == "drop_oldest"
    with ExitStack() as opened:
        try:
            spool = opened.enter_context(
                closing(Spool(path, most_waiting_bytes=wanted.size, drops_oldest=drops_oldest))
            )
            known = path.with_suffix(".mapping")
            guarded = opened.enter_context(closing(Guarded(connector.mapping, known, version=connector.version)))
        except OSError as error:
            raise AllmendeError(f"The spool below {target.data} cannot be written: {error.strerror}") from error
        yield spool, guarded


def _require_end(connector: Declared, *, once: bool) -> None:
    """Refuse a run once that would never end."""
    receiving = receiving_of(connector.file.source)
    if once and receiving is not None and receiving.quiet is None:
        place = "source.quiet" if receiving is connector.file.source else "source.webhook.quiet"
        words = "A webhook never ends: run it without --once, or say how long nothing must come in"
        raise SettingsError(f"{words} {place}")


def _told_of(connector: Declared) -> dict[str, Any]:
    """Give what the connector's file says to those who list connectors."""
    max_age = _max_age(connector)
    return {
        "file": str(connector.path.absolute()),
        "max_age_s": None if max_age is None else max_age.total_seconds(),
    }


def _max_age(connector: Declared) -> timedelta | None:
    quality = connector.file.quality
    return None if quality is None else quality.max_age


def _title_of(connector: Declared) -> str | dict[str, str] | None:
    dataset = connector.file.dataset
    return None if dataset is None else dataset.title


async def _run_on(
    connector: Declared,
    mapping: RecordMapping,
    target: Target,
    spool: Spool,
    totals: Totals,
    *,
    once: bool,
    patience_s: float,
) -> None:
    source = connector.source
    connector.door.path = hook_socket(target.data, target.tenant, connector.name)
    # A spool that drops what is old takes what is new.
    connector.door.is_full = lambda: spool.is_full and not spool.drops_oldest
    link = Link(
        target.address,
        tenant=target.tenant,
        connector=connector.name,
        key=target.key,
        may_be_ahead=connector.file.future == "allow",
    )
    settings = connector.file.source
    jitter = settings.every / 10 if settings.jitter is None else settings.jitter
    pace = Pace(every=settings.every, jitter=jitter, patience_s=patience_s, max_age=_max_age(connector))
    opening = asyncio.create_task(_open_link(link, min(CONNECT_S, patience_s) if once else FIRST_CONNECT_S, must=once))
    try:
        # Who sends does not wait until the platform is there.
        if once or not isinstance(source, Stream):
            await _wait_for(link, opening)
        runner = Runner(source, mapping, spool, link, version=connector.version, pace=pace, totals=totals)
        runner.telling.introduce(_title_of(connector))
        runner.telling.heed(partial(find_rejection, target.data, connector.path))
        await (runner.run_once() if once else runner.run())
    finally:
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)


async def _open_link(link: Link, patience_s: float, *, must: bool) -> None:
    try:
        await link.open(patience_s=patience_s)
    except Unavailable as error:
        if must:
            raise
        # What is read while the platform is away waits in the spool.
        log.warning("platform_away", reason=str(error))


async def _wait_for(link: Link, opening: "asyncio.Task[None]") -> None:
    try:
        await opening
    except BaseException:
        await link.close()
        raise


@contextmanager
def _until_signal(task: "asyncio.Task[Any] | None") -> Iterator[list[int]]:
    """Cancel the task on SIGTERM and Ctrl-C; what is not committed is read again by the next run."""
    loop = asyncio.get_running_loop()
    received: list[int] = []

    def stop(number: int) -> None:
        received.append(number)
        if task is not None:
            task.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(ValueError):  # not in the main thread: the caller ends the run
            loop.add_signal_handler(number, stop, number)
    try:
        yield received
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            with suppress(ValueError):
                loop.remove_signal_handler(number)
