# SPDX-License-Identifier: EUPL-1.2
"""`allmende migrate` and `allmende serve`: the platform on a PostgreSQL of one's own, one process at a time."""

import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.launch.running import Running, status_of, up

pytestmark = pytest.mark.server
PORTS = ("--port", 0, "--mqtt-port", 0)


def test_a_migrated_database_is_served_by_the_role_that_migrate_made(tmp_path: Path, empty: str) -> None:
    migrated = Running("migrate", "--data", tmp_path, ALLMENDE_DATABASE=empty)
    said, _ = migrated.process.communicate(timeout=60)
    url = tmp_path / "serving.url"

    with Running("serve", "all", *PORTS, ALLMENDE_DATABASE_FILE=str(url)) as serving:
        http, _ = serving.ready()
        key = (tmp_path / "admin.key").read_text().strip()
        ready, keys = status_of(http, "/readyz"), status_of(http, "/admin/keys", key=key)
        status, _ = serving.end()

    assert migrated.process.returncode == 0
    assert str(url) in said
    assert url.stat().st_mode & 0o777 == 0o600
    assert (ready, keys, status) == (200, 200, 0)
    with psycopg.connect(url.read_text()) as connection:
        row = connection.execute("SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user").fetchone()
    assert row == (False, False)


def test_a_database_that_is_away_does_not_keep_the_process_from_serving() -> None:
    with Running("serve", "all", *PORTS, ALLMENDE_DATABASE="postgresql://a:b@127.0.0.1:1/c") as serving:
        http, _ = serving.ready()
        alive, ready = status_of(http, "/livez"), status_of(http, "/readyz")
        status, _ = serving.end()

    assert (alive, ready, status) == (200, 503, 0)


def test_migrate_and_serve_without_a_database_are_refused_in_one_line(tmp_path: Path) -> None:
    for command in (("migrate", "--data", tmp_path), ("serve", "all")):
        run = Running(*command)
        _, errors = run.process.communicate(timeout=60)

        assert run.process.returncode == 2
        assert errors.startswith("Error: --database is required")
        assert errors.count("\n") == 1


def test_a_role_that_may_not_migrate_is_told_so_in_one_line(tmp_path: Path, empty: str) -> None:
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute("CREATE ROLE visitor LOGIN PASSWORD 'visitor'")
        try:
            url = empty.replace(f"//{connection.info.user}:{connection.info.password}@", "//visitor:visitor@")
            run = Running("migrate", "--data", tmp_path, ALLMENDE_DATABASE=url)
            _, errors = run.process.communicate(timeout=60)
        finally:
            connection.execute("DROP ROLE visitor")

    assert run.process.returncode == 2
    assert errors.startswith("Error: The database cannot be migrated: ")
    assert errors.count("\n") == 1


def test_open_lifts_the_need_of_a_key_for_writes(tmp_path: Path) -> None:
    bench = {"id": "urn:ngsi-ld:Bench:1", "type": "Bench", "seats": {"type": "Property", "value": 3}}
    with up(tmp_path / "open", "--open") as opened, up(tmp_path / "closed") as closed:
        statuses = [
            httpx.post(f"{platform.ready()[0]}/ngsi-ld/v1/entities", json=bench, trust_env=False).status_code
            for platform in (opened, closed)
        ]

    assert statuses == [201, 401]


@pytest.mark.acceptance
def test_the_platform_mends_itself_after_kill_9_at_any_moment_of_its_start(tmp_path: Path) -> None:
    for milliseconds in range(50, 2000, 130):
        data = tmp_path / str(milliseconds)
        killed = up(data)
        with suppress(subprocess.TimeoutExpired):
            killed.process.wait(milliseconds / 1000)
        killed.end(signal.SIGKILL)

        with up(data) as platform:
            http, _ = platform.ready()
            key = (data / "admin.key").read_text().strip()

            assert status_of(http, "/admin/keys", key=key) == 200
