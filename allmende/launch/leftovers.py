# SPDX-License-Identifier: EUPL-1.2
"""Finds and ends what an earlier PostgreSQL server left running on a data folder, and nothing else."""

import os
import select
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from allmende.errors import SettingsError

CLOCK_TOLERANCE_S = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LockFile:
    """What `postmaster.pid` says."""

    pid: int
    folder: str
    started: int
    socket_folder: str
    ready: bool


def parse_lock_file(text: str) -> LockFile | None:
    """Read the lines of `postmaster.pid`; None while it is being written."""
    lines = [line.strip() for line in text.splitlines()]
    if len(lines) < 3 or not (lines[0].lstrip("-").isdigit() and lines[2].isdigit()):
        return None
    return LockFile(
        pid=abs(int(lines[0])),
        folder=lines[1],
        started=int(lines[2]),
        socket_folder=lines[4] if len(lines) > 4 else "",
        ready=len(lines) > 7 and lines[7] == "ready",
    )


def read_lock_file(folder: Path) -> LockFile | None:
    """Read `postmaster.pid` of a data folder, where there is a whole one."""
    try:
        return parse_lock_file((folder / "postmaster.pid").read_text())
    except FileNotFoundError:
        return None


def status_of(pid: int) -> list[str] | None:
    """What /proc says of a process from its state on; None where there is none, or only its exit status is left."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in {"Z", "X"} else fields


def started_at(pid: int) -> float | None:
    """When a process was started, in seconds since the epoch; None where there is no such process."""
    status = status_of(pid)
    if status is None:
        return None
    boot = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime"))
    return int(boot.split()[1]) + int(status[19]) / os.sysconf("SC_CLK_TCK")


def works_in(pid: int, folder: Path) -> bool:
    """Whether a process is a PostgreSQL process of this data folder (which is always its working directory)."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if not Path(os.fsdecode(command[0].partition(b":")[0])).name.startswith("postgres"):
            return False
        return Path(f"/proc/{pid}/cwd").samefile(folder)
    except PermissionError:
        return b"-D" + os.fsencode(folder) in command
    except (FileNotFoundError, ProcessLookupError):
        return False


def is_server_of(lock: LockFile, folder: Path) -> bool:
    """Whether pid, start time and data folder agree: the process is the server that wrote this file."""
    started = started_at(lock.pid)
    return (
        started is not None
        and abs(started - lock.started) <= CLOCK_TOLERANCE_S
        and Path(lock.folder) == folder
        and works_in(lock.pid, folder)
    )


def wait_for_end(pid: int, seconds: float) -> bool:
    """Wait until a process has ended; False where it has not after so many seconds."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)


def end_process(pid: int, *, signals: tuple[tuple[signal.Signals, float], ...]) -> bool:
    """Ask a process to end, ever more firmly; each signal has so many seconds."""
    for number, seconds in signals:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        if wait_for_end(pid, seconds):
            return True
    return False


FIRMLY = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
AT_ONCE = ((signal.SIGQUIT, 1.0), (signal.SIGKILL, 5.0))


def servers_of(folder: Path) -> list[int]:
    """Every process of a PostgreSQL server that works in this data folder."""
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in pids if works_in(pid, folder)]


def parent_of(pid: int) -> int | None:
    """The parent of a process; None where there is no such process."""
    status = status_of(pid)
    return int(status[1]) if status else None


def end_leftovers(folder: Path) -> LockFile | None:
    """End the server that an earlier run left on this data folder, and its orphans; a stale lock file is removed."""
    lock = read_lock_file(folder)
    if lock is not None and is_server_of(lock, folder):
        end_process(lock.pid, signals=FIRMLY)
    left = servers_of(folder)
    for pid in left:
        if parent_of(pid) not in left and is_backend(pid):
            end_process(pid, signals=AT_ONCE)
    if servers_of(folder):
        raise SettingsError(f"A PostgreSQL server that this platform did not start uses {folder}; stop it first")
    # The id in this file may be another process's by now, or that of an ended one that nobody has waited for.
    (folder / "postmaster.pid").unlink(missing_ok=True)
    return lock


def is_backend(pid: int) -> bool:
    """Whether a process is a child of a postmaster (those carry a title such as `postgres: checkpointer`)."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"postgres: ")
    except (FileNotFoundError, ProcessLookupError):
        return False
