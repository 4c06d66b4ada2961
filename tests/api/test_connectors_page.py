# SPDX-License-Identifier: EUPL-1.2
"""The page of connectors, and what programs get of it."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from api.pages.letters import without_value
from broker.engine.messages import Message

pytestmark = pytest.mark.server

HTML = {"accept": "text/html,application/xhtml+xml"}
UNKNOWN = "https://example.org/later.jsonld"


def failing():
    now = datetime.now(UTC)
    return {
        "state": "failing",
        "title": {"de": "Parkhäuser", "en": "Car parks"},
        "version": "abc",
        "last_read": (now - timedelta(minutes=5)).isoformat(),
        "last_stored": (now - timedelta(minutes=7)).isoformat(),
        "next_read": (now + timedelta(minutes=10)).isoformat(),
        "backlog": 1234,
        "set_aside": 2,
        "dropped": 0,
        "last_error": {"at": now.isoformat(), "text": "The source <b>refuses</b>"},
    }


@pytest.fixture
def send(resources):
    async def send(connector, kind, content, message=None):
        payload = orjson.dumps(content)
        return await resources.ingest.accept(Message("default", connector, kind, message, payload))

    return send


async def test_a_page_tells_in_words_how_each_connector_is(client, send):
    await send("parking", "state", failing())
    await send("lamps", "state", {"state": "waiting"})

    german = (await client.get("/connectors?lang=de", headers=HTML)).text
    english = (await client.get("/connectors?lang=en", headers=HTML)).text

    assert "<bdi>Parkhäuser</bdi>" in german
    assert "kann nicht lesen: 1" in german
    assert "1.234" in german
    assert "vor 5 min" in german
    assert "<bdi>Car parks</bdi>" in english
    assert "1,234" in english
    assert "The source &lt;b&gt;refuses&lt;/b&gt;" in english
    assert english.index("Car parks") < english.index("<bdi>lamps</bdi>")


async def test_programs_get_a_list_by_accept_or_parameter(client, send):
    said = failing()
    await send("parking", "state", said)

    by_accept = await client.get("/connectors", headers={"accept": "application/json"})
    by_parameter = await client.get("/connectors?f=json", headers=HTML)

    assert by_accept.headers["content-type"] == by_parameter.headers["content-type"] == "application/json"
    (told,) = by_parameter.json()
    assert (told["tenant"], told["name"], told["state"]) == ("default", "parking", "failing")
    assert told.keys() >= said.keys()
    assert told["last_error"]["text"] == said["last_error"]["text"]
    assert datetime.fromisoformat(told["next_read"]) == datetime.fromisoformat(said["next_read"])


async def test_anything_else_gets_the_page(client):
    assert (await client.get("/connectors")).headers["content-type"].startswith("text/html")
    assert (await client.get("/connectors?f=html", headers={"accept": "application/json"})).text.startswith("<!doctype")
    assert (await client.get("/connectors?f=xml", headers=HTML)).status_code == 400


async def test_without_connectors_the_page_says_what_to_do(client):
    page = (await client.get("/connectors?lang=en", headers=HTML)).text

    assert "No source delivers data yet" in page
    assert 'href="/help#sources"' in page
    assert (await client.get("/connectors?f=json")).json() == []


async def test_dead_letters_stand_there_with_their_reason_and_their_entity(client, send):
    ids = ["urn:ngsi-ld:Room:there", "urn:ngsi-ld:Room:<i>nowhere</i>"]
    await send("rooms", "entities", {"id": ids[0], "type": "Room", "name": "Saal <1>"}, "m1")
    ahead = {"type": "Property", "value": 1, "observedAt": "2199-01-01T00:00:00Z"}
    await send("rooms", "entities", {"id": ids[0], "type": "Room", "no2": ahead}, "m3")
    await send("rooms", "entities", [{"id": each, "type": "Room", "@context": UNKNOWN} for each in ids], "m2")

    everything = (await client.get("/connectors?lang=en", headers=HTML)).text
    own = (await client.get("/connectors/rooms?lang=en", headers=HTML)).text

    for page in (everything, own):
        assert UNKNOWN in page
        assert 'href="/entities/urn:ngsi-ld:Room:there"' in page
        assert "Room:&lt;i&gt;nowhere" in page
        assert "/entities/urn:ngsi-ld:Room:%3Ci" not in page
        assert "3 records" in page
        assert "<bdi>Saal &lt;1&gt;</bdi>" in page
        assert "Attribute &#39;no2&#39;: observedAt" in page
    assert "allmende deadletters replay --connector rooms" in own


async def test_one_connector_has_a_page_and_an_object_with_its_letters(client, send):
    await send("rooms", "deadletters", [{"reason": "odd", "attribute": "no2", "record": {"secret": 4711}}], "m1")
    await send("others", "deadletters", [{"reason": "even"}], "m2")

    told = (await client.get("/connectors/rooms?f=json")).json()
    page = (await client.get("/connectors/rooms", headers=HTML)).text

    (letter,) = told["letters"]
    assert letter.keys() == {"id", "connector", "entity", "attribute", "reason", "received", "attempts"}
    assert (letter["reason"], letter["attribute"], told["dead_letters"]) == ("odd", "no2", 1)
    assert "even" not in page.partition("<main")[2].partition("</main>")[0]
    assert "4711" not in page


async def test_readers_are_not_told_the_value_that_was_rejected(client, admin, send):
    reason = "Attribute 'no2': unitCode must be a text, not 'a secret'"
    said = failing()
    said["last_error"]["text"] = "Line 3 must be a number, not 'a secret'"
    await send("rooms", "deadletters", [{"reason": reason, "attribute": "no2", "record": {}}], "m1")
    await send("rooms", "state", said)

    told = (await client.get("/connectors/rooms?f=json")).text
    listed = (await client.get("/connectors?f=json")).text
    pages = [(await client.get(path, headers=HTML)).text for path in ("/connectors", "/connectors/rooms")]
    whole = (await client.get("/admin/deadletters", headers=admin)).text

    for text in (told, listed, *pages):
        assert "secret" not in text
        assert "Line 3 must be a number, not …" in text
    for text in (told, *pages):
        assert "unitCode must be a text, not …" in text
    assert "a secret" in whole


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("observedAt names a time that does not exist: '2026-02-30'", "observedAt names a time that does not exist: …"),
        ('The id must be a URI, not "it\'s"', "The id must be a URI, not …"),
        ("A number must be whole, not -3.5: try another", "A number must be whole, not …"),
        ("An entity must be a JSON object, not a list", "An entity must be a JSON object, not a list"),
        ("Attribute 'no2': 'it is no secret' is not a number", "Attribute 'no2': … is not a number"),
        ("['a', 1] is not a position", "… is not a position"),
        ("Attribute 'no2' is no number", "Attribute 'no2' is no number"),
    ],
)
def test_a_reason_keeps_all_but_the_value(reason, told):
    assert without_value(reason) == told


async def test_a_connector_that_nobody_knows_is_not_found(client):
    page = await client.get("/connectors/nobody?lang=de", headers=HTML)
    problem = await client.get("/connectors/nobody")

    assert (page.status_code, problem.status_code) == (404, 404)
    assert "Das gibt es hier nicht" in page.text
    assert problem.json()["detail"] == "Connector nobody does not exist"


async def test_names_and_words_from_outside_stay_text(client, send):
    await send("x", "state", {"state": "failing", "title": "<script>1</script> ساحة", "last_error": {"text": "<img>"}})

    page = (await client.get("/connectors", headers=HTML)).text

    assert "<bdi>&lt;script&gt;1&lt;/script&gt; ساحة</bdi>" in page
    assert "<img>" not in page.partition("<main")[2]


async def test_where_reads_need_a_key_the_page_needs_one(resources, keyring, admin, send):
    import httpx

    from api.app import build_app
    from api.gate import HttpGate

    await send("parking", "state", failing())
    app = build_app(resources, keyring, HttpGate(open_reads=False))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        refused = await client.get("/connectors", headers=HTML)
        allowed = await client.get("/connectors", headers=HTML | admin)

    assert refused.status_code == 401
    assert "Parkh" not in refused.text
    assert allowed.status_code == 200
