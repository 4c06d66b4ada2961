# SPDX-License-Identifier: EUPL-1.2
"""`allmende up`: one command, the whole platform; it ends cleanly and mends itself."""

import json
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from allmende.launch import leftovers
from tests.launch.running import Running, as_nobody, pids_of, status_of, up

pytestmark = pytest.mark.server


def test_the_platform_serves_and_ends_with_status_0_and_leaves_nothing_running(tmp_path: Path) -> None:
    data = tmp_path / "data"
    platform = up(data)
    http, mqtt = platform.ready()
    ready = status_of(http, "/readyz")
    pids = pids_of(data)

    status, _ = platform.end()

    assert ready == 200
    assert mqtt.startswith("mqtt://127.0.0.1:")
    assert status == 0
    assert [pid for pid in pids if leftovers.started_at(pid) is not None] == []
    assert leftovers.servers_of(data / "postgres" / "pgdata") == []
    assert not (data / "platform.json").exists()


def test_the_first_start_writes_the_administrators_key_for_its_owner_only(tmp_path: Path) -> None:
    with up(tmp_path) as platform:
        http, _ = platform.ready()
        key = (tmp_path / "admin.key").read_text().strip()
        with_key, without = status_of(http, "/admin/keys", key=key), status_of(http, "/admin/keys")

    assert (tmp_path / "admin.key").stat().st_mode & 0o777 == 0o600
    assert (with_key, without) == (200, 401)


def test_ctrl_c_ends_it_with_status_0(tmp_path: Path) -> None:
    platform = up(tmp_path)
    platform.ready()

    status, _ = platform.end(signal.SIGINT)

    assert status == 0


def test_a_signal_before_it_serves_ends_it_with_status_0(tmp_path: Path) -> None:
    platform = up(tmp_path)
    wait_for_file(tmp_path / "postgres" / "postgres.log")

    status, _ = platform.end()

    assert status == 0
    assert leftovers.servers_of(tmp_path / "postgres" / "pgdata") == []


def wait_for_file(path: Path) -> None:
    """Wait until another process has made a file."""
    while not path.exists():
        time.sleep(0.01)


def test_two_platforms_run_beside_each_other_and_a_third_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with up(tmp_path / "a") as first, up(tmp_path / "b") as second:
        urls = {first.ready()[0], second.ready()[0]}
        statuses = {status_of(url, "/readyz") for url in urls}
        refused, words = up(tmp_path / "a").end(signal.SIGCONT)

    assert len(urls) == 2
    assert statuses == {200}
    assert refused == 2
    assert words == f"Error: A platform runs in {tmp_path / 'a'} already; choose another folder with --data\n"


def test_the_serving_process_is_started_again_on_the_same_port(tmp_path: Path) -> None:
    with up(tmp_path) as platform:
        http, _ = platform.ready()
        serving = pids_of(tmp_path)[1]

        os.kill(serving, signal.SIGKILL)
        assert leftovers.wait_for_end(serving, 10)
        status = status_of(http, "/livez")

    assert status == 200


def test_postgresql_is_started_again_and_the_platform_gets_over_it(tmp_path: Path) -> None:
    data = tmp_path / ("x" * 100)  # so that the socket lies elsewhere: its path stays what it was
    with up(data) as platform:
        http, _ = platform.ready()
        key = (data / "admin.key").read_text().strip()
        server = pids_of(data)[0]

        os.kill(server, signal.SIGKILL)
        assert leftovers.wait_for_end(server, 10)
        # Its backends outlive it for a moment, and answer.
        while not is_started_again(data, server) or (status := status_of(http, "/readyz")) == 503:
            time.sleep(0.01)
        keys = status_of(http, "/admin/keys", key=key)

    assert (status, keys) == (200, 200)


def is_started_again(data: Path, server: int) -> bool:
    """Whether PostgreSQL has another process than the one that ended."""
    lock = leftovers.read_lock_file(data / "postgres" / "pgdata")
    return lock is not None and lock.pid != server


def test_a_start_after_kill_9_of_everything_mends_itself(tmp_path: Path) -> None:
    killed = up(tmp_path)
    http, _ = killed.ready()
    key = (tmp_path / "admin.key").read_text()
    for pid in pids_of(tmp_path):
        os.kill(pid, signal.SIGKILL)
    killed.end()

    with up(tmp_path, "--port", http.rpartition(":")[2]) as platform:
        again, _ = platform.ready()
        status = status_of(again, "/admin/keys", key=key.strip())

    assert again == http
    assert status == 200
    assert (tmp_path / "admin.key").read_text() == key


