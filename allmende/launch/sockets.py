# SPDX-License-Identifier: EUPL-1.2
"""The folder of PostgreSQL's socket: closed to others, its path short enough, removed with care."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from allmende.launch.cluster import Cluster, chown

LONGEST_PATH = 100
NAMES = (".s.PGSQL.5432", ".s.PGSQL.5432.lock")


def make_socket_folder(cluster: Cluster) -> Path:
    """A folder for the socket that only the server's user may enter; a short one where the path would be too long."""
    chosen = cluster.folder / "socket"
    is_long = len(os.fsencode(chosen / NAMES[0])) > LONGEST_PATH
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
    for name in NAMES:
        (socket_folder / name).unlink(missing_ok=True)


def quoted(path: Path) -> str:
    """Write a path as one element of a list of paths."""
    return '"{}"'.format(str(path).replace('"', '""'))
