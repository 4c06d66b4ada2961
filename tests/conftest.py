# SPDX-License-Identifier: EUPL-1.2
"""Real parts for tests: a PostgreSQL of this session, a database of each test, and parts that a machine may lack."""

import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql

from allmende.database.migrations import migrate, serving_url

REQUIRED = frozenset(filter(None, os.environ.get("ALLMENDE_TEST_REQUIRE", "").split(",")))
SHARED = Path(__file__).parents[2] / "shared"
CONTEXTS = Path(__file__).parent / "contexts"
PASSWORD = "for tests only"
TEMPLATE = "allmende_test"

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell that runs the tests in its background has them ignore SIGINT, and the parts that they start would, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def keep_in_memory(place: str = "/dev/shm", *, room_bytes: int = 4 * 2**30) -> None:
    """Have temporary folders lie in memory where it has room; TMPDIR says otherwise.

    A database is 300 files: on a disk, to copy one for a test costs ten times as much.
    """
    if (
        "TMPDIR" not in os.environ
        and os.access(place, os.W_OK)
        and not os.statvfs(place).f_flag & os.ST_NOEXEC
        and shutil.disk_usage(place).free >= room_bytes
    ):
        os.environ["TMPDIR"] = place
        tempfile.tempdir = None


def pytest_configure() -> None:
    """Benchmarks import this module, too: theirs is the disk."""
    keep_in_memory()


# A machine that is busy is no failure.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


LONG = frozenset({"docs", "launch", "system"})
"""Folders of tests that start whole platforms."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: at the end, no process waits long for another one."""
    items.sort(key=lambda item: item.path.parent.name not in LONG)


def require_part(part: str, missing: str | None) -> None:
    """Skip where a real part is missing; fail where it is required to be there."""
    if missing and part in REQUIRED:
        pytest.fail(f"{part} is required and missing: {missing}")
    if missing:
        pytest.skip(f"{part}: {missing}")


def given_database() -> str | None:
    """The URL that ALLMENDE_TEST_DATABASE names for this process.

    Roles are those of a whole server, so each process that tests has one of its own: as many URLs as processes.
    """
    given = os.environ.get("ALLMENDE_TEST_DATABASE", "").split()
    return given[int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))] if given else None


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a superuser: of ALLMENDE_TEST_DATABASE, else of an embedded server of this session."""
    given = given_database()
    if given:
        yield given
        return
    from allmende.launch.postgres import start

    folder = tmp_path_factory.mktemp("postgres")
    with start(folder / "postgres", settings={"fsync": "off", "max_wal_size": "256MB"}) as server:
        yield server.url
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def template(postgres: str) -> Iterator[str]:
    """The name of a migrated database that tests copy."""
    # A fixed name: the roles are named after it, and those of tenants belong to its owner on every run.
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(TEMPLATE))
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(drop)
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
        migrate(at(postgres, TEMPLATE), PASSWORD)
        # TimescaleDB's scheduler connects to every database that it finds; one that is copied must have no visitors.
        connection.execute(sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false").format(sql.Identifier(TEMPLATE)))
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", (TEMPLATE,)
        )
        yield TEMPLATE
        connection.execute(drop)


@pytest.fixture
def database(postgres: str, template: str) -> Iterator[str]:
    """The URL of a superuser to a fresh database of this test."""
    with copied(postgres, template) as url:
        yield url


@pytest.fixture(scope="module")
def module_database(postgres: str, template: str) -> Iterator[str]:
    """The URL of a superuser to a database of this module, whose tests leave nothing that others trip over."""
    with copied(postgres, template) as url:
        yield url


@contextmanager
def copied(postgres: str, template: str) -> Iterator[str]:
    """A copy of the template for as long as it is needed."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        grant = sql.SQL("GRANT CREATE ON DATABASE {} TO {}")
        connection.execute(grant.format(sql.Identifier(name), sql.Identifier(f"{template}_owner")))
        yield at(postgres, name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def serving(database: str, template: str) -> str:
    """The URL of the serving role to the database of this test."""
    return serving_url(database, f"{template}_serving", PASSWORD)


@pytest.fixture
async def resources(serving: str) -> AsyncIterator[object]:
    """What a serving process holds, on the database of this test."""
    from broker.engine.resources import open_resources

    async with open_resources(serving, contexts_folder=CONTEXTS) as opened:
        yield opened


@pytest.fixture(scope="module")
async def module_resources(module_database: str, template: str) -> AsyncIterator[object]:
    """The same on the database of this module: its connections are warm when the next test comes."""
    from broker.engine.resources import open_resources

    serving = serving_url(module_database, f"{template}_serving", PASSWORD)
    async with open_resources(serving, contexts_folder=CONTEXTS) as opened:
        yield opened


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("real data: there is no ../shared beside this checkout")
    return SHARED


def at(url: str, database: str) -> str:
    """The URL with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))
