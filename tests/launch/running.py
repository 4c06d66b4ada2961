# SPDX-License-Identifier: EUPL-1.2
"""Runs programs of the platform in tests of the launcher: as this user, or as one without rights."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Self

import httpx

from allmende.launch import leftovers
from allmende.launch.privileges import Account, becoming, closed_parent

QUICK = {"fsync": "off", "shared_buffers": "16MB", "max_wal_size": "64MB"}
NOBODY = Account(name="nobody", uid=65534, gids=(65534,))
REPOSITORY = Path(__file__).parents[2]


def as_nobody() -> Callable[[], None]:
    """A `preexec_fn` that makes the child an ordinary user, who can reach this interpreter wherever it is installed."""
    closed = closed_parent(Path(sys.executable), NOBODY) or closed_parent(Path(__file__), NOBODY)
    return becoming(NOBODY, reads_everywhere=closed is not None, on_parent_death=signal.SIGTERM)


class Running:
    """A command `allmende` that runs; `ready` waits until it serves."""

    def __init__(
        self,
        *arguments: object,
        become: Callable[[], None] | None = None,
        log: Path | None = None,
        **variables: str,
    ) -> None:
        """Its standard error goes to `log`, else to whoever reads it at the end (a pipe holds 64 KiB)."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "PYTHONPATH") if name in os.environ}
        with nullcontext(subprocess.PIPE) if log is None else log.open("a") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "allmende.cli", *map(str, arguments)],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd="/",
                env={**kept, **variables},
                preexec_fn=become,  # noqa: PLW1509 - tests that start programs have one thread
            )

    def ready(self) -> tuple[str, str]:
        """The addresses of HTTP and MQTT, once it serves."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            said = self.process.stderr.read() if self.process.stderr else "see its log"
            raise AssertionError(f"it ended with {self.process.wait()}: {said}")
        word, http, mqtt = line.split()
        assert word == "ready"
        return http, mqtt

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal and wait: exit status, and what it printed to standard error."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


def up(
    data: Path,
    *options: object,
    become: Callable[[], None] | None = None,
    log: Path | None = None,
    **variables: str,
) -> Running:
    """Start a platform on free ports."""
    chosen = options if "--port" in options else (*options, "--port", 0)
    chosen = chosen if {"--mqtt-port", "--mqtt"} & set(chosen) else (*chosen, "--mqtt-port", 0)
    return Running("up", "--data", data, *chosen, become=become, log=log, **variables)


def pids_of(data: Path) -> list[int]:
    """Every process of the platform that runs in a data folder, PostgreSQL's first."""
    running = json.loads((data / "platform.json").read_text())
    lock = leftovers.read_lock_file(data / "postgres" / "pgdata")
    return [*([lock.pid] if lock else []), *map(int, running["parts"]), running["pid"]]


def status_of(url: str, path: str, *, key: str | None = None) -> int:
    """The status with which a path answers."""
    headers = {"X-API-Key": key} if key else {}
    return httpx.get(url + path, headers=headers, timeout=30, verify=False, trust_env=False).status_code
