# SPDX-License-Identifier: EUPL-1.2
"""One process for each spool: the lock beside its file."""

import fcntl
import os
import time
from pathlib import Path

from allmende.errors import SettingsError

LOCK_TRIES = 5
LOCK_PAUSE_S = 0.02


def is_locked(path: Path) -> bool:
    """Whether a process runs the connector of that spool; PermissionError where this user may not know."""
    try:
        descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def lock(path: Path) -> int:
    """Lock a spool for this process; give the descriptor. SettingsError where another process has it."""
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    for attempt in range(1, LOCK_TRIES + 1):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError as error:
            if attempt == LOCK_TRIES:
                os.close(descriptor)
                raise SettingsError(f"Another process runs the connector of {path}; end it first") from error
            # Who lists connectors looks at the lock for a moment.
            time.sleep(LOCK_PAUSE_S)
    return descriptor
