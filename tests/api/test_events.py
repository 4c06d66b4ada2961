# SPDX-License-Identifier: EUPL-1.2
"""`/events`: what is told, to whom, and from where on."""

import asyncio
import socket
import tracemalloc
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx
import orjson
import psycopg
import pytest

from api.shares import Shares
from api.streams import EventStream
from auth.policy import Visible
from broker.engine.feed import Feed
from broker.engine.following import Wanted
from broker.engine.messages import Message
from broker.engine.rings import Change
from tests.api.streaming import streaming

pytestmark = [pytest.mark.server, pytest.mark.storage]


def room(number, value=1, *, type_="Room"):
    return {"id": f"urn:ngsi-ld:Room:{number}", "type": type_, "count": {"type": "Property", "value": value}}


def ids(said):
    return sorted(each["id"].rpartition(":")[2] for each in said)


@pytest.fixture
async def write(url, admin):
    """Upsert entities over HTTP."""

    async def upsert(*entities, tenant="default"):
        async with httpx.AsyncClient(base_url=url, headers={**admin, "ngsild-tenant": tenant}, timeout=60) as client:
            answer = await client.post("/ngsi-ld/v1/entityOperations/upsert", json=list(entities))
            assert answer.status_code < 300, answer.text

    return upsert


async def test_a_change_over_http_is_told_with_id_type_and_time(url, write):
    async with streaming(url) as stream:
        await write(room(1))
        name, said = await stream.next()

    headers = stream.response.headers
    assert name == "entity"
    assert said.keys() == {"id", "type", "modifiedAt"}
    assert (said["id"], said["type"]) == ("urn:ngsi-ld:Room:1", "Room")
    assert datetime.fromisoformat(said["modifiedAt"]).tzinfo is not None
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert headers["cache-control"] == "no-store"
    assert headers["x-accel-buffering"] == "no"


async def test_a_change_by_mqtt_is_told(url, resources):
    async with streaming(url) as stream:
        await publish(resources, [room(1)])
        (said,) = await stream.take(1)

    assert said["id"] == "urn:ngsi-ld:Room:1"


async def test_a_deletion_is_told(url, write, admin):
    await write(room(1))
    async with streaming(url, "?type=Room") as stream:
        async with httpx.AsyncClient(base_url=url, headers=admin, timeout=60) as client:
            await client.delete("/ngsi-ld/v1/entities/urn:ngsi-ld:Room:1")
        (said,) = await stream.take(1)

    assert said["deleted"] is True
    assert said["type"] == "Room"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("?type=Room", ["1", "4"]),
        ("?type=Hall,https://uri.etsi.org/ngsi-ld/default-context/Cellar", ["2", "3"]),
        ("?id=urn:ngsi-ld:Room:3,urn:ngsi-ld:Room:4", ["3", "4"]),
    ],
)
async def test_a_stream_tells_what_it_was_asked_for(url, write, query, told):
    async with streaming(url, query) as stream:
        await write(room(1), room(2, type_="Hall"), room(3, type_="Cellar"))
        await write(room(4))
        said = await stream.take(len(told))

    assert ids(said) == told


async def test_an_entity_that_leaves_a_type_is_told_to_those_who_follow_it(url, write):
    await write(room(1))
    async with streaming(url, "?type=Room") as stream:
        await write(room(1, type_="Hall"))
        (said,) = await stream.take(1)

    assert said["type"] == "Hall"


async def test_changes_of_an_entity_in_a_short_time_are_told_as_the_newest(url, write, resources):
    async with streaming(url) as stream:
        await asyncio.gather(*[publish(resources, [room(1, value)]) for value in range(50)])
        await write(room(2))
        said = [await stream.next()]
        while said[-1][1]["id"] != "urn:ngsi-ld:Room:2":
            said.append(await stream.next())

    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        stored = (await client.get("/ngsi-ld/v1/entities/urn:ngsi-ld:Room:1?options=sysAttrs")).json()
    assert len(said) < 40
    assert said[-2][1]["modifiedAt"] == stored["modifiedAt"]


