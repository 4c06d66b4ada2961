# SPDX-License-Identifier: EUPL-1.2
"""`connectors list`: how the connectors of a data folder are, whether they run or not."""

import json
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from allmende.errors import SettingsError, Unavailable
from connectors.declarative.connector import open_connector
from connectors.locking import is_locked
from connectors.running import run_connector
from connectors.spool import Spool
from connectors.states import ConnectorState, read_states
from connectors.targets import find_target
from tests.connectors.platforms import FakePlatform
from tests.connectors.test_publishing import FILE, start, time_of, write_source
from tests.connectors.test_publishing import run as run_once
from tests.connectors.test_testing import run


def server(function: Callable[..., None]) -> Callable[..., None]:
    marked: Callable[..., None] = pytest.mark.server(pytest.mark.needs("mosquitto")(function))
    return marked


def listed(data: Path) -> list[dict[str, Any]]:
    done = run("list", "--data", data, "--json")
    assert done.exit_code == 0
    answer: list[dict[str, Any]] = json.loads(done.stdout)
    return answer


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that any user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="open-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@contextmanager
def as_another_user() -> Iterator[None]:
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def wait_for(data: Path, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    for _ in range(400):
        states = listed(data)
        if states and condition(states[0]):
            return states[0]
        time.sleep(0.05)
    raise AssertionError(listed(data))


@server
def test_a_connector_runs_fails_and_stops(tmp_path: Path, platform: FakePlatform) -> None:
    path, data = write_source(tmp_path, [("a", time_of(1), "1"), ("b", time_of(1), "many")]), tmp_path / "data"
    path.write_text(f"{FILE}quality: {{max_age: 1h}}\n")

    process = start(path, platform.port)
    try:
        running = wait_for(data, lambda state: state["state"] == "waiting" and state["last_stored"] is not None)
        (tmp_path / "source.csv").unlink()
        failing = wait_for(data, lambda state: state["state"] == "failing")
    finally:
        process.terminate()
        process.communicate(timeout=60)
    (stopped,) = listed(data)

    assert (running["tenant"], running["name"], running["file"]) == ("default", "test", str(path))
    assert (running["backlog"], running["set_aside"], running["last_error"]) == (0, 1, None)
    assert (running["max_age_s"], running["silent_since"]) == (3600, None)
    assert None not in (running["last_read"], running["next_read"], running["version"])
    assert failing["last_error"]["text"] == f"File {tmp_path / 'source.csv'} does not exist"
    assert (stopped["state"], stopped["next_read"]) == ("stopped", None)
    assert stopped["last_stored"] == running["last_stored"]
    assert f"test: {failing['last_error']['text']}\n" in run("list", "--data", data).stdout


@server
def test_a_run_that_stores_nothing_new_keeps_what_was_known(tmp_path: Path, platform: FakePlatform) -> None:
    path, data = write_source(tmp_path, [("a", time_of(1), "1")]), tmp_path / "data"
    run_once(path, platform.port)
    before = listed(data)
    run_once(path, platform.port)

    assert before[0]["state"] == "stopped"
    assert before[0]["last_stored"] is not None
    assert listed(data) == before


@server
def test_a_connector_that_was_killed_does_not_run(tmp_path: Path, platform: FakePlatform) -> None:
    path, data = write_source(tmp_path, [("a", time_of(1), "1")]), tmp_path / "data"
    process = start(path, platform.port)
    before = wait_for(data, lambda state: state["state"] == "waiting" and state["last_stored"] is not None)

    process.kill()
    process.communicate(timeout=60)

    (killed,) = listed(data)
    assert killed == before | {"state": "stopped", "next_read": None}


def test_a_platform_that_is_away_is_the_last_error(tmp_path: Path) -> None:
    path = write_source(tmp_path, [("a", time_of(1), "1")])
    connector, data = open_connector(path), tmp_path / "data"
    target = find_target("mqtt://127.0.0.1:1", None, connector=connector.name, tenant="default", data=data)

    with pytest.raises(Unavailable):
        run_connector(connector, target, once=True, patience_s=0.1)

    (state,) = listed(data)

    assert state["state"] == "stopped"
    assert "127.0.0.1:1" in state["last_error"]["text"]


def test_a_spool_of_an_older_version_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "spool" / "default-old-one.sqlite"
    Spool(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE state")

    assert read_states(tmp_path) == [ConnectorState(tenant="default", name="old-one", state="stopped")]
    assert "old-one" in run("list", "--data", tmp_path).stdout


def test_a_file_that_is_no_spool_is_told_and_the_others_are_listed(tmp_path: Path) -> None:
    Spool(tmp_path / "spool" / "default-b.sqlite").close()
    (tmp_path / "spool" / "default-a.sqlite").write_bytes(b"nothing of this kind" * 100)

    broken, fine = read_states(tmp_path)

    assert broken.last_error is not None
    assert "cannot be read: file is not a database" in broken.last_error["text"]
    assert (fine.name, fine.last_error) == ("b", None)


def test_a_connector_is_silent_when_it_stored_nothing_for_longer_than_it_may(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool" / "default-a.sqlite")
    stored = datetime(2026, 1, 1, tzinfo=UTC)
    spool.keep_state({"last_stored": "2026-01-01T00:00:00Z", "max_age_s": 60.0, "state": "waiting"})

    (fine,) = read_states(tmp_path, now=stored + timedelta(seconds=60))
    (silent,) = read_states(tmp_path, now=stored + timedelta(seconds=61))
    spool.close()

    assert (fine.state, fine.silent_since) == ("waiting", None)
    assert silent.silent_since == "2026-01-01T00:00:00Z"
    assert "a: silent since 2026-01-01T00:00:00Z\n" in run("list", "--data", tmp_path).stdout


def test_listing_waits_for_no_writer_and_locks_nobody_out(tmp_path: Path) -> None:
    path = tmp_path / "spool" / "default-a.sqlite"
    spool = Spool(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        (state,) = read_states(tmp_path)
        writer.execute("ROLLBACK")
    with pytest.raises(SettingsError, match="Another process runs"):
        Spool(path)
    spool.close()

    assert state.state == "running"
    assert not is_locked(path)
    Spool(path).close()


def test_a_spool_of_another_user_is_told_and_so_is_a_folder_of_spools(open_folder: Path) -> None:
    folder = open_folder / "spool"
    Spool(folder / "default-a.sqlite").close()
    folder.chmod(0o755)

    with as_another_user():
        (foreign,) = read_states(open_folder)
    folder.chmod(0o700)
    with as_another_user(), pytest.raises(SettingsError, match="Permission denied; list the connectors as its owner"):
        read_states(open_folder)

    assert (foreign.name, foreign.state) == ("a", "unknown")
    assert foreign.last_error is not None
    assert "belongs to another user" in foreign.last_error["text"]


def test_a_folder_without_spools_is_told(tmp_path: Path) -> None:
    done = run("list", "--data", tmp_path)

    assert (done.exit_code, done.stdout, done.stderr) == (0, "", f"No connector has a spool in {tmp_path}\n")
    assert listed(tmp_path) == []
