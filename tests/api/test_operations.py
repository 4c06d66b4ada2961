# SPDX-License-Identifier: EUPL-1.2
"""/livez, /readyz and /metrics."""

import psycopg
import pytest

pytestmark = [pytest.mark.server, pytest.mark.storage]


async def test_a_platform_with_a_migrated_database_is_ready(client):
    assert (await client.get("/livez")).json() == {"status": "alive"}
    assert (await client.get("/readyz")).json() == {"status": "ready"}


async def test_a_database_of_an_older_version_is_not_ready_and_says_what_to_do(client, database):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DELETE FROM platform.migration")

    response = await client.get("/readyz")

    assert response.status_code == 503
    assert "allmende migrate" in response.json()["detail"]


async def test_the_figures_are_for_prometheus(client):
    response = await client.get("/metrics")

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=")
    assert "allmende_http_requests_total" in response.text


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics", "/"])
async def test_a_load_balancer_may_ask_by_head(client, path):
    response = await client.head(path)

    assert response.status_code == 200
    assert response.content == b""