def test_a_start_right_after_kill_9_of_the_supervisor_alone_ends_what_it_left(tmp_path: Path) -> None:
    killed = up(tmp_path)
    http, _ = killed.ready()
    pids = pids_of(tmp_path)
    killed.process.kill()

    with up(tmp_path, "--port", http.rpartition(":")[2]) as platform:
        platform.ready()
        left = [pid for pid in pids if pid != killed.process.pid and leftovers.started_at(pid) is not None]

    killed.end()
    assert left == []


def test_a_port_that_is_taken_is_one_line_that_names_port_and_option(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        status, words = up(tmp_path, "--port", port).end(signal.SIGCONT)

    assert status == 2
    assert words == f"Error: Port {port} is taken; choose another with --port\n"


def test_a_folder_of_a_newer_platform_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "version").write_text("2\n")

    status, words = up(tmp_path).end(signal.SIGCONT)

    assert status == 2
    assert words.startswith(f"Error: {tmp_path} was made by a newer platform (version 2; this one knows 1)")
    assert words.count("\n") == 1
    assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--host", "0.0.0.0"), "--host 0.0.0.0 is reached from other machines: give --tls-cert and --tls-key"),
        (("--host", "0.0.0.0", "--open"), "--open is refused unless --host is a loopback address"),
        (("--tls-cert", "c.pem"), "--tls-cert and --tls-key need each other"),
        (("--connectors", "/nowhere"), "--connectors /nowhere is not a folder"),
        (("--port", "99999"), "--port: Input should be less than or equal to 65535"),
    ],
)
def test_a_start_that_would_be_unsafe_or_senseless_is_refused(
    tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    status, errors = up(tmp_path / "data", *options).end(signal.SIGCONT)

    assert status == 2
    assert words in errors
    assert errors.count("\n") == 1


def test_an_ordinary_user_runs_the_platform(nobodys_folder: Path) -> None:
    with up(nobodys_folder / "data", become=as_nobody(), HOME="/nonexistent") as platform:
        http, _ = platform.ready()
        status = status_of(http, "/readyz")
        owners = {entry.lstat().st_uid for entry in (nobodys_folder / "data").rglob("*")}

    assert status == 200
    assert owners == {65534}


def test_root_runs_the_platform_below_a_folder_that_only_root_may_enter(closed_folder: Path) -> None:
    with up(closed_folder / "data") as platform:
        http, _ = platform.ready()
        status = status_of(http, "/readyz")

    assert status == 200
    assert closed_folder.parent.stat().st_mode & 0o777 == 0o700
    assert closed_folder.stat().st_mode & 0o777 == 0o755


def test_another_postgresql_takes_the_place_of_the_embedded_one(tmp_path: Path, empty: str) -> None:
    with up(tmp_path, ALLMENDE_DATABASE=empty) as platform:
        http, _ = platform.ready()
        status = status_of(http, "/readyz")

    assert status == 200
    assert not (tmp_path / "postgres").exists()


def test_a_database_that_is_away_at_the_start_is_one_line_and_status_4(tmp_path: Path) -> None:
    status, words = up(tmp_path, ALLMENDE_DATABASE="postgresql://a:secret@127.0.0.1:1/b").end(signal.SIGCONT)

    assert status == 4
    assert words.count("\n") == 1
    assert "secret" not in words


def test_doctor_finds_a_running_platform_well_and_says_what_a_stopped_one_needs(tmp_path: Path) -> None:
    with up(tmp_path) as platform:
        platform.ready()
        well, _ = finish(Running("doctor", "--data", tmp_path))

    ill, said = finish(Running("doctor", "--data", tmp_path, "--json"))

    assert (well, ill) == (0, 1)
    findings = {finding["what"]: finding for finding in json.loads(said.splitlines()[-1])}
    assert not findings["http"]["ok"]
    assert "allmende up" in findings["http"]["text"]
    assert findings["disk"]["ok"]


def finish(command: Running) -> tuple[int, str]:
    """Wait for the end of a command: exit status, and what it printed."""
    output, _ = command.process.communicate(timeout=60)
    return command.process.returncode, output
