# SPDX-License-Identifier: EUPL-1.2
"""The start page."""

import re

import httpx
import pytest

from allmende.database.pool import Database
from api.app import build_app
from api.gate import HttpGate
from auth.keys import Keyring
from broker.engine.resources import open_resources

pytestmark = pytest.mark.server

SENSOR = {
    "id": "urn:ngsi-ld:AirQualityObserved:1",
    "type": "AirQualityObserved",
    "name": {"type": "Property", "value": "Markt <script>alert(1)</script>"},
    "pm10": {"type": "Property", "value": 1234.5, "unitCode": "GQ", "observedAt": "2026-06-01T12:00:00Z"},
    "no2": {"type": "Property", "value": 17, "unitCode": "GQ", "observedAt": "2026-06-01T12:05:00Z"},
}


async def test_the_page_lists_types_and_readings(client, admin):
    later = {"type": "Property", "value": 3, "observedAt": "2026-06-01T12:06:00Z"}
    await client.post("/ngsi-ld/v1/entities", json=SENSOR, headers=admin)
    await client.post(
        "/ngsi-ld/v1/entities", json={**SENSOR, "id": "urn:a:2", "name": "Bahnhof", "no2": later}, headers=admin
    )

    response = await client.get("/?lang=de")

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "Luftqualität" in response.text
    assert "1.234,5\N{NO-BREAK SPACE}µg/m³" in response.text
    assert response.text.index("Bahnhof") < response.text.index("Markt")


async def test_what_entities_say_is_text_and_never_markup(client, admin):
    await client.post("/ngsi-ld/v1/entities", json=SENSOR, headers=admin)

    response = await client.get("/")

    assert "<script>" not in response.text
    assert "Markt &lt;script&gt;" in response.text


async def test_a_name_that_is_written_from_right_to_left_does_not_turn_what_stands_beside_it(client, admin):
    name = "ساحة المدينة"
    await client.post("/ngsi-ld/v1/entities", json={**SENSOR, "name": name}, headers=admin)

    response = await client.get("/")

    assert f"<bdi>{name}</bdi>" in response.text


async def test_the_page_loads_nothing_from_elsewhere(client):
    response = await client.get("/")

    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "style=" not in response.text
    for target in re.findall(r'(?:href|src)="([^"]+)"', response.text):
        assert not re.match(r"[a-z]+:|//", target)
        if target.startswith("/assets/"):
            asset = await client.get(target)
            assert asset.status_code == 200
            assert "immutable" in asset.headers["cache-control"]


async def test_an_empty_platform_says_so(client):
    assert "There is no data yet" in (await client.get("/")).text


async def test_the_page_is_there_when_the_database_is_away():
    url = "postgresql://nobody@127.0.0.1:1/nowhere"
    async with open_resources(url) as resources:
        app = build_app(resources, Keyring(Database(url)), HttpGate())
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            page = await client.get("/?lang=en", headers={"accept": "text/html"})
            ready = await client.get("/readyz")
            alive = await client.get("/livez")
            read = await client.get("/ngsi-ld/v1/types")

    assert page.status_code == 503
    assert "The database cannot be reached" in page.text
    assert ready.status_code == 503
    assert ready.headers["retry-after"]
    assert "database" in ready.json()["detail"]
    assert alive.status_code == 200
    assert read.status_code == 503


async def test_the_language_is_remembered_once_it_is_chosen(client):
    chosen = await client.get("/?lang=de", headers={"accept-language": "en"})
    later = await client.get("/", headers={"accept-language": "en"})

    assert 'lang="de"' in chosen.text
    assert "SameSite=lax" in chosen.headers["set-cookie"]
    assert later.headers["content-language"] == "de"
    assert "set-cookie" not in later.headers


async def test_a_part_of_a_page_has_its_language_and_chooses_none(client):
    await client.get("/?lang=de")
    asked = {"hx-request": "true", "x-page-language": "en"}

    part = await client.get("/", headers=asked)
    named = await client.get("/?lang=en", headers=asked)
    later = await client.get("/")

    assert part.headers["content-language"] == "en"
    assert "X-Page-Language" in part.headers["vary"]
    assert "set-cookie" not in named.headers
    assert later.headers["content-language"] == "de"
    assert '{"X-Page-Language":"de"}' in later.text


async def test_a_person_gets_a_page_where_nothing_is(client):
    response = await client.get("/nothing?lang=de", headers={"accept": "text/html,*/*;q=0.8"})

    assert response.status_code == 404
    assert "Das gibt es hier nicht" in response.text


async def test_what_is_large_is_sent_compressed(client):
    response = await client.get("/", headers={"accept-encoding": "gzip"})

    assert response.headers["content-encoding"] == "gzip"


async def test_an_asset_of_an_older_version_is_the_newest_and_not_kept(client):
    response = await client.get("/assets/older/allmende.css")

    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-cache"


async def test_a_path_that_is_not_there_is_a_problem_document(client):
    response = await client.get("/nothing")

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        "/docs",
        "/redoc",
        "/assets/../app.py",
        "/assets/%2e%2e/app.py",
        "/assets/1/../app.py",
        "/assets/1/vendor/htmx/LICENSE",
    ],
)
async def test_nothing_else_is_served(client, path):
    assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    "path", ["/markers", "/shapes", "/connectors", "/connectors?f=json", "/status", "/status?f=json", "/"]
)
async def test_caches_keep_callers_and_forms_apart(client, path):
    response = await client.get(path)

    assert response.headers["cache-control"] == "no-cache"
    vary = {name.strip() for name in response.headers["vary"].split(",")}
    assert vary >= {"Accept", "Authorization", "NGSILD-Tenant", "X-API-Key"}
