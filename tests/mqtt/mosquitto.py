# SPDX-License-Identifier: EUPL-1.2
"""An own mosquitto on a free port, and its command-line clients, for tests."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import require_part

PLACES = ("/usr/sbin", "/usr/local/sbin")


def find_program(name: str) -> str:
    """The path of one of mosquitto's programs; skips the test, or fails it, where it is missing."""
    found = shutil.which(name) or next((str(Path(place, name)) for place in PLACES if Path(place, name).exists()), None)
    require_part(
        "mosquitto", None if found else f"there is no {name}; install Debian's mosquitto and mosquitto-clients"
    )
    assert found
    return found


class Mosquitto:
    """One broker; it can be stopped and started again on the same port with its sessions."""

    def __init__(self, folder: Path, *, settings: str = "allow_anonymous true") -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        # Without "user root" it becomes user mosquitto, who may not read this folder; an ordinary user needs no line.
        self._configuration = folder / "mosquitto.conf"
        self._configuration.write_text(
            f"user root\nlistener {self.port} 127.0.0.1\npersistence true\npersistence_location {folder}/\n"
            f"max_queued_messages 0\n{settings}\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        log = (self.folder / "mosquitto.log").open("ab")
        program = find_program("mosquitto")
        self._process = subprocess.Popen([program, "-c", str(self._configuration)], stdout=log, stderr=log)
        log.close()
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                assert self._process.poll() is None, (self.folder / "mosquitto.log").read_text()
                assert time.monotonic() < deadline, "mosquitto does not listen"
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def kill(self) -> None:
        """kill -9: sessions and queued messages are gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None


@contextmanager
def running(folder: Path, *, settings: str = "allow_anonymous true") -> Iterator[Mosquitto]:
    """A broker for the time of a test."""
    find_program("mosquitto")
    broker = Mosquitto(folder, settings=settings)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
