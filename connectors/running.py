# SPDX-License-Identifier: EUPL-1.2
"""Running a connector file from the command line: spool, link and runner put together, ended by signals."""

import asyncio
import json
import re
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from allmende.connector import RecordMapping, Source
from allmende.errors import AllmendeError, SettingsError, SourceError, Unavailable
from allmende.hooks import hook_socket
from allmende.keyfile import read_key
from connectors.declarative.connector import Declared
from connectors.declarative.sources.webhook import WebhookSource
from connectors.guard import Guarded
from connectors.intake import Totals
from connectors.link import Address, Link, parse_platform
from connectors.rejections import find_rejection
from connectors.runner import PATIENCE_S, Pace, Runner
from connectors.spool import Spool
from connectors.telling import instant

CONNECT_S = 10.0
FIRST_CONNECT_S = 2.0
"""Before a connector begins to read while the platform is away."""
SHOW_EVERY_S = 0.25
log = structlog.get_logger()
_TENANT = re.compile(r"[a-z0-9_]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The platform that a connector sends to."""

    address: Address
    key: str | None = field(repr=False)
    tenant: str
    data: Path


def find_target(platform: str | None, key_file: Path | None, *, connector: str, tenant: str, data: Path) -> Target:
    """Give the platform that is named, else the one that runs in the data folder with its key for the connector."""
    if not _TENANT.fullmatch(tenant):
        raise SettingsError(f"--tenant must be 1 to 40 of a-z, 0-9 and _, not {tenant!r}")
    is_here = platform is None
    if platform is None:
        platform = _running_in(data)
        if key_file is None:
            keys = (data / "keys" / f"{tenant}-{connector}", data / "admin.key")
            key_file = next((path for path in keys if path.is_file()), None)
    key = None if key_file is None else read_key(key_file)
    # On this machine the address comes from a file of the platform's own, and its certificate names another host.
    address = parse_platform(platform, knows_certificate=not is_here)
    return Target(address=address, key=key, tenant=tenant, data=data)


def _running_in(data: Path) -> str:
    try:
        return str(json.loads((data / "platform.json").read_text(encoding="utf-8"))["mqtt"])
    except (OSError, ValueError, KeyError) as error:
        words = f"No platform runs in {data}; start one with allmende up, or name one with --platform"
        raise Unavailable(words) from error


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: what it did, and whether it was stopped before its end."""

    totals: Totals
    stopped: bool


def run_connector(connector: Declared, target: Target, *, once: bool, patience_s: float = PATIENCE_S) -> Ended:
    """Run until the end of the pass (`once`), or until a signal."""
    return asyncio.run(_run(connector, target, once=once, patience_s=patience_s))


async def _run(connector: Declared, target: Target, *, once: bool, patience_s: float) -> Ended:
    wanted = connector.file.spool
    spool = Spool(
        target.data / "spool" / f"{target.tenant}-{connector.name}.sqlite",
        most_waiting_bytes=wanted.size,
        drops_oldest=wanted.when_full == "drop_oldest",
    )
    guarded = Guarded(connector.mapping, spool.path.with_suffix(".mapping"), version=connector.version)
    totals = Totals()
    try:
        spool.keep_state(_told_of(connector))
        with _until_signal(asyncio.current_task()) as stop, _shown(connector, totals, spool, wanted=once):
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
    finally:
        guarded.close()
        spool.close()


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
    source: Source = connector.source
    is_sent_to = isinstance(source, WebhookSource)
    if isinstance(source, WebhookSource):
        door = hook_socket(target.data, target.tenant, connector.name)
        source = source.opened(door, once=once, is_full=lambda: spool.is_full)
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
    # Who sends does not wait until the platform is there.
    connect_s = min(CONNECT_S, patience_s) if once else 0 if is_sent_to else FIRST_CONNECT_S
    await _open_link(link, connect_s, must=once)
    runner = Runner(source, mapping, spool, link, version=connector.version, pace=pace, totals=totals)
    runner.telling.heed(partial(find_rejection, target.data, connector.path))
    await (runner.run_once() if once else runner.run())


async def _open_link(link: Link, patience_s: float, *, must: bool) -> None:
    try:
        await link.open(patience_s=patience_s)
    except Unavailable as error:
        if must:
            await link.close()
            raise
        # What is read while the platform is away waits in the spool.
        log.warning("platform_away", reason=str(error))
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


@contextmanager
def _shown(connector: Declared, totals: Totals, spool: Spool, *, wanted: bool) -> Iterator[None]:
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
