# SPDX-License-Identifier: EUPL-1.2
"""Uses of @contexts are counted without waiting for the database, and told to it later."""

import hashlib
from datetime import UTC, datetime

import pytest

from allmende.database.failures import Refused
from allmende.errors import Unavailable
from broker.engine.contextuses import Tally, Used, Uses
from broker.store.contexts import PLATFORM, ContextRow

CITY = "https://example.org/city.jsonld"


def row_of(url):
    digest = hashlib.sha256(b"{}").digest()
    now = datetime.now(UTC)
    return ContextRow(id=f"of {url}", kind="Cached", url=url, location=url, body="{}", sha256=digest, created_at=now)


class Away:
    """A database that fails as told, by schema."""

    def __init__(self, **failures):
        self.failures = failures
        self.asked = []

    async def read(self, schema, _work):
        self.asked.append(schema)
        if schema in self.failures:
            raise self.failures[schema]


async def test_uses_wait_while_the_database_is_away():
    database = Away(t_city=Unavailable("away"))
    uses = Uses(database, row_of)
    uses.note(Tally((Used("t_city", "a"),)))

    with pytest.raises(Unavailable):
        await uses.tell()
    uses.note(Tally((Used("t_city", "a"),)))
    database.failures.clear()
    await uses.tell()
    await uses.tell()

    assert database.asked == ["t_city", "t_city"]


async def test_where_one_schema_fails_the_uses_of_others_are_not_lost():
    database = Away(t_city=Unavailable("away"), t_town=Unavailable("away"))
    uses = Uses(database, row_of)
    for schema in ("t_city", "t_town"):
        uses.note(Tally((Used(schema, "a"),)))

    with pytest.raises(Unavailable):
        await uses.tell()
    database.failures.clear()
    database.asked.clear()
    await uses.tell()

    assert sorted(database.asked) == ["t_city", "t_town"]


async def test_uses_of_a_tenant_that_was_deleted_hold_up_no_other():
    database = Away(t_gone=Refused("no such table"))
    uses = Uses(database, row_of)
    for schema in ("t_gone", "t_city"):
        uses.note(Tally((Used(schema, "a"),)))

    await uses.tell()
    await uses.tell()

    assert sorted(database.asked) == ["t_city", "t_gone"]


@pytest.mark.server
@pytest.mark.storage
async def test_what_is_used_together_is_counted_each_and_one_of_the_folder_is_stored_then(resources):
    uses = Uses(resources.database, row_of)
    tally = Tally((Used(PLATFORM, f"of {CITY}", CITY), Used(PLATFORM, "deleted")))
    for _ in range(3):
        uses.note(tally)
    await uses.tell()
    uses.note(tally)
    await uses.tell()

    async with resources.database.platform() as connection:
        rows = await connection.fetch("SELECT url, hits, used_at FROM platform.context")

    assert [(row["url"], row["hits"]) for row in rows] == [(CITY, 4)]
    assert rows[0]["used_at"] <= datetime.now(UTC)


async def test_what_is_forgotten_is_not_told():
    database = Away()
    uses = Uses(database, row_of)
    uses.note(Tally((Used("t_city", "a"), Used("t_town", "b"))))

    uses.forget("a")
    await uses.tell()

    assert database.asked == ["t_town"]
