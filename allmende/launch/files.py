# SPDX-License-Identifier: EUPL-1.2
"""Writes small files of the data folder so that they are whole or not there, and secret where they must be."""

import errno
import os
from pathlib import Path


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner may read, never seen with other rights or half-written."""
    replace_file(path, text, mode=0o600)


def replace_file(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Put a whole file in the place of an older one, durably."""
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    unfinished.rename(path)


def make_folder(path: Path) -> None:
    """Make a folder where there is none: for its owner only, but root's can be passed by the server's user.

    A folder that is there already keeps its mode.
    """
    try:
        path.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        if not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path) from None
        return
    if os.geteuid() == 0:
        path.chmod(0o711)
