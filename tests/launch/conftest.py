# SPDX-License-Identifier: EUPL-1.2
"""What the tests of the launcher share: folders that only their owner may enter, an empty database."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    """A folder below one that only its owner may enter."""
    outer = Path(tempfile.mkdtemp(prefix="closed-"))
    outer.chmod(0o700)
    inner = outer / "inner"
    inner.mkdir(mode=0o755)
    yield inner
    shutil.rmtree(outer)


@pytest.fixture
def nobodys_folder() -> Iterator[Path]:
    """A folder of the user `nobody`."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user; the other tests run as an ordinary user here")
    folder = Path(tempfile.mkdtemp(prefix="nobodys-"))
    os.chown(folder, 65534, 65534)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def empty(postgres: str) -> Iterator[str]:
    """The URL of a superuser to an empty database."""
    drop = "DROP DATABASE IF EXISTS allmende_roles WITH (FORCE)"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(drop)
        connection.execute("CREATE DATABASE allmende_roles")
        yield urlsplit(postgres)._replace(path="/allmende_roles").geturl()
        connection.execute(drop)
