# SPDX-License-Identifier: EUPL-1.2
"""Whole tenants as archives: every row, number and answer is the same on the other side, whatever history is there."""

import asyncio
import gzip
import io
import sys
import tarfile
from contextlib import AsyncExitStack
from datetime import timedelta
from uuid import uuid4

import orjson
import psycopg
import pytest

from allmende.database.migrations import migrate, serving_url
from auth.archives import exporting
from auth.archives.manifest import MANIFEST
from broker.engine.messages import Message
from tests.api.archiving import LD, NAME, ODD, PATH, platform, populate
from tests.conftest import PASSWORD, at, copied, given_database

pytestmark = [pytest.mark.server, pytest.mark.storage]


@pytest.fixture(scope="module")
async def here(module_database, template):
    async with platform(module_database, serving_url(module_database, f"{template}_serving", PASSWORD)) as place:
        await populate(place, NAME)
        yield place


@pytest.fixture(scope="module")
async def archive(here):
    return await here.export(NAME)


@pytest.fixture(scope="module", params=["alike", "plain"])
async def there(request, postgres, template, tmp_path_factory):
    """Another platform: on a server of the same kind, or on plain PostgreSQL where this one is another kind."""
    if request.param == "plain" and given_database() is None:
        pytest.skip("timescale: both are plain PostgreSQL; the run on a real TimescaleDB has two kinds")
    async with AsyncExitStack() as stack:
        if request.param == "alike":
            url = stack.enter_context(copied(postgres, template))
            serving = serving_url(url, f"{template}_serving", PASSWORD)
        else:
            from allmende.launch.postgres import start

            server = stack.enter_context(
                start(tmp_path_factory.mktemp("plain") / "postgres", settings={"fsync": "off"})
            )
            url = server.url
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("CREATE DATABASE plain")
            url = at(url, "plain")
            serving = migrate(url, PASSWORD)
        yield await stack.enter_async_context(platform(url, serving))


def fresh():
    """A name that no tenant has."""
    return f"x{uuid4().hex[:8]}"


def files_of(archive):
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def test_the_fixture_has_a_row_in_every_table_and_packed_chunks_where_there_are_any(here):
    assert [table for table, rows in here.rows(NAME).items() if not rows] == []
    with psycopg.connect(here.url) as connection:
        if connection.execute("SELECT current_setting('timescaledb.license', true)").fetchone() == ("timescale",):
            chunks = connection.execute(
                "SELECT count(*) FILTER (WHERE is_compressed) > 10, bool_or(NOT is_compressed)"
                " FROM timescaledb_information.chunks WHERE hypertable_name = 'history'"
            ).fetchone()
            assert chunks == (True, True)


async def test_every_row_and_answer_is_the_same_elsewhere_and_back_again(here, there, archive):
    before, answers = here.rows(NAME), await here.answers(NAME)

    taken = await there.take(archive)

    assert taken.status_code == 201, taken.text
    assert taken.headers["location"] == f"{PATH}/{NAME}"
    assert there.rows(NAME) == before
    assert await there.answers(NAME) == answers
    name = fresh()
    back = await here.take(await there.export(NAME), name)
    assert back.status_code == 201, back.text
    assert here.rows(name) == before


async def test_what_was_imported_goes_on_as_before(there, archive):
    name = fresh()
    assert (await there.take(archive, name)).status_code == 201
    headers, client = there.of(name), there.client

    created = await client.post(
        f"{LD}/entities", json={"id": "urn:x:Lamp:9", "type": "Lamp", "level": 99}, headers=headers
    )
    again = await there.resources.ingest.accept(
        Message(name, "lamps", "entities", "m1", orjson.dumps({"id": "urn:x:Lamp:2", "type": "Lamp", "level": 1}))
    )
    found = await client.get(f"{LD}/entities?type=Lamp&q=level>50&options=simplified", headers=headers)

    assert created.status_code == 201
    assert orjson.loads(again)["stored"] == 1
    assert (await client.get(f"{LD}/entities/urn:x:Lamp:2?options=simplified", headers=headers)).json()["level"] == 7
    assert [entity["id"] for entity in found.json()] == ["urn:x:Lamp:9"]
    with psycopg.connect(there.url) as connection:
        schema = await there.resources.tenants.schema_of(name)
        rows = connection.execute(f"SELECT number FROM {schema}.value_index WHERE id = 'urn:x:Lamp:9'").fetchall()
    assert rows == [(99,)]


