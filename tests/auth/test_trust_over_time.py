# SPDX-License-Identifier: EUPL-1.2
"""The times of access tokens, and what holds while their issuer is away or changes its keys."""

import asyncio
import time

import pytest
from prometheus_client import CollectorRegistry

from allmende.errors import Unavailable
from tests.auth.issuing import public, refusal, rsa_key


@pytest.mark.parametrize(("seconds", "believed"), [(20, True), (-20, True), (120, False), (-120, False)])
async def test_clocks_may_be_20_seconds_apart_and_not_two_minutes(trust, issuer, seconds, believed):
    now = time.time() + seconds
    just = issuer.token(now, exp=int(now) + 1 if seconds < 0 else int(now) + 300, nbf=int(now))

    if believed:
        assert await trust.verify(just, "default")
    else:
        await refusal(trust, just)


async def test_a_token_that_was_verified_ends_at_its_end_and_is_looked_at_again_after_a_minute(believe, issuer, clock):
    times = [1_800_000_000.0]
    trust = believe([{"issuer": issuer.url}], clock=clock, now=lambda: times[0])
    token = issuer.token(times[0], exp=int(times[0]) + 100)
    first = await trust.verify(token, "default")

    assert await trust.verify(token, "default") is first
    issuer.listed = {"keys": [public(rsa_key(5), "another")]}
    clock.time += 59
    assert await trust.verify(token, "default") is first
    times[0] += 131
    assert "expired" in await refusal(trust, token)
    times[0] -= 131
    clock.time += 600
    assert "does not have" in await refusal(trust, token)


async def test_memory_of_tokens_is_bounded(trust, issuer, monkeypatch):
    tokens = [issuer.token(sub=f"user {number:02}") for number in range(30)]
    monkeypatch.setattr("auth.trust._MOST_LETTERS", 10 * len(tokens[0]))

    for token in [*tokens, *tokens[-5:]]:
        await trust.verify(token, "default")

    assert len(trust._verified) == 10
    assert trust._letters == 10 * len(tokens[0])


async def test_no_token_is_refused_while_keys_rotate(trust, issuer, clock):
    before = [issuer.token(sub=f"old {number}") for number in range(50)]
    await trust.verify(before[0], "default")
    clock.time += 1
    issuer.rotate("b")
    after = [issuer.token(sub=f"new {number}") for number in range(50)]

    await asyncio.gather(
        *(trust.verify(token, "default") for pair in zip(before, after, strict=True) for token in pair)
    )

    assert issuer.fetches == 2


async def test_no_token_is_refused_while_keys_rotate_and_somebody_guesses_keys(trust, issuer, clock):
    await trust.verify(issuer.token(), "default")
    await refusal(trust, issuer.token(header={"kid": "guessed"}))
    issuer.rotate("b")
    token = issuer.token()

    with pytest.raises(Unavailable) as later:
        await trust.verify(token, "default")
    clock.time += later.value.retry_after

    assert await trust.verify(token, "default")
    assert issuer.fetches == 3


async def test_keys_are_renewed_before_they_are_due_and_nobody_waits_for_that(trust, issuer, clock):
    await trust.verify(issuer.token(), "default")
    issuer.delay_s = 0.3
    clock.time += 500

    begun = time.monotonic()
    await trust.verify(issuer.token(sub="another"), "default")
    waited = time.monotonic() - begun
    await trust.keys[issuer.url].settle()

    assert waited < 0.2
    assert issuer.fetches == 2


async def test_an_issuer_that_hangs_is_waited_for_once_and_then_known_keys_go_on(believe, issuer, clock):
    trust = believe([{"issuer": issuer.url, "jwks": f"{issuer.url}/certs"}], clock=clock)
    await trust.verify(issuer.token(), "default")
    issuer.status = 503
    clock.time += 601

    for number in range(100):
        assert await trust.verify(issuer.token(sub=f"{number}"), "default")

    assert issuer.fetches == 2


async def test_a_key_that_the_issuer_withdrew_ends_within_ten_minutes(trust, issuer, clock):
    await trust.verify(issuer.token(), "default")
    token = issuer.token(sub="another")
    issuer.keys = {"b": rsa_key(1)}
    clock.time += 601

    await refusal(trust, token)