async def test_a_client_that_comes_back_is_told_what_it_missed_once_each(url, write):
    async with streaming(url, "?type=Room") as stream:
        await write(room(1))
        await stream.take(1)
        place = stream.place
    await write(room(2), room(3), room(9, type_="Hall"))
    await write(room(4))

    async with streaming(url, "?type=Room", after=place) as stream:
        missed = await stream.take(3)
        await write(room(5))
        later = await stream.take(1)

    assert ids(missed) == ["2", "3", "4"]
    assert ids(later) == ["5"]


async def test_a_client_that_saw_nothing_yet_comes_back_to_where_it_was(url, write):
    async with streaming(url) as stream:
        place = stream.place
    await write(room(1))

    async with streaming(url, after=place) as stream:
        said = await stream.take(1)

    assert ids(said) == ["1"]


@pytest.mark.parametrize("place", ["0123456789ab-5", "nonsense", "-0", "é-1"])
async def test_a_place_of_another_process_begins_anew(url, write, place):
    headers = {"last-event-id": place.encode()}
    async with streaming(url, headers=headers, after="") as stream:
        name, said = await stream.next()
        await write(room(1))
        told = await stream.take(1)

    assert (name, said) == ("reset", {})
    assert ids(told) == ["1"]


async def test_after_10_000_changes_a_client_is_told_all_and_after_10_001_it_begins_anew(url, resources):
    async with streaming(url) as stream:
        place = stream.place
    await publish_10_000(resources)

    async with streaming(url, after=place) as stream:
        said = await stream.take(10_000)
    await publish(resources, [room(0, 2)])
    async with streaming(url, after=place) as stream:
        name, _ = await stream.next()

    assert len({each["id"] for each in said}) == 10_000
    assert name == "reset"


async def publish(resources, rooms):
    await resources.ingest.accept(Message("default", "c", "entities", None, orjson.dumps(rooms)))


async def publish_10_000(resources, value=1):
    for start in range(0, 10_000, 1_000):
        await publish(resources, [room(number, value) for number in range(start, start + 1_000)])


async def test_what_is_rejected_or_rolled_back_is_never_told(url, write, admin, database):
    refusal = "ALTER TABLE t_default.entity ADD CHECK (document::text NOT LIKE '%poison%')"
    with psycopg.connect(database, autocommit=True) as connection:
        # Beside the loop: what the platform does with the table in this moment has to come to its end first.
        await asyncio.to_thread(connection.execute, refusal)
    async with streaming(url) as stream, httpx.AsyncClient(base_url=url, headers=admin, timeout=60) as client:
        refused = await client.post("/ngsi-ld/v1/entities", json=room(1, "poison"))
        batch = await client.post("/ngsi-ld/v1/entityOperations/create", json=[room(2), room(3, "poison"), room(4)])
        again = await client.post("/ngsi-ld/v1/entities", json=room(2))
        await write(room(5))
        said = await stream.take(3)

    assert (refused.status_code, batch.status_code, again.status_code) == (400, 207, 409)
    assert ids(said) == ["2", "4", "5"]


async def test_a_tenant_is_told_nothing_of_another(url, write, serving):
    with psycopg.connect(serving, autocommit=True) as connection:
        connection.execute("SELECT platform.create_tenant('town')")
    async with streaming(url) as ours, streaming(url, headers={"ngsild-tenant": "town"}) as theirs:
        await write(room(1))
        await write(room(2), tenant="town")
        first, second = await ours.take(1), await theirs.take(1)
        place = theirs.place
        with pytest.raises(TimeoutError):
            await ours.next(0.5)
    async with streaming(url, after=place) as stream:
        name, _ = await stream.next()

    assert (ids(first), ids(second)) == (["1"], ["2"])
    assert name == "reset"


class Lively(EventStream):
    beat_s = 0.1