async def test_an_archive_is_read_without_this_platform(archive):
    files = files_of(archive)

    manifest = orjson.loads(files[MANIFEST])
    assert (manifest["format"], manifest["version"], manifest["tenant"]) == ("allmende-tenant", 1, NAME)
    assert next(iter(files)) == MANIFEST
    assert list(files)[-1] == "SHA256SUMS"
    assert files["attribute/000001.csv"].startswith(b"id,iri\n1,")
    assert b"urn:x:Gone:1" in files["name/000001.csv"]


async def test_a_large_table_is_many_files_and_all_of_it_comes_back(here):
    large, again = fresh(), fresh()
    assert (await here.client.post(PATH, json={"name": large}, headers=here.admin)).status_code == 201
    with psycopg.connect(here.url, autocommit=True) as connection:
        connection.execute(
            f"INSERT INTO t_{large}.history SELECT n % 7, '2025-01-01Z'::timestamptz + n * interval '1 hour', now(), n / 3.0, 1, 0,"
            " true, false, CASE WHEN n % 100 = 0 THEN to_jsonb(repeat(n::text, n % 3000)) END FROM generate_series(1, 20000) n"
        )

        for text in ODD:
            connection.execute(
                f"INSERT INTO t_{large}.dead_letter (connector, message, index, kind, entity, reason, payload, received_at)"
                " VALUES (%s, '', 0, 'record', %s, %s, %s, '0044-03-15 BC')",
                (text, text or None, text, text.encode()),
            )

    archive = b"".join(
        [piece async for piece in exporting.export_tenant(here.resources.database, large, part_bytes=10_000)]
    )
    taken = await here.take(archive, again)

    assert taken.status_code == 201
    assert sum(name.startswith("history/") for name in files_of(archive)) > 5
    assert here.rows(again) == here.rows(large)


async def test_an_archive_shows_one_moment(here):
    """Rows that are written between two tables of it are in neither."""
    name = "moment"
    assert (await here.client.post(PATH, json={"name": name}, headers=here.admin)).status_code == 201
    pieces = exporting.export_tenant(here.resources.database, name)
    begun = [await anext(pieces)]

    lamp = {"id": "urn:x:Lamp:1", "type": "Lamp", "level": 1}
    written = await here.client.post(f"{LD}/entities", json=lamp, headers=here.of(name))
    here.resources.tenants.patience = timedelta(milliseconds=100)
    deleted = await here.client.delete(f"{PATH}/{name}", headers=here.admin)
    archive = b"".join(begun + [piece async for piece in pieces])

    assert written.status_code == 201
    assert deleted.status_code == 409
    assert "export" in deleted.json()["detail"]
    assert files_of(archive).keys() == {MANIFEST, "SHA256SUMS"}
    assert (await here.client.get(f"{LD}/entities/urn:x:Lamp:1", headers=here.of(name))).status_code == 200
    assert (await here.client.delete(f"{PATH}/{name}", headers=here.admin)).status_code == 204


def rewritten(archive, change):
    """An archive whose manifest was changed, with checksums as they were."""
    out = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(archive)) as old, tarfile.open(fileobj=out, mode="w:gz") as new:
        for member in old:
            content = old.extractfile(member).read()
            if member.name == MANIFEST:
                document = orjson.loads(content)
                change(document)
                content = orjson.dumps(document)
            member.size = len(content)
            new.addfile(member, io.BytesIO(content))
    return out.getvalue()


