# SPDX-License-Identifier: EUPL-1.2
"""Parts for tests of connectors: a real MQTT broker and a platform of few lines behind it."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import require_part
from tests.connectors.platforms import FakePlatform


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[int]:
    """The port of a mosquitto of this test."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    require_part("mosquitto", None if program else "the program is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = tmp_path / "mosquitto.conf"
    settings.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 0\n"
        "log_type error\n"
    )
    process = subprocess.Popen([str(program), "-c", str(settings)])
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.02)
    yield port
    process.terminate()
    process.wait()


@pytest.fixture
def platform(broker: int) -> Iterator[FakePlatform]:
    """A platform that keeps what arrives and answers receipts."""
    opened = FakePlatform(broker)
    yield opened
    opened.stop()
