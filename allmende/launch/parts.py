# SPDX-License-Identifier: EUPL-1.2
"""The processes of a platform and how each is started: PostgreSQL, the serving process, the demo city."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from pydantic import SecretStr

from allmende.cli import USAGE
from allmende.errors import SettingsError, Unavailable
from allmende.launch import postgres
from allmende.launch.cluster import has_room, last_words
from allmende.launch.errands import Errand, Prepared
from allmende.launch.folder import Folder
from allmende.launch.privileges import becoming
from allmende.launch.supervision import Part, Process, ended
from allmende.settings import PREFIX, Settings, to_environment

PYTHON = (sys.executable, "-P", "-m")


def spawn(
    arguments: Sequence[str | Path],
    environment: Mapping[str, str],
    *,
    listeners: Sequence[socket.socket] = (),
    stdin: int = subprocess.DEVNULL,
    stdout: int | None = None,
) -> Process:
    """Start one of our own programs: it ends with this process, and prints to standard error unless told otherwise."""
    return subprocess.Popen(  # noqa: S603 - our own programs
        [*PYTHON, *map(str, arguments)],
        env=dict(environment),
        stdin=stdin,
        stdout=sys.stderr.fileno() if stdout is None else stdout,
        pass_fds=[listener.fileno() for listener in listeners],
        start_new_session=True,
        preexec_fn=becoming(None, reads_everywhere=False, on_parent_death=signal.SIGKILL),  # noqa: PLW1509 - this thread is the only one
    )


def outside_environment() -> dict[str, str]:
    """What this process was given, without the platform's own settings: they hold passwords."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


def serving_part(settings: Settings, url: str, listeners: Mapping[str, socket.socket]) -> Part:
    """The process that serves; it inherits the listening sockets, so that a port is kept while it starts again."""
    told = settings.model_copy(update={"database": SecretStr(url), "serving_password": None})
    arguments = ["allmende.cli", "serve", "all"]
    for name, listener in listeners.items():
        arguments += [f"--{name}-descriptor", str(listener.fileno())]
    environment = {**outside_environment(), **to_environment(told)}

    async def start() -> Process:
        return spawn(arguments, environment, listeners=list(listeners.values()))

    return Part(name="serving process", start=start, hopeless=frozenset({USAGE}))


def postgres_part(server: postgres.Server) -> Part:
    """The embedded PostgreSQL, of which the first start is done."""
    cluster = server.cluster

    async def start() -> Process:
        again = postgres.launch(cluster, socket_folder=server.socket_folder)
        try:
            while not again.is_ready():  # noqa: ASYNC110 - a file says so, which nobody announces
                await asyncio.sleep(0.01)
        except BaseException:
            again.stop()
            raise
        return again.process

    return Part(
        name="database server",
        start=start,
        stop_signal=signal.SIGINT,
        why=lambda: f"{last_words(cluster.log)} (see {cluster.log})",
        waits_for_people=lambda: not has_room(cluster),
    )


def demo_part(platform: str, folder: Folder) -> Part:
    """The simulated city."""
    arguments = ["allmende.launch.musterstadt", "--platform", platform]
    arguments += ["--key-file", str(folder.key_of("default", "musterstadt"))]

    async def start() -> Process:
        return spawn(arguments, outside_environment())

    return Part(name="demo city", start=start, essential=False, hopeless=frozenset({USAGE}))


async def prepare(errand: Errand) -> Prepared:
    """Have a short-lived process migrate and make keys: its memory is free again when the platform serves."""
    process = spawn(
        ["allmende.launch.preparation"], outside_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None  # noqa: S101 - they are pipes
    assert process.stdout is not None  # noqa: S101 - they are pipes
    with process.stdin, process.stdout:
        try:
            process.stdin.write(json.dumps(asdict(errand)).encode())
            process.stdin.close()
            await ended(process)
            text = process.stdout.read()
        finally:
            process.kill()
            process.wait()
    if not text:
        raise SettingsError("The database cannot be prepared; see the lines above")
    prepared = Prepared(**json.loads(text))
    if prepared.error:
        raise (Unavailable if prepared.away else SettingsError)(prepared.error)
    return prepared