WRONG = {
    "empty": (lambda archive: b"", "ends too early"),
    "cut off": (lambda archive: archive[: len(archive) // 2], "ends too early"),
    "without its last bytes": (lambda archive: archive[:-4], "ends too early"),
    "longer": (lambda archive: archive + b"x", "follows its end"),
    "two of them": (lambda archive: archive + archive, "follows its end"),
    "no gzip": (lambda archive: b"x" * 2000, "not compressed"),
    "no tar": (lambda archive: gzip.compress(b"x" * 2000), "head of a file"),
    "another version": (
        lambda archive: rewritten(archive, lambda manifest: manifest.update(version=2)),
        "of version 2",
    ),
    "another thing": (
        lambda archive: rewritten(archive, lambda manifest: manifest.update(format="x")),
        "not that of a",
    ),
    "newer": (lambda archive: rewritten(archive, lambda manifest: manifest["steps"].append("new")), "to that version"),
    "other columns": (
        lambda archive: rewritten(archive, lambda manifest: manifest["tables"][0]["columns"].append("x")),
        "other tables",
    ),
    "another content": (
        lambda archive: rewritten(archive, lambda manifest: manifest.update(tenant="changed")),
        "not that of its checksums",
    ),
    "a name that none can have": (
        lambda archive: rewritten(archive, lambda manifest: manifest.update(tenant="a.b")),
        "must be 1 to 40",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_what_is_wrong_is_refused_and_leaves_nothing(here, archive, wrong):
    change, words = WRONG[wrong]
    before = here.tenants()

    response = await here.take(change(archive), None if wrong.startswith(("a name", "another content")) else "wrong")

    assert response.status_code == 400, response.text
    assert words in response.json()["detail"]
    assert here.tenants() == before


async def test_a_file_that_postgresql_refuses_is_named_and_leaves_nothing(here, archive):
    before = here.tenants()
    changed = gzip.compress(
        gzip.decompress(archive).replace(b"\nid,iri\n1,", b"\nid,iri\nx,").replace(b"id,iri\n1,", b"id,iri\nx,")
    )

    response = await here.take(changed, "wrong")

    assert response.status_code == 400
    assert "attribute/000001.csv" in response.json()["detail"]
    assert here.tenants() == before


async def test_a_tenant_that_is_there_is_not_overwritten(here, archive):
    before = here.rows(NAME)

    for name in (None, "default"):
        response = await here.take(archive, name)

        assert response.status_code == 409
        assert "already exists" in response.json()["detail"]
    assert here.rows(NAME) == before


async def test_of_two_imports_of_one_name_one_is_told_that_there_is_another(here, archive):
    name = fresh()

    taken = await asyncio.gather(here.take(archive, name), here.take(archive, name))

    assert sorted(response.status_code for response in taken) == [201, 409]
    assert here.rows(name) == here.rows(NAME)


async def test_an_import_whose_connection_ends_leaves_nothing_and_holds_up_no_other(here, archive):
    before = here.tenants()
    waiting = asyncio.Event()

    async def body():
        yield archive[: len(archive) // 2]
        await waiting.wait()
        yield archive[len(archive) // 2 :]

    headers = {**here.admin, "content-type": "application/gzip"}
    taking = asyncio.create_task(
        here.client.post(f"{PATH}/import", content=body(), params={"name": "killed"}, headers=headers)
    )
    with psycopg.connect(here.url, autocommit=True) as connection:
        query = "SELECT pid FROM pg_stat_activity WHERE application_name = 'allmende archive' AND state = 'active' AND wait_event = 'ClientRead'"
        async with asyncio.timeout(20):
            while (found := connection.execute(query).fetchone()) is None:
                await asyncio.sleep(0.01)
        other = await here.client.post(PATH, json={"name": "other"}, headers=here.admin)
        gone = await here.client.delete(f"{PATH}/other", headers=here.admin)
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", found)
    waiting.set()
    response = await taking

    assert (other.status_code, gone.status_code) == (201, 204)
    assert response.status_code == 503
    assert here.tenants() == before


_TAKER = """
import asyncio, sys
from allmende.database.pool import Database
from auth.archives.importing import import_tenant

async def half():
    yield sys.stdin.buffer.read()
    print("taken", flush=True)
    await asyncio.Event().wait()

asyncio.run(import_tenant(Database(sys.argv[1]), half(), "killed"))
"""


async def test_an_import_whose_process_is_killed_leaves_nothing(here, archive):
    before = here.tenants()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _TAKER, here.resources.database.url),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    process.stdin.write(archive[: len(archive) // 2])
    process.stdin.close()
    assert await process.stdout.readline() == b"taken\n"

    process.kill()
    await process.wait()

    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'allmende archive'"
    with psycopg.connect(here.url, autocommit=True) as connection:
        async with asyncio.timeout(20):
            while connection.execute(query).fetchone() != (0,):
                await asyncio.sleep(0.01)
    assert here.tenants() == before


async def test_an_archive_of_an_older_platform_is_brought_to_the_tables_of_this_one(here, there):
    older, newer = fresh(), fresh()
    with psycopg.connect(here.url, autocommit=True) as connection:
        connection.execute("SELECT platform.make_tenant(%s, 11)", (older,))
    archive = await here.export(older)

    taken = await there.take(archive, newer)

    steps = orjson.loads(files_of(archive)[MANIFEST])["steps"]
    assert len(steps) == 11
    assert taken.status_code == 201, taken.text
    with psycopg.connect(there.url, autocommit=True) as connection:
        found = connection.execute(
            "SELECT count(*) FROM platform.tenant_migration WHERE slug = %s", (newer,)
        ).fetchone()
        known = connection.execute("SELECT count(*) FROM platform.tenant_step").fetchone()
        settled = connection.execute(f"SELECT to_regclass('t_{newer}.settled') IS NOT NULL").fetchone()
    assert (found, settled) == (known, (True,))
