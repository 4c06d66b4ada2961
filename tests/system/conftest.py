# SPDX-License-Identifier: EUPL-1.2
"""Platforms for tests of the whole: one that all tests of a file share, and one that a test may kill."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.city import City


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


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of one test."""
    made = Path(tempfile.mkdtemp(prefix="city-"))
    yield made
    shutil.rmtree(made)