async def test_the_issuer_away_for_a_day_keeps_what_is_known_and_an_unknown_key_is_temporary(trust, issuer, clock):
    await trust.verify(issuer.token(), "default")
    known = [issuer.token(sub=f"known {number}") for number in range(20)]
    issuer.rotate("b")
    unknown = issuer.token()
    issuer.stop()

    for number, step in enumerate([1, 60, 600, 7200, 7200, 70_000]):
        clock.time += step
        begun = time.monotonic()
        assert await trust.verify(known[number], "default")
        with pytest.raises(Unavailable, match="does not answer") as away:
            await trust.verify(unknown, "default")
        assert 1 <= away.value.retry_after <= 30
        assert time.monotonic() - begun < 2
    issuer.start()
    clock.time += 31
    assert await trust.verify(unknown, "default")


async def test_keys_are_forgotten_a_day_after_the_issuer_was_last_heard(trust, issuer, clock):
    await trust.verify(issuer.token(), "default")
    issuer.stop()
    clock.time += 24 * 3600

    with pytest.raises(Unavailable):
        await trust.verify(issuer.token(sub="another"), "default")


async def test_an_issuer_that_hangs_is_asked_once_for_all_who_wait(believe, issuer, clock):
    trust = believe([{"issuer": issuer.url, "jwks": f"{issuer.url}/certs"}], clock=clock)
    issuer.delay_s = 0.2

    answers = await asyncio.gather(*(trust.verify(issuer.token(sub=f"{number}"), "t") for number in range(100)))

    assert len(answers) == 100
    assert issuer.fetches == 1


async def test_whoever_gives_up_waiting_leaves_the_keys_to_the_others(trust, issuer):
    issuer.delay_s = 0.2
    first = asyncio.create_task(trust.verify(issuer.token(), "t"))
    second = asyncio.create_task(trust.verify(issuer.token(sub="2"), "t"))
    await asyncio.sleep(0)
    first.cancel()

    assert await second
    assert issuer.fetches == 1


NONSENSE = [
    ({"listed": b"<html>"}, "no JSON"),
    ({"listed": b"[]"}, "no JSON object"),
    ({"listed": {"keys": []}}, "no key"),
    ({"listed": {"keys": 7}}, "no key"),
    ({"listed": b"[" * 100_000}, "no JSON"),
    ({"listed": b" " * 300_000}, "more than"),
    ({"status": 500}, "500"),
    ({"configuration": {"issuer": "http://evil.example"}}, "another issuer"),
    ({"configuration": {"jwks_uri": None}}, "jwks_uri"),
    ({"configuration": {"jwks_uri": "file:///etc/passwd"}}, "https"),
    ({"configuration": {"jwks_uri": "http://169.254.169.254/keys"}}, "private network"),
    ({"configuration": {"jwks_uri": "http://user:pass@127.0.0.1/keys"}}, "password"),
]


@pytest.mark.parametrize(("change", "words"), NONSENSE, ids=lambda value: str(value)[:60])
async def test_an_issuer_that_tells_nonsense_is_as_if_it_were_away(trust, issuer, change, words, capsys):
    issuer.__dict__.update(change)

    with pytest.raises(Unavailable):
        await trust.verify(issuer.token(), "default")

    assert "issuer_away" in (said := capsys.readouterr().out)
    assert words in said


async def test_where_no_issuer_is_named_no_token_is_taken(believe, issuer):
    assert "ALLMENDE_ISSUERS" in await refusal(believe([]), issuer.token())


async def test_the_key_of_one_issuer_signs_no_token_of_another(believe, issuer):
    other = f"{issuer.url}x"
    trust = believe(
        [{"issuer": issuer.url}, {"issuer": other, "name": "other", "jwks": f"{issuer.url}/none", "tenant": "t"}]
    )
    await trust.verify(issuer.token(), "t")

    with pytest.raises(Unavailable):
        await trust.verify(issuer.token(iss=other), "t")


async def test_what_becomes_of_tokens_is_counted_and_an_issuer_that_is_away_is_seen(believe, issuer, clock):
    registry = CollectorRegistry()
    trust = believe([{"issuer": issuer.url}], clock=clock, registry=registry)
    token = issuer.token()

    def figures():
        outcomes = ("believed", "remembered", "refused", "unknown_key")
        counted = [registry.get_sample_value("allmende_auth_tokens_total", {"outcome": each}) for each in outcomes]
        return [*counted, registry.get_sample_value("allmende_auth_issuer_away", {"issuer": issuer.url})]

    assert figures() == [0, 0, 0, 0, 0]
    for _ in range(3):
        await trust.verify(token, "default")
    await refusal(trust, issuer.token(exp=1))
    assert trust.trouble is None
    issuer.stop()
    issuer.rotate()
    with pytest.raises(Unavailable):
        await trust.verify(issuer.token(), "default")

    assert figures() == [1, 2, 1, 1, 1]
    assert "does not answer" in trust.trouble
