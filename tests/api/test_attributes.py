# SPDX-License-Identifier: EUPL-1.2
"""`/admin/attributes`, and `allmende attributes` against a platform that listens."""

import asyncio
import json

import httpx
import pytest
from click.testing import CliRunner

from allmende.errors import NotFound
from broker.attributecommands import attributes

pytestmark = [pytest.mark.server, pytest.mark.storage]

PATH = "/admin/attributes"
LAMPS = [
    {"id": f"urn:x:{number}", "type": "Lamp", "level": number, "https://example.org/din#level2": "a"}
    for number in range(9)
]
LEVEL, DIN = "https://uri.etsi.org/ngsi-ld/default-context/level", "https://example.org/din#level2"


@pytest.fixture
async def lamps(write):
    await write(*LAMPS)


async def complete(client, admin, location):
    """The declaration, once its index is complete."""
    while not (declared := (await client.get(location, headers=admin)).json())["complete"]:
        await asyncio.sleep(0.01)
    return declared


async def test_an_attribute_is_declared_and_taken_back(client, admin, lamps):
    created = await client.post(PATH, json={"attribute": "level"}, headers=admin)
    again = await client.post(PATH, json={"attribute": LEVEL}, headers=admin)
    declared = await complete(client, admin, created.headers["location"])
    found = await client.get("/ngsi-ld/v1/entities?q=level>6")
    gone = await client.delete(created.headers["location"], headers=admin)

    assert (created.status_code, gone.status_code) == (201, 204)
    assert created.headers["location"] == again.headers["location"]
    assert (declared["attribute"], declared["type"], declared["rows"], declared["share"]) == (LEVEL, None, 9, 1.0)
    assert [entity["id"] for entity in found.json()] == ["urn:x:7", "urn:x:8"]
    assert (await client.get(PATH, headers=admin)).json() == []
    assert (await client.get(created.headers["location"], headers=admin)).status_code == 404


@pytest.mark.parametrize("number", ["7", "nonsense", "-1", "99999999999999"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_what_is_not_declared_is_not_found(client, admin, method, number):
    assert (await client.request(method, f"{PATH}/{number}", headers=admin)).status_code == 404


async def test_declaring_needs_an_administrator_and_a_name(client, admin):
    assert (await client.post(PATH, json={"attribute": "level"})).status_code == 401
    assert (await client.get(PATH)).status_code == 401
    for body in ({}, {"attribute": ""}, {"attribute": "level", "types": []}, {"attribute": 5}, {"attribute": "@type"}):
        assert (await client.post(PATH, json=body, headers=admin)).status_code == 400


async def test_the_command_waits_until_the_index_is_complete(url, admin, tmp_path):
    key = tmp_path / "admin.key"
    key.write_text(admin["x-api-key"])
    async with httpx.AsyncClient(base_url=url, headers=admin) as client:
        assert (await client.post("/ngsi-ld/v1/entityOperations/upsert", json=LAMPS)).status_code == 201

    async def run(*arguments):
        options = ["--url", url, "--key-file", str(key), "--json"]
        result = await asyncio.to_thread(CliRunner().invoke, attributes, [*arguments, *options])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return json.loads(result.stdout.splitlines()[-1])

    whole = await run("index", "level2")
    of_type = await run("index", "level", "--type", "Lamp")
    listed = await run("list")
    taken = await run("unindex", "level2")

    assert whole == {"attribute": DIN, "type": None, "rows": 9}
    assert of_type["attribute"] == LEVEL
    assert of_type["type"].endswith("/Lamp")
    assert [(one["attribute"], one["complete"]) for one in listed] == [(DIN, True), (LEVEL, True)]
    assert taken["attribute"] == DIN
    with pytest.raises(NotFound, match="allmende attributes list"):
        await run("unindex", "level2")
