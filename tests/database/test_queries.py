# SPDX-License-Identifier: EUPL-1.2
"""Named queries: each can be prepared on a migrated database, and each is used."""

from pathlib import Path

import asyncpg
import pytest

from allmende.database.queries import Queries, load_queries

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "broker.store": "t_default",
    "auth.store": "platform",
    "auth.granting": "t_default",
    "api.store": "platform",
}


@pytest.mark.server
@pytest.mark.storage
@pytest.mark.parametrize("package", PACKAGES)
async def test_each_query_can_be_prepared(database, package):
    queries = load_queries(package)
    connection = await asyncpg.connect(database)

    for name in queries:
        try:
            await connection.prepare(queries.text(name, PACKAGES[package]))
        except asyncpg.PostgresError as error:
            pytest.fail(f"{package}: {name}: {error}")

    await connection.close()


@pytest.mark.parametrize("package", PACKAGES)
def test_each_query_is_used(package):
    folder = ROOT / package.split(".")[0]
    code = "\n".join(file.read_text(encoding="utf-8") for file in folder.rglob("*.py"))
    built = {f"{verb}_{kind}" for verb in ("insert", "delete") for kind in ("types", "scopes")}
    built |= {f"ensure_{kind}" for kind in ("attributes", "datasets")} | {
        f"get_{kind}" for kind in ("attributes", "datasets")
    }

    unused = [name for name in load_queries(package) if f'"{name}"' not in code and name not in built]

    assert unused == []


@pytest.mark.parametrize("schema", ["t_x; DROP TABLE x", "public", "t_", "t_Ä", "T_x", "t_" + "x" * 41])
def test_a_schema_with_another_name_is_refused(schema):
    queries = Queries({"one": "SELECT 1 FROM {tenant}.entity"})

    with pytest.raises(ValueError, match="must match"):
        queries.text("one", schema)


def test_a_query_is_filled_with_its_schema():
    queries = Queries({"one": "SELECT 1 FROM {tenant}.entity"})

    assert queries.text("one", "t_default") == "SELECT 1 FROM t_default.entity"
