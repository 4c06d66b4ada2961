# SPDX-License-Identifier: EUPL-1.2
"""The page of the platform's condition: what is well, what needs somebody, what is known without a database."""

import platform
from datetime import UTC, datetime, timedelta

import httpx
import orjson
import pytest

from allmende.database.pool import Database
from allmende.launch.disk import register_disk
from api.app import build_app
from api.condition import Condition, Problem, read_condition
from api.gate import HttpGate
from api.languages import LANGUAGES
from api.pages.status import tell_condition
from api.pages.texts import texts_of
from api.platform import Platform
from auth.keys import Keyring
from auth.policy import Visible
from broker.engine.messages import Message
from broker.engine.resources import open_resources

pytestmark = [pytest.mark.server, pytest.mark.storage]
HTML = {"accept": "text/html"}


@pytest.fixture
def send(resources):
    async def send(kind, content, connector="lamps"):
        return await resources.ingest.accept(Message("default", connector, kind, None, orjson.dumps(content)))

    return send


def lamp(ago, now=None):
    at = f"{(now or datetime.now(UTC)) - ago:%Y-%m-%dT%H:%M:%SZ}"
    power = {"type": "Property", "value": ago.total_seconds(), "observedAt": at}
    return {"id": "urn:ngsi-ld:Streetlight:1", "type": "Streetlight", "power": power}


async def test_all_is_well_where_data_come_and_requests_are_answered(client, send):
    now = datetime.now(UTC)
    for minutes in (4, 3, 2, 1, 0):
        await send("entities", lamp(timedelta(minutes=minutes), now))

    page = await client.get("/status?lang=de", headers=HTML)
    told = (await client.get("/status?f=json")).json()

    assert page.status_code == 200
    assert "Alles in Ordnung" in page.text
    assert "Straßenlampen" in page.text
    assert "alle 60 s" in page.text
    assert platform.python_version() in page.text
    assert (told["status"], told["problems"], told["entities"]) == ("well", [], 1)
    assert told["types"][0]["usual_s"] == pytest.approx(60, abs=5)
    assert told["storage"]["level"] in {"plain", "hypertable", "columnstore"}
    assert told["versions"].keys() >= {"allmende", "postgresql", "python"}
    assert told["ready"] == {"status": "ready"}


async def test_what_is_late_silent_or_failing_is_told(client, send):
    for minutes in (64, 63, 62, 61, 60):
        await send("entities", lamp(timedelta(minutes=minutes)))
    await send("state", {"state": "failing"}, "a")
    await send("state", {"state": "failing"}, "b")
    await send("state", {"state": "waiting", "silent_since": "2026-01-01T00:00:00Z"}, "c")

    page = (await client.get("/status?lang=en", headers=HTML)).text
    told = (await client.get("/status?f=json")).json()

    assert "Of one type of data the newest reading is older than usual" in page
    assert "2 data sources cannot be read" in page
    assert "One data source delivers nothing new" in page
    assert told["status"] == "attention"
    assert [(problem["what"], problem["number"]) for problem in told["problems"]] == [
        ("types_late", 1),
        ("connectors_failing", 2),
        ("connectors_silent", 1),
    ]


async def test_while_the_database_is_away_it_says_what_is_known(tmp_path):
    url = "postgresql://nobody@127.0.0.1:1/nowhere"
    async with open_resources(url) as resources:
        register_disk(resources.registry, tmp_path)
        app = build_app(resources, Keyring(Database(url)), HttpGate(), mqtt="mqtt://127.0.0.1:1883")
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            page = await client.get("/status?lang=en", headers=HTML)
            told = await client.get("/status?f=json")

    assert (page.status_code, told.status_code) == (503, 503)
    assert page.headers["retry-after"]
    assert "The database cannot be reached" in page.text
    assert "not ready" in page.text
    assert "mqtt://127.0.0.1:1883" in page.text
    assert told.json()["status"] == "unavailable"
    assert told.json()["storage"] is None
    assert told.json()["disk"]["free_bytes"] > 0
    assert told.json()["versions"]["allmende"]


async def test_an_outside_broker_that_is_away_is_told_in_its_own_words(resources, keyring):
    app = build_app(resources, keyring, HttpGate(), trouble=lambda: "The MQTT broker at <x> is away")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        page = await client.get("/status?lang=en", headers=HTML)

    assert page.status_code == 200
    assert "No messages arrive" in page.text
    assert "The MQTT broker at &lt;x&gt; is away" in page.text


async def test_an_empty_platform_says_so(client):
    page = (await client.get("/status?lang=en", headers=HTML)).text

    assert "There is no data yet" in page
    assert "All is well" in page


async def test_a_disk_that_is_nearly_full_is_a_problem(resources, keyring):
    from prometheus_client import Gauge

    Gauge("allmende_disk_free_bytes", "free", registry=resources.registry).set(5e8)
    Gauge("allmende_disk_free_ratio", "share", registry=resources.registry).set(0.004)
    app = build_app(resources, keyring, HttpGate())
    part: Platform = app.others.state.platform

    condition = await read_condition(part, "default", visible=Visible.everything())

    assert condition.problems == [Problem("disk", 0)]
    assert tell_condition(condition, texts_of("status", "de"))["free"].startswith("0,5 GB (0 %)")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", [0, 1, 2])
def test_each_problem_has_words(language, number):
    kinds = ["disk", "types_late", "connectors_failing", "connectors_away", "connectors_silent"]
    problems = [Problem(kind, number) for kind in kinds] + [Problem("unavailable"), Problem("degraded")]
    condition = Condition(
        problems=problems, ready={"status": "ready"}, free_bytes=None, free_ratio=None, versions={}, mqtt=""
    )

    told = tell_condition(condition, texts_of("status", language))["problems"]

    assert all(words and "{" not in words for words, _ in told)
