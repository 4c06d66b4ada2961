# SPDX-License-Identifier: EUPL-1.2
"""What holds for every request, whichever part answers it."""

import httpx
import pytest
from prometheus_client import CollectorRegistry

from api.front import Front
from api.gate import HttpGate
from api.metrics import HttpMetrics
from broker.web.calls import Answer
from broker.web.exchange import read_body, send_answer


async def answer(scope, receive, send):
    """A part that answers with the body that it gets."""
    body = await read_body(receive)
    await send_answer(send, Answer(200, body or b"read"))


async def fail(scope, receive, send):
    raise ZeroDivisionError("secret detail")


async def fail_in_the_middle(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise ZeroDivisionError("secret detail")


def client_of(part, **gate):
    front = Front(HttpGate(**gate), part, part, HttpMetrics.register(CollectorRegistry()))
    return httpx.AsyncClient(transport=httpx.ASGITransport(front), base_url="http://localhost:8080")


PATHS = ["/ngsi-ld/v1/entities", "/admin/keys"]


@pytest.mark.parametrize("path", PATHS)
async def test_a_foreign_host_is_misdirected_whatever_it_asks(path):
    async with client_of(answer, open=True) as client:
        refused = await client.get(path, headers={"host": "evil.example"})
        allowed = await client.get(path, headers={"host": "127.0.0.1:8080"})

    assert refused.status_code == 421
    assert b"read" not in refused.content
    assert allowed.status_code == 200


async def test_two_hosts_are_none_of_ours():
    async with client_of(answer) as client:
        response = await client.get("/", headers=[("host", "localhost"), ("host", "evil.example")])

    assert response.status_code == 421


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
async def test_a_foreign_page_cannot_write(method):
    async with client_of(answer, open=True) as client:
        refused = await client.request(method, "/ngsi-ld/v1/entities", headers={"origin": "https://evil.example"})
        no_origin = await client.request(method, "/ngsi-ld/v1/entities", headers={"origin": "null"})
        own = await client.request(method, "/ngsi-ld/v1/entities", headers={"origin": "http://localhost:8080"})

    assert refused.status_code == 403
    assert no_origin.status_code == 403
    assert own.status_code == 200


async def test_a_foreign_page_reads_without_the_browser_showing_it():
    async with client_of(answer) as client:
        response = await client.get("/ngsi-ld/v1/types", headers={"origin": "https://evil.example"})

    assert response.status_code == 200
    assert "access-control-allow-origin" not in response.headers


async def test_cors_is_for_named_origins():
    async with client_of(answer, origins=frozenset({"https://map.example"})) as client:
        named = await client.get("/ngsi-ld/v1/types", headers={"origin": "https://map.example"})
        foreign = await client.get("/ngsi-ld/v1/types", headers={"origin": "https://evil.example"})

    assert named.headers["access-control-allow-origin"] == "https://map.example"
    assert {"ETag", "Link"} < set(named.headers["access-control-expose-headers"].split(", "))
    assert named.headers["vary"] == "Origin"
    assert "access-control-allow-origin" not in foreign.headers
    assert "access-control-allow-credentials" not in named.headers


async def test_any_page_may_query_by_a_body_where_any_may_read():
    async with client_of(answer, origins=frozenset({"*"})) as client:
        page = {"origin": "https://map.example"}
        query = await client.post("/ngsi-ld/v1/entityOperations/query", headers=page)
        write = await client.post("/ngsi-ld/v1/entityOperations/create", headers=page)

    assert query.status_code == 200
    assert query.headers["access-control-allow-origin"] == "*"
    assert write.status_code == 403
    assert write.headers["access-control-allow-origin"] == "*"


async def test_an_error_of_head_has_no_body():
    async with client_of(answer) as client:
        response = await client.head("/ngsi-ld/v1/types", headers={"host": "evil.example"})

    assert response.status_code == 421
    assert response.content == b""


async def test_a_browser_that_asks_first_is_told_what_it_may():
    asks = {"origin": "https://map.example", "access-control-request-method": "POST"}
    async with client_of(fail, origins=frozenset({"https://map.example"})) as client:
        named = await client.options("/ngsi-ld/v1/entities", headers=asks)
        foreign = await client.options("/ngsi-ld/v1/entities", headers={**asks, "origin": "https://evil.example"})

    assert named.status_code == 204
    assert "PATCH" in named.headers["access-control-allow-methods"]
    assert {"If-None-Match", "NGSILD-EntityMap", "NGSILD-Snapshot", "NGSILD-Tenant"} < set(
        named.headers["access-control-allow-headers"].split(", ")
    )
    assert "access-control-allow-methods" not in foreign.headers
    assert "access-control-allow-origin" not in foreign.headers


@pytest.mark.parametrize("path", PATHS)
async def test_a_body_over_the_limit_is_refused_unread(path):
    async with client_of(fail, max_body_bytes=1024 * 1024) as client:
        response = await client.post(path, content=b"x" * (1024 * 1024 + 1))

    assert response.status_code == 413
    assert "1 MiB" in response.json()["detail"]


async def test_a_body_of_untold_length_is_cut_at_the_limit():
    async def chunks():
        for _ in range(20):
            yield b"x" * 1024

    async with client_of(answer, max_body_bytes=10 * 1024) as client:
        response = await client.post("/admin/keys", content=chunks())

    assert response.status_code == 413


@pytest.mark.parametrize("length", ["-1", "x", "9" * 40])
async def test_a_length_that_makes_no_sense_is_refused(length):
    async with client_of(fail) as client:
        response = await client.post("/admin/keys", content=b"{}", headers={"content-length": length})

    assert response.status_code in {400, 413}


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/ngsi-ld/v1/entities", "application/json"),
        ("/admin/keys", "application/problem+json"),
    ],
)
async def test_a_fault_is_a_bare_500_that_names_the_request_and_not_its_cause(path, media_type):
    async with client_of(fail) as client:
        response = await client.get(path, headers={"ngsild-tenant": "town"})

    assert response.status_code == 500
    assert response.headers["content-type"] == media_type
    assert response.headers["x-request-id"] in response.json()["detail"]
    assert "secret" not in response.text
    assert response.headers["ngsild-tenant"] == "town"


async def test_a_fault_in_the_middle_of_an_answer_ends_the_connection():
    async with client_of(fail_in_the_middle) as client:
        with pytest.raises(ZeroDivisionError):
            await client.get("/")


async def test_every_answer_has_a_request_id_of_its_own_and_cannot_be_sniffed():
    async with client_of(answer) as client:
        answers = [await client.get(path) for path in ["/", "/ngsi-ld/v1/x", "/"]]

    assert len({response.headers["x-request-id"] for response in answers}) == 3
    assert {response.headers["x-content-type-options"] for response in answers} == {"nosniff"}


async def test_requests_are_counted_by_method_and_status():
    registry = CollectorRegistry()
    metrics = HttpMetrics.register(registry)

    metrics.count("GET", 200, 0.002)
    metrics.count("GET", 200, 0.002)
    metrics.count("MADE-UP", 405, 0.002)

    def value(method, status):
        return registry.get_sample_value("allmende_http_requests_total", {"method": method, "status": status})

    assert value("GET", "200") == 2
    assert value("other", "405") == 1
    assert value("MADE-UP", "405") is None
    assert registry.get_sample_value("allmende_http_request_seconds_count") == 3
