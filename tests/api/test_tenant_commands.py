# SPDX-License-Identifier: EUPL-1.2
"""`allmende tenants` against a platform that listens."""

import asyncio
import json
import os
import pty
import sys
from contextlib import suppress

import httpx
import psycopg
import pytest
from click.testing import CliRunner

from allmende.errors import AlreadyExists, BadRequestData, Forbidden, NonexistentTenant, SettingsError
from auth.tenantcommands import tenants

pytestmark = [pytest.mark.server, pytest.mark.storage]

ENTITIES = "/ngsi-ld/v1/entities"
CAR = {"id": "urn:a:1", "type": "Car", "speed": 1}


@pytest.fixture(scope="module")
def database(module_database):
    return module_database


@pytest.fixture
async def client(url):
    async with httpx.AsyncClient(base_url=url) as opened:
        yield opened


@pytest.fixture
def options(url, admin, tmp_path):
    key_file = tmp_path / "admin.key"
    key_file.write_text(admin["x-api-key"] + "\n")
    return ["--url", url, "--key-file", str(key_file)]


@pytest.fixture
def run(options, tmp_path, monkeypatch):
    """Run a command in a folder of its own; its JSON, or its error raised."""
    monkeypatch.chdir(tmp_path)

    async def run_command(*arguments, key=None, expected=0):
        if key is not None:
            (tmp_path / "admin.key").write_text(key)
        result = await asyncio.to_thread(CliRunner().invoke, tenants, [*arguments, *options, "--json"])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == expected, result.output
        return json.loads(result.stdout.splitlines()[-1]) if result.stdout.strip() else result.stderr

    return run_command


async def test_a_tenant_is_made_exported_deleted_and_imported_again(run, client, tmp_path):
    made = await run("create", "Nord", "--admin", "Town hall", "--expires", "90d")
    headers = {"x-api-key": made["key"], "ngsild-tenant": "Nord"}
    assert (await client.post(ENTITIES, json=CAR, headers=headers)).status_code == 201

    exported = await run("export", "Nord", "--to", "nord.tar.gz")
    deleted = await run("delete", "Nord", "--yes")
    listed = await run("list")
    imported = await run("import", deleted["file"])

    assert made["id"] == "Nord"
    assert exported == {"id": "Nord", "file": "nord.tar.gz", "bytes": (tmp_path / "nord.tar.gz").stat().st_size}
    assert deleted["file"].startswith("Nord-20")
    assert "Nord" not in [tenant["id"] for tenant in listed]
    assert imported == {"id": "Nord"}
    assert (await client.get(f"{ENTITIES}/urn:a:1", headers={"ngsild-tenant": "Nord"})).status_code == 200
    assert {path.name for path in tmp_path.iterdir()} == {"admin.key", "nord.tar.gz", deleted["file"]}
    await run("delete", "Nord", "--yes", "--no-export")


async def test_what_fails_is_told_and_leaves_no_file(run, tmp_path):
    made = await run("create", "ost", "--admin", "x")
    await run("export", "ost", "--to", "ost.tar.gz")
    (tmp_path / "half.tar.gz").write_bytes((tmp_path / "ost.tar.gz").read_bytes()[:500])
    before = {path.name for path in tmp_path.iterdir()}

    with pytest.raises(AlreadyExists, match="'ost' already exists"):
        await run("create", "ost")
    with pytest.raises(AlreadyExists, match="under another name"):
        await run("import", "ost.tar.gz")
    with pytest.raises(BadRequestData, match="damaged"):
        await run("import", "half.tar.gz", "--name", "half")
    with pytest.raises(SettingsError, match="exists; name another file"):
        await run("export", "ost", "--to", "ost.tar.gz")
    with pytest.raises(SettingsError, match="cannot be written"):
        await run("export", "ost", "--to", "missing/ost.tar.gz")
    with pytest.raises(NonexistentTenant, match="'west' does not exist"):
        await run("export", "west")
    with pytest.raises(NonexistentTenant, match="'west' does not exist"):
        await run("delete", "west", "--yes")
    with pytest.raises(SettingsError, match="exists; name another file"):
        await run("delete", "ost", "--yes", "--to", "ost.tar.gz")
    assert "say --yes" in await run("delete", "ost", expected=2)
    assert "leave --no-export out" in await run("delete", "ost", "--yes", "--no-export", "--to", "x", expected=2)
    assert "name the key with --admin" in await run("create", "sued", "--expires", "1d", expected=2)
    assert {path.name for path in tmp_path.iterdir()} == before
    with pytest.raises(Forbidden, match="of the whole platform"):
        await run("delete", "ost", "--yes", "--no-export", key=made["key"])
    assert [tenant["id"] for tenant in await run("list")] == ["ost"]


@pytest.mark.parametrize(("typed", "status", "left"), [("mitte", 0, 404), ("Mitte", 2, 200)])
async def test_on_a_terminal_the_name_is_asked_for(run, options, client, admin, tmp_path, typed, status, left):
    with suppress(AlreadyExists):
        await run("create", "mitte")
    terminal, end = pty.openpty()

    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "allmende.cli", "tenants", "delete", "mitte", *options),
        stdin=end,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=tmp_path,
    )
    os.write(terminal, f"{typed}\n".encode())
    _, told = await process.communicate()
    os.close(terminal)
    os.close(end)

    assert process.returncode == status, told
    assert b"Type its name" in told
    assert (await client.get("/admin/tenants/mitte", headers=admin)).status_code == left
    assert len(list(tmp_path.glob("mitte-*.tar.gz"))) == (status == 0)


async def test_who_goes_away_while_an_archive_comes_leaves_no_transaction(run, client, admin, database):
    await run("create", "slow")
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'allmende archive'"
    with psycopg.connect(database, autocommit=True) as connection:
        # More than fits into what lies between: 10 MB that cannot be compressed.
        connection.execute(
            "INSERT INTO t_slow.history SELECT n, now(), now(), NULL, 1, 0, true, false, to_jsonb(("
            "SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 30000) WHERE n > 0)) FROM generate_series(1, 20) n"
        )
        async with client.stream("GET", "/admin/tenants/slow/export", headers=admin) as answer:
            await anext(answer.aiter_raw())
            under_way = connection.execute(query).fetchone()

        async with asyncio.timeout(20):
            while connection.execute(query).fetchone() != (0,):
                await asyncio.sleep(0.01)
    assert under_way == (1,)
    assert answer.headers["content-type"] == "application/gzip"
    assert answer.headers["cache-control"] == "no-store"
    await run("delete", "slow", "--yes", "--no-export")
