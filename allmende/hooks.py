# SPDX-License-Identifier: EUPL-1.2
"""Where a webhook's connector and the platform that passes requests on to it meet: a socket below the data folder."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

FOLDER: Final = "hooks"
LONGEST_ANSWER_S: Final = 20.0
"""A connector answers within this time from the end of the body on; who passes requests on waits a little longer."""


def hook_socket(data: Path, tenant: str, connector: str) -> Path:
    """The socket of a connector. It stays when its process ends: the webhook is known, and away."""
    digest = hashlib.sha256(f"{tenant}/{connector}".encode()).hexdigest()
    return data / FOLDER / digest[:24]


@contextmanager
def short_path(path: Path) -> Iterator[str]:
    """The same file by a path that fits the 108 bytes of a socket's address, however deep the data folder lies."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