async def test_a_quiet_stream_beats_and_its_beat_moves_the_place_on():
    feed, sent, gone = Feed(), [], asyncio.Event()

    async def receive():
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message.get("body", b""))
        if len(sent) == 3:
            feed.hear("t_default", [Change("urn:a:1", ["urn:a:Hall"], datetime.now(UTC))])
        if len(sent) == 6:
            gone.set()

    wanted = Wanted(visible=Visible.everything(), types=frozenset({"urn:a:Room"}))
    stream = Lively(feed, Shares(), "t_default", wanted, place=None)

    await asyncio.wait_for(stream({"type": "http", "method": "GET", "client": ("127.0.0.1", 1)}, receive, send), 5)

    _, opening, *beats = sent
    token = beats[0].partition(b"id: ")[2].partition(b"-")[0].decode()
    assert opening.startswith(b"retry: 2000\n:\nid: ")
    assert beats[0] == f":\nid: {token}-0\n\n".encode()
    assert beats[-1] == f":\nid: {token}-1\n\n".encode()
    assert feed.followers == 0


async def test_who_may_see_nothing_is_told_nothing():
    wanted = Wanted(visible=Visible(whole=False))

    assert not wanted.selects(Change("urn:a:1", ["urn:a:Hall"], datetime.now(UTC)))


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("?typ=Room", 400, "'typ' is not known"),
        ("?type=Room&id=urn:a:b", 400, "either"),
        ("?type=", 400, "empty"),
        ("?type=a%20b", 400, "letter"),
        ("?id=x", 400, "'id'"),
        ("?type=A&type=B", 400, "twice"),
        ("?id=" + ",".join(["urn:a:b"] * 1001), 400, "at most 1000"),
    ],
)
async def test_wrong_parameters_are_refused_with_words(client, query, status, words):
    answer = await client.get(f"/events{query}")

    assert answer.status_code == status
    assert words in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"


async def test_head_gets_the_header_and_ends(client):
    answer = await client.head("/events?type=Room")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.content == b""


async def test_an_unknown_tenant_is_not_found(client):
    assert (await client.get("/events", headers={"ngsild-tenant": "nowhere"})).status_code == 404


async def test_there_are_only_so_many_streams_and_one_that_ends_makes_room(url, resources):
    resources.feed.most_followers = 2
    async with streaming(url):
        async with streaming(url, address="127.0.0.2"), streaming(url, address="127.0.0.3") as third:
            refused = await third.response.aread()
        while resources.feed.followers > 1:
            await asyncio.sleep(0.01)
        async with streaming(url, address="127.0.0.2") as fourth, httpx.AsyncClient(base_url=url, timeout=60) as client:
            again = fourth.response.status_code
            figures = (await client.get("/metrics")).text

    assert third.response.status_code == 503
    assert third.response.headers["retry-after"] == "30"
    assert b"streams of events" in refused
    assert again == 200
    assert "allmende_event_streams 2.0" in figures


async def test_a_client_that_takes_all_it_gets_leaves_as_many_to_others(url, resources):
    resources.feed.most_followers = 4
    async with streaming(url), streaming(url) as second:
        async with streaming(url) as third:
            refused = await third.response.aread()
        async with streaming(url, address="127.0.0.2") as other:
            pass
    while resources.feed.followers:
        await asyncio.sleep(0.01)
    async with streaming(url) as again:
        pass

    assert [each.response.status_code for each in (second, third, other, again)] == [200, 503, 200, 200]
    assert third.response.headers["retry-after"] == "30"
    assert b"close one of them" in refused


async def test_a_client_that_does_not_read_holds_up_nobody_and_fills_no_memory(url, resources):
    place = urlsplit(url)
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(deaf, (place.hostname, place.port))
        await loop.sock_sendall(deaf, b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        while not resources.feed.followers:
            await asyncio.sleep(0.01)
        for value in (1, 2):
            await publish_10_000(resources, value)
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        for value in (3, 4):
            await publish_10_000(resources, value)
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        async with streaming(url) as stream:
            await publish(resources, [room(10_001)])
            said = await stream.take(1)
            followers = resources.feed.followers

    assert followers == 2
    assert ids(said) == ["10001"]
    assert grown < 8_000_000
