# SPDX-License-Identifier: EUPL-1.2
"""Platforms for tests of the whole: one that all tests of a file share, and one that a test may kill."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.conftest import at, given_database
from tests.mqtt.mosquitto import running
from tests.system.city import City
from tests.system.publishing import MISSING_CONTEXT


@contextmanager
def database_of(name: str) -> Iterator[dict[str, str]]:
    """Variables that name an empty database of ALLMENDE_TEST_DATABASE; none where platforms run their own server."""
    given = given_database()
    if given is None:
        yield {}
        return
    drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
    with psycopg.connect(given, autocommit=True) as connection:
        connection.execute(drop)
        connection.execute(f"CREATE DATABASE {name}")
        yield {"ALLMENDE_DATABASE": at(given, name)}
        connection.execute(drop)


@pytest.fixture(scope="module")
def module_folder() -> Iterator[Path]:
    """A folder of a module; its path is short enough for PostgreSQL's socket."""
    folder = Path(tempfile.mkdtemp(prefix="city-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def kept_city(module_folder: Path) -> Iterator[City]:
    """The platform that the tests of a file share; they may kill it."""
    city = City(module_folder / "data")
    yield city
    city.stop()


@pytest.fixture
def city(kept_city: City) -> City:
    """The shared platform, running."""
    if kept_city.running is None:
        kept_city.start()
    return kept_city


@pytest.fixture(scope="session", params=["endpoint", "mosquitto"])
def any_city(request: pytest.FixtureRequest) -> Iterator[City]:
    """A platform that takes messages by its own endpoint, and one that is a client of a mosquitto."""
    folder = Path(tempfile.mkdtemp(prefix="city-"))
    (folder / "contexts").mkdir()
    (folder / "contexts" / "index.json").write_text(json.dumps({MISSING_CONTEXT: "missing.jsonld"}))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        options: list[object] = ["--contexts", folder / "contexts"]
        if request.param == "mosquitto":
            broker = stack.enter_context(running(folder))
            options += ["--mqtt", f"mqtt://127.0.0.1:{broker.port}"]
        variables = stack.enter_context(database_of(f"allmende_city_{request.param}"))
        yield stack.enter_context(City(folder / "data", *options, **variables).up())


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of one test."""
    made = Path(tempfile.mkdtemp(prefix="city-"))
    yield made
    shutil.rmtree(made)
