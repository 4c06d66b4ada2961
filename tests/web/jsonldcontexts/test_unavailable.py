# SPDX-License-Identifier: EUPL-1.2
"""@contexts that cannot be fetched: an error of the request or of an item, and nothing is stored."""

import time

import pytest

from tests.connectors.hosts import Reply
from tests.web.jsonldcontexts.asking import CORE, JSON_LD, ROOM, create_room, link
from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]


async def test_what_is_fetched_and_is_no_context_is_bad_request_data_and_nothing_is_stored(client, elsewhere):
    elsewhere.serve("/c.jsonld", {"Room": "https://example.org/Room"})

    response = await create_room(client, f"{elsewhere.url}/c.jsonld")

    assert (response.status_code, problem_type(response)) == (400, "BadRequestData")
    assert "member '@context'" in response.json()["detail"]
    assert (await client.get("entities/urn:a:1")).status_code == 404
    assert (await client.get("jsonldContexts?kind=Cached")).json() == [CORE]


@pytest.mark.parametrize(
    ("context", "words"),
    [
        ("{host}/gone.jsonld", "answers 404"),
        ("{host}/large.jsonld", "more than 1048576 bytes"),
        ("http://169.254.169.254/c.jsonld", "private network"),
        ("http://10.0.0.1/c.jsonld", "private network"),
        ("file:///etc/passwd", "absolute URL"),
        ("no-address", "absolute URL"),
    ],
)
async def test_what_cannot_be_fetched_is_a_gateway_timeout_and_nothing_is_stored(client, elsewhere, context, words):
    elsewhere.serve("/large.jsonld", b" " * 2_000_000)
    url = context.format(host=elsewhere.url)

    by_body = await create_room(client, [url])
    by_link = await client.get("entities?type=Room", headers=link(url))

    for response in (by_body, by_link):
        assert (response.status_code, problem_type(response)) == (504, "LdContextNotAvailable")
        assert words in response.json()["detail"]
    assert (await client.get("entities/urn:a:1")).status_code == 404
    assert (await client.get("jsonldContexts?kind=Cached")).json() == [CORE]
    assert elsewhere.paths() in ([], ["/gone.jsonld"], ["/large.jsonld"])


async def test_a_context_that_takes_too_long_is_a_gateway_timeout_within_two_seconds(client, elsewhere):
    def slow(_asked):
        time.sleep(3)
        return Reply(content={"@context": {}})

    elsewhere.answers["/slow.jsonld"] = slow
    begun = time.monotonic()

    response = await create_room(client, f"{elsewhere.url}/slow.jsonld")
    taken = time.monotonic() - begun

    assert (response.status_code, problem_type(response)) == (504, "LdContextNotAvailable")
    assert taken < 2


async def test_in_a_batch_each_context_is_the_matter_of_its_item(client, elsewhere):
    good, gone = f"{elsewhere.url}/c.jsonld", [f"{elsewhere.url}/gone{number}.jsonld" for number in range(3)]
    items = [{**ROOM, "id": f"urn:a:{number}", "@context": url} for number, url in enumerate([good, *gone, good])]

    response = await client.post("entityOperations/create", json=items, headers=JSON_LD)

    assert response.status_code == 207
    assert response.json()["success"] == ["urn:a:0", "urn:a:4"]
    assert {error["error"]["status"] for error in response.json()["errors"]} == {504}
    assert sorted(elsewhere.paths()) == ["/c.jsonld", *(f"/gone{number}.jsonld" for number in range(3))]


async def test_a_batch_of_more_new_contexts_than_one_request_may_bring_fails_by_item(client, elsewhere):
    for number in range(140):
        elsewhere.serve(f"/{number}", {"@context": {}})
    items = [{**ROOM, "id": f"urn:a:{n}", "@context": f"{elsewhere.url}/{n}"} for n in range(140)]

    response = await client.post("entityOperations/create", json=items, headers=JSON_LD)
    await client.post("entityOperations/delete", json=response.json()["success"])

    assert response.status_code == 207
    assert 0 < len(response.json()["success"]) <= len(elsewhere.asked) < 140
