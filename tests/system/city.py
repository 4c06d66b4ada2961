# SPDX-License-Identifier: EUPL-1.2
"""A platform of `allmende up` in a folder of its own: started, asked, killed and started again."""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC
from pathlib import Path
from typing import Any

import httpx
import psycopg

from allmende.launch import leftovers
from allmende.launch.postgres import superuser_url
from tests.launch.running import Running, pids_of, up
from tests.system.waiting import until

Reading = tuple[str, str, Any]
"""Entity, observedAt, value."""


class City:
    """One data folder and the platform that runs on it."""

    def __init__(self, data: Path, *options: object, **variables: str) -> None:
        self.data = data
        self.options = options
        self.variables = variables
        self.http = self.mqtt = ""
        self.running: Running | None = None
        self.senders: list[Running] = []
        """Connectors that tests have started; none outlives the platform, whatever a test comes to."""

    @property
    def key_file(self) -> Path:
        return self.data / "admin.key"

    @property
    def key(self) -> str:
        return self.key_file.read_text().strip()

    @property
    def log(self) -> Path:
        return self.data.with_suffix(".log")

    def start(self) -> None:
        """Start it and wait until it serves; on the ports that it had before."""
        ports: Sequence[object] = ()
        if self.http:
            ports = ("--port", port_of(self.http))
            ports = ports if "--mqtt" in self.options else (*ports, "--mqtt-port", port_of(self.mqtt))
        self.running = up(self.data, *self.options, *ports, log=self.log, **self.variables)
        self.http, self.mqtt = self.running.ready()

    def stop(self) -> int:
        """End it as an operator does; its exit status."""
        running, self.running = self.running, None
        while self.senders:
            self.senders.pop().end()
        return running.end()[0] if running else 0

    @contextmanager
    def up(self) -> Iterator["City"]:
        """Have it run for a while."""
        self.start()
        try:
            yield self
        finally:
            self.stop()

    # Its processes

    @property
    def postmaster(self) -> int:
        lock = leftovers.read_lock_file(self.data / "postgres" / "pgdata")
        assert lock is not None
        return lock.pid

    @property
    def serving(self) -> int:
        return pids_of(self.data)[-2]

    @property
    def supervisor(self) -> int:
        assert self.running is not None
        return self.running.process.pid

    def kill(self, *pids: int) -> None:
        """kill -9, one after another, and wait for the ends."""
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        for pid in pids:
            assert leftovers.wait_for_end(pid, 10)

    def kill_everything(self, *others: int) -> None:
        """The supervisor last: who ends with it must not end in good order before it is killed itself."""
        self.kill(self.postmaster, self.serving, *others, self.supervisor)
        self.stop()

    # Its database

    def sql(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Ask PostgreSQL as its superuser."""
        with self.connect() as connection:
            return connection.execute(query, parameters or None).fetchall()

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection of its superuser."""
        if "ALLMENDE_DATABASE" in self.variables:
            return psycopg.connect(self.variables["ALLMENDE_DATABASE"], autocommit=True)
        lock = leftovers.read_lock_file(self.data / "postgres" / "pgdata")
        assert lock is not None
        assert lock.ready
        password = (self.data / "postgres" / "superuser.password").read_text()
        return psycopg.connect(superuser_url(password, Path(lock.socket_folder)), autocommit=True, connect_timeout=5)

    def database_is_up(self) -> bool:
        """Whether PostgreSQL takes connections."""
        with suppress(psycopg.Error, AssertionError):
            self.sql("SELECT 1")
            return True
        return False

    def rows(self) -> int:
        """How many rows of history there are."""
        return int(self.sql("SELECT count(*) FROM t_default.history")[0][0])

    def history(self, attribute: str, *, ids: str = "%") -> Counter[Reading]:
        """Every row of history of an attribute, and how often it is there."""
        query = (
            "SELECT n.id, h.time, h.number FROM t_default.history h JOIN t_default.name n USING (seq)"
            " JOIN t_default.attribute a ON a.id = h.attribute WHERE a.iri LIKE %s AND n.id LIKE %s AND NOT h.deleted"
        )
        rows = self.sql(query, f"%/{attribute}", ids)
        return Counter((name, time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), value) for name, time, value in rows)

    def dead_letters(self) -> int:
        """How many dead letters there are."""
        return int(self.sql("SELECT count(*) FROM t_default.dead_letter")[0][0])

    # Its API

    def client(self, **more: Any) -> httpx.Client:
        """A client with the administrator's key; it speaks HTTP, and reads no certificates, which takes longer than to ask."""
        headers = {"X-API-Key": self.key}
        return httpx.Client(base_url=self.http, headers=headers, timeout=60, trust_env=False, verify=False, **more)

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        """Ask once."""
        with self.client() as client:
            return client.get(path, params=parameters)

    def command(self, *arguments: object) -> str:
        """What an administrative command prints."""
        command = Running(*arguments, "--data", self.data)
        output, errors = command.process.communicate(timeout=60)
        assert command.process.returncode in {0, 3}, errors
        return str(output)


def port_of(url: str) -> int:
    """The port of an address."""
    return int(url.rpartition(":")[2])


def cpu_seconds(pid: int) -> float:
    """The time of the processor that a process has used."""
    fields = leftovers.status_of(pid)
    assert fields is not None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_for_rows(city: City, at_least: int, *, ended: Callable[[], bool] = lambda: False) -> int:
    """Wait until history has so many rows; how many it has then."""
    with city.connect() as connection:

        def enough() -> int:
            assert not ended(), "the work was done before anything could be killed"
            row = connection.execute("SELECT count(*) FROM t_default.history").fetchone()
            assert row is not None
            return int(row[0]) if row[0] >= at_least else 0

        return until(enough, f"{at_least} rows of history", every_s=0.002)
