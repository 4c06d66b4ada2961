# SPDX-License-Identifier: EUPL-1.2
"""A webhook's connector as a process: what it accepted goes to the platform when that is there."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.connectors.platforms import FakePlatform
from tests.connectors.writing import HEAD, write_file

pytestmark = [pytest.mark.server, pytest.mark.needs("mosquitto")]


@pytest.fixture
def port() -> int:
    """A free port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def file(folder: Path, port: int, more: str = "") -> Path:
    source = f"source: {{type: webhook, auth: none, listen: '127.0.0.1:{port}'{more}}}"
    return write_file(folder, f"{HEAD}{source}\nentity: {{type: T, id: id, attributes: {{x: x}}}}\n")


@contextmanager
def running(folder: Path, platform: int, *options: str) -> Iterator[subprocess.Popen[str]]:
    command = ["connectors", "run", str(folder / "connector.yaml"), "--data", str(folder / "data")]
    arguments = [*command, "--platform", f"mqtt://127.0.0.1:{platform}", *options]
    with subprocess.Popen(
        [sys.executable, "-m", "allmende.cli", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def send(port: int, number: int) -> int:
    """Send as soon as somebody listens."""
    while True:
        try:
            body = {"id": number, "x": number}
            return httpx.post(f"http://127.0.0.1:{port}/", json=body, timeout=60, trust_env=False).status_code
        except httpx.TransportError:
            time.sleep(0.02)


def test_what_was_accepted_while_the_platform_was_away_comes_to_it_after_a_kill(
    platform: FakePlatform, tmp_path: Path, port: int
) -> None:
    file(tmp_path, port)
    with running(tmp_path, 1) as alone:
        accepted = [send(port, number) for number in range(3)]
        os.kill(alone.pid, signal.SIGKILL)
        alone.wait()

    with running(tmp_path, platform.port) as again:
        platform.wait_for(lambda: len(platform.entities()) == 3)
        again.terminate()
        status = again.wait(20)

    assert accepted == [202, 202, 202]
    assert sorted(entity["x"]["value"] for entity in platform.entities()) == [0, 1, 2]
    assert status == 0


def test_once_ends_when_nothing_comes_any_more(platform: FakePlatform, tmp_path: Path, port: int) -> None:
    file(tmp_path, port, ", quiet: 1s")
    with running(tmp_path, platform.port, "--once") as process:
        accepted = send(port, 1)
        out, _ = process.communicate(timeout=30)

    assert accepted == 202
    assert out.splitlines()[-1] == '{"read": 1, "stored": 1, "rejected": 0}'
    assert process.returncode == 0


def test_a_spool_that_drops_what_is_old_takes_what_is_new(tmp_path: Path, port: int) -> None:
    path = file(tmp_path, port)
    path.write_text(path.read_text() + "spool: {size: 64KiB, when_full: drop_oldest}\n")
    with running(tmp_path, 1):
        send(port, 0)
        large = [{"id": 1, "x": "x" * 40_000}]
        statuses = [
            httpx.post(f"http://127.0.0.1:{port}/", json=large, timeout=60, trust_env=False).status_code
            for _ in range(5)
        ]

    assert statuses == [202] * 5


def test_once_is_refused_where_the_file_does_not_say_when_to_end(tmp_path: Path, port: int) -> None:
    file(tmp_path, port)
    with running(tmp_path, 1, "--once") as process:
        _, errors = process.communicate(timeout=30)

    assert process.returncode == 2
    assert "source.quiet" in errors


@pytest.mark.acceptance
def test_a_spool_that_is_full_is_said_and_nothing_more_is_taken(tmp_path: Path, port: int) -> None:
    file(tmp_path, port, ", max_size: 16MiB")
    large = [{"id": number, "x": "x" * 900_000} for number in range(16)]
    statuses = []
    with running(tmp_path, 1):
        send(port, 0)
        while not statuses or (statuses[-1] == 202 and len(statuses) < 30):
            answer = httpx.post(f"http://127.0.0.1:{port}/", json=large, timeout=60, trust_env=False)
            statuses.append(answer.status_code)
        again = httpx.post(f"http://127.0.0.1:{port}/", json={"id": 1, "x": 1}, trust_env=False)

    # The nineteenth of 14.4 MB fills 256 MiB before its last record is kept, so it is to be sent again.
    assert statuses == [202] * 18 + [503]
    assert (again.status_code, again.headers["retry-after"]) == (503, "30")
    assert "full" in again.json()["detail"]
