# SPDX-License-Identifier: EUPL-1.2
"""A real Keycloak for the tests of this folder: that of ALLMENDE_TEST_KEYCLOAK, else one of this session."""

import os
import shutil
import socket
import subprocess

import pytest

from tests.conftest import SHARED, require_part

UP, DOWN = SHARED / "tools" / "keycloak-up.sh", SHARED / "tools" / "keycloak-down.sh"


def free_port():
    """A port that is free, and free 1000 above, where Keycloak is managed."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as one:
            port = one.getsockname()[1]
            if port > 64_000:
                continue
            try:
                socket.create_server(("127.0.0.1", port + 1000)).close()
            except OSError:
                continue
            return port


@pytest.fixture(scope="session")
def keycloak():
    """The address of a Keycloak whose administrator is admin with the password admin."""
    given = os.environ.get("ALLMENDE_TEST_KEYCLOAK")
    if given:
        yield given
        return
    missing = None if UP.is_file() else f"{UP} is not there"
    missing = missing or (None if shutil.which("java") else "java is not installed")
    require_part("keycloak", missing)
    port = str(free_port())
    started = subprocess.run(["bash", UP, port], capture_output=True, text=True, timeout=360, check=False)
    if started.returncode:
        require_part("keycloak", started.stderr.strip() or "it did not start")
    yield started.stdout.split()[-1]
    subprocess.run(["bash", DOWN, port], capture_output=True, timeout=60, check=True)
