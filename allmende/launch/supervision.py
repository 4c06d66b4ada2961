# SPDX-License-Identifier: EUPL-1.2
"""Keeps processes running: one that ends is started again with back-off, or the whole stops and says why."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import structlog

from allmende.errors import AllmendeError

LONGEST_DELAY_S = 30.0
STEADY_S = 60.0
"""Whoever ran for so long begins anew with counting failures."""
MOST_FAILURES = 6
GRACE_S = 15.0

_log = structlog.get_logger()

Process = subprocess.Popen[bytes]
T = TypeVar("T")


class PartFailed(AllmendeError):
    """A part without which the platform is none fails again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A process to keep running."""

    name: str
    start: Callable[[], Awaitable[Process]]
    """Starts it and returns once it works, or is at work."""
    essential: bool = True
    """Whether the platform stops when it fails too often."""
    stop_signal: signal.Signals = signal.SIGTERM
    hopeless: frozenset[int] = frozenset()
    """Exit statuses after which another start would end the same way (a wrong connector file, one that is done)."""
    first_delay_s: float = 0.25
    """Before it is started again; twice as long each time."""
    why: Callable[[], str] = lambda: "see the lines above"
    """What its log says last."""
    waits_for_people: Callable[[], bool] = lambda: False
    """Whether it ended because of what only a person can mend, as a full disk is: it is never given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a process ended that was to be kept running."""

    status: int
    """Its exit status; a negative one is the signal that ended it."""
    at: datetime
    is_final: bool
    """Whether it is not started again."""

    @property
    def words(self) -> str:
        """What people are told."""
        how = f"ended with status {self.status}" if self.status >= 0 else f"was ended by signal {-self.status}"
        return f"Its process {how} and is {'not started again' if self.is_final else 'to be started again'}"


async def ended(process: Process) -> int:
    """Wait until a process has ended; its exit status."""
    if process.poll() is None:
        loop = asyncio.get_running_loop()
        done = asyncio.Event()
        descriptor = os.pidfd_open(process.pid)
        loop.add_reader(descriptor, done.set)
        try:
            await done.wait()
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)
    return process.wait()


async def end(process: Process, number: signal.Signals, *, grace_s: float = GRACE_S) -> None:
    """Ask a process to end, and end it where it does not within the time of grace."""
    if process.poll() is not None:
        return
    process.send_signal(number)
    try:
        await asyncio.wait_for(ended(process), grace_s)
    except TimeoutError:
        _log.warning("part_did_not_stop", pid=process.pid)
        process.kill()
        await ended(process)


class Kept:
    """A part that is kept running until `stop`."""

    def __init__(self, part: Part, on_change: Callable[[], None] = lambda: None) -> None:
        self.part = part
        self.process: Process | None = None
        self.ending: Ending | None = None
        """Of the last process, as long as there is no other one."""
        self._on_change = on_change
        self._failures = 0
        self._task: asyncio.Task[None] | None = None

    async def start(self, process: Process | None = None) -> None:
        """Start it for the first time, or take over who runs already; from now on it is kept running."""
        self.process = process or await self.part.start()
        self._tell()
        self._task = asyncio.create_task(self._keep(self.process), name=self.part.name)

    @property
    def watch(self) -> "asyncio.Task[None] | None":
        """Ends with PartFailed when it is given up; None before `start`."""
        return self._task

    async def stop(self) -> None:
        """End it for good."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self.process is not None:
            await end(self.process, self.part.stop_signal)

    async def _keep(self, process: Process) -> None:
        loop = asyncio.get_running_loop()
        while True:
            since = loop.time()
            status = await ended(process)
            is_final = status in self.part.hopeless
            self.ending = Ending(status=status, at=datetime.now(UTC), is_final=is_final)
            if is_final:
                (_log.error if status else _log.info)("part_ended_for_good", name=self.part.name, status=status)
                if self.part.essential:
                    raise PartFailed(f"The {self.part.name} cannot start with these settings: {self.part.why()}")
                return
            self._failures = 1 if loop.time() - since > STEADY_S else self._failures + 1
            process = await self._start_again(status)

    async def _start_again(self, status: int) -> Process:
        while True:
            if self.part.essential and self._failures >= MOST_FAILURES and not self.part.waits_for_people():
                raise PartFailed(f"The {self.part.name} ended {self._failures} times: {self.part.why()}")
            delay = min(LONGEST_DELAY_S, self.part.first_delay_s * 2 ** (self._failures - 1))
            _log.warning("part_ended", name=self.part.name, status=status, again_in_s=delay)
            await asyncio.sleep(delay)
            try:
                self.process = await self.part.start()
            except (AllmendeError, OSError) as error:
                # Of the system: there is no memory, or there are no descriptors, for another process at the moment.
                self._failures += 1
                _log.warning("part_did_not_start", name=self.part.name, error=str(error))
                continue
            self.ending = None
            self._tell()
            _log.info("part_started_again", name=self.part.name, pid=self.process.pid)
            return self.process

    def _tell(self) -> None:
        try:
            self._on_change()
        except OSError as error:
            # On a full disk, too, what runs is kept running.
            _log.warning("part_not_told", name=self.part.name, reason=str(error))


async def unless_given_up(kept: Iterable[Kept], work: Coroutine[Any, Any, T]) -> T:
    """Do some work while parts are kept running; raises PartFailed when one of them is given up meanwhile."""
    working = asyncio.create_task(work)
    pending: set[asyncio.Task[Any]] = {working, *(one.watch for one in kept if one.watch is not None)}
    try:
        while not working.done():
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done - {working}:
                task.result()
        return working.result()
    finally:
        working.cancel()
