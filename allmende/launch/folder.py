# SPDX-License-Identifier: EUPL-1.2
"""The data folder: whose it is at the moment, which version made it, what lies where."""

import fcntl
import json
import os
import secrets
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from allmende.errors import SettingsError
from allmende.launch.files import make_folder, replace_file, write_secret
from allmende.launch.leftovers import end_process, status_of
from allmende.spools import file_name
from connectors.rejections import NAME

VERSION = 1
"""Of the layout of this folder; a platform opens folders of its own and of older versions."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A data folder, absolute."""

    path: Path

    @property
    def postgres(self) -> Path:
        """Where the embedded PostgreSQL lives."""
        return self.path / "postgres"

    @property
    def admin_key(self) -> Path:
        """The administrator's key of the first start."""
        return self.path / "admin.key"

    @property
    def serving_url(self) -> Path:
        """The database's URL for the serving role."""
        return self.path / "serving.url"

    @property
    def running(self) -> Path:
        """Where the platform that runs here is reached, and its processes."""
        return self.path / "platform.json"

    @property
    def connector_files(self) -> Path:
        """What the platform says of the files of its connectors."""
        return self.path / NAME

    def key_of(self, tenant: str, connector: str) -> Path:
        """The key of a connector that the platform runs."""
        return self.path / "keys" / file_name(tenant, connector)

    def serving_password(self) -> str:
        """The serving role's password, made at the first start."""
        file = self.path / "serving.password"
        if not file.exists():
            write_secret(file, secrets.token_urlsafe(24))
        return file.read_text()


@contextmanager
def claim(path: Path) -> Iterator[Folder]:
    """Make the folder if need be and hold it: a second platform on it is refused, and so is a newer folder."""
    try:
        make_folder(path)
        lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SettingsError(f"--data {path} cannot be used: {error.strerror}") from error
    try:
        hold(lock, path)
        folder = Folder(path.resolve())
        refuse_newer(folder.path)
        end_parts(folder)
        folder.connector_files.unlink(missing_ok=True)
        yield folder
        folder.running.unlink(missing_ok=True)
    finally:
        os.close(lock)


def hold(lock: int, path: Path) -> None:
    """Lock the folder for this process."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise SettingsError(f"A platform runs in {path} already; choose another folder with --data") from error


def refuse_newer(path: Path) -> None:
    """Read the version mark, and set it in a new folder."""
    mark = path / "version"
    if not mark.exists():
        replace_file(mark, f"{VERSION}\n")
        return
    text = mark.read_text().strip()
    if not text.isdigit() or int(text) > VERSION:
        raise SettingsError(
            f"{path} was made by a newer platform (version {text}; this one knows {VERSION}); upgrade this installation"
        )


def identity(pid: int) -> str | None:
    """What tells a process from any other that ever had this pid; None where there is none."""
    status = status_of(pid)
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}/{status[19]}" if status else None


def publish(folder: Folder, *, http: str, mqtt: str, pids: Sequence[int]) -> None:
    """Say where the platform is reached, and which processes are its own."""
    parts = {str(pid): identity(pid) for pid in pids}
    text = json.dumps({"http": http, "mqtt": mqtt, "pid": os.getpid(), "parts": parts})
    replace_file(folder.running, text + "\n", mode=0o600)


def end_parts(folder: Folder) -> None:
    """End the processes that a platform which was killed left behind; no other ones."""
    try:
        parts = json.loads(folder.running.read_text())["parts"]
    except (FileNotFoundError, ValueError, KeyError):
        return
    for pid, known in parts.items():
        if known is not None and identity(int(pid)) == known:
            end_process(int(pid), signals=((signal.SIGKILL, 5.0),))
    folder.running.unlink()
