# SPDX-License-Identifier: EUPL-1.2
"""Runs programs of the platform in tests of the launcher: as this user, or as one without rights."""

import signal
import sys
from collections.abc import Callable
from pathlib import Path

from allmende.launch.privileges import Account, becoming, closed_parent

QUICK = {"fsync": "off", "shared_buffers": "16MB", "max_wal_size": "64MB"}
NOBODY = Account(name="nobody", uid=65534, gids=(65534,))
REPOSITORY = Path(__file__).parents[2]


def as_nobody() -> Callable[[], None]:
    """A `preexec_fn` that makes the child an ordinary user, who can reach this interpreter wherever it is installed."""
    closed = closed_parent(Path(sys.executable), NOBODY) or closed_parent(Path(__file__), NOBODY)
    return becoming(NOBODY, reads_everywhere=closed is not None, on_parent_death=signal.SIGTERM)
