# SPDX-License-Identifier: EUPL-1.2
"""Requests in a snapshot that wait for an @context, while the snapshot is deleted."""

import psycopg
import pytest

from tests.connectors.hosts import Reply
from tests.web.jsonldcontexts.asking import JSON_LD, ROOM, TERMS, link
from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

ROOMS = {"type": "Query", "entities": [{"type": "Room"}]}
EVER = "timerel=after&timeAt=2020-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "entities/urn:a:1", None),
        ("GET", "entities?type=Room", None),
        ("GET", "types", None),
        ("GET", f"temporal/entities?type=Room&{EVER}", None),
        ("POST", "entities", {**ROOM, "id": "urn:a:2"}),
        ("DELETE", "entities/urn:a:1/attrs/temperature", None),
    ],
)
async def test_a_snapshot_that_is_deleted_meanwhile_does_not_exist(client, serving, elsewhere, method, path, body):
    await client.post("entities", json=ROOM)
    await client.post("snapshots", json={"id": "urn:s:1", "type": "Snapshot", "snapshotQueries": [ROOMS]})
    inside = {"ngsild-snapshot": "urn:s:1"}
    url = f"{elsewhere.url}/late.jsonld"
    assert (await client.get("entities/urn:a:1", headers=inside)).status_code == 200
    assert (await client.patch("entities/urn:a:1", json={"temperature": 22}, headers=inside)).status_code == 204

    def delete_it(_):
        with psycopg.connect(serving) as connection:
            connection.execute("SELECT platform.drop_snapshot(t.slug) FROM platform.tenant t WHERE t.slug LIKE '%.%'")
        return Reply(content=TERMS)

    elsewhere.answers["/late.jsonld"] = delete_it
    if body is None:
        response = await client.request(method, path, headers={**inside, **link(url)})
    else:
        named = {**body, "@context": url}
        response = await client.request(method, path, json=named, headers={**inside, **JSON_LD})

    assert elsewhere.paths() == ["/late.jsonld"]
    assert (response.status_code, problem_type(response)) == (404, "ResourceNotFound"), response.text
    assert "Snapshot urn:s:1 does not exist" in response.json()["detail"]
    assert (await client.get("entities/urn:a:1")).json()["temperature"]["value"] == 21
