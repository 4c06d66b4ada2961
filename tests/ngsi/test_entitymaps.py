# SPDX-License-Identifier: EUPL-1.2
"""Entity maps and durations as pure functions."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.errors import BadRequestData
from broker.ngsi.contexts import CORE
from broker.ngsi.durations import parse_lifetime
from broker.ngsi.entitymaps import EntityMap, digest, gone, pinned
from broker.ngsi.queries import Query, parse_query

IDS = [f"urn:a:{number}" for number in range(10)]
MAP = EntityMap(id="urn:m", expires_at=datetime(2026, 1, 1, tzinfo=UTC), query=b"", ids=IDS)


@given(alive=st.sets(st.sampled_from(IDS)), offset=st.integers(0, 10), limit=st.integers(1, 10))
def test_a_page_takes_away_what_it_passed_over_and_nothing_that_is_alive(alive, offset, limit):
    left = sorted(alive)
    page = left[offset : offset + limit]
    more = len(left) > offset + limit

    lost = gone(MAP, Query(limit=limit, offset=offset), page, more=more)

    assert set(lost).isdisjoint(alive)
    if offset == 0:
        seen = [one for one in IDS if not more or one <= page[-1]]
        assert lost == [one for one in seen if one not in alive]


def test_pages_in_another_order_take_nothing_away():
    query = parse_query({"type": "Car"}, CORE)

    assert gone(MAP, Query(order=(object(),)), [], more=False) == []
    assert gone(MAP, query, [], more=False) == IDS


def test_a_page_of_nothing_before_others_says_nothing():
    # All of its entities are over and not yet swept away.
    assert gone(MAP, Query(limit=3), [], more=True) == []
    assert gone(MAP, Query(limit=3, offset=3), [], more=False) == []


@given(own=st.sets(st.sampled_from([*IDS, "urn:b:1"])))
def test_a_query_within_a_map_finds_nothing_outside_it(own):
    ids = pinned(Query(ids=tuple(sorted(own))), MAP).ids

    assert ids
    assert set(ids) == (set(IDS) & own if own else set(IDS)) or (ids == ("",) and set(IDS).isdisjoint(own))


def test_the_digest_tells_every_part_of_a_query_but_how_it_is_shown():
    plain = Query()

    told = {one.name for one in fields(Query) if digest(replace(plain, **{one.name: "other"})) != digest(plain)}

    assert told == {one.name for one in fields(Query)} - {"limit", "offset", "count", "order", "times"}


def test_the_digest_is_that_of_what_is_asked_and_not_of_the_page():
    one, page, other = (
        parse_query(parameters, CORE)
        for parameters in (
            {"type": "Car", "q": "speed>5"},
            {"type": "Car", "q": "speed>5", "limit": "3", "offset": "4", "count": "true"},
            {"type": "Car", "q": "speed>6"},
        )
    )

    assert digest(one) == digest(page) != digest(other)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("PT1H", 3600), ("P1D", 86_400), ("P1W", 604_800), ("PT0.5S", 0.5), ("P1Y", 31_536_000), ("P1M", 2_592_000)],
)
def test_durations_are_read(text, seconds):
    assert parse_lifetime(text, "It", most=timedelta(days=400)).total_seconds() == seconds


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "1hour", "PT1", "P1H", "PT1H ", "-PT1H", "P1DT", 5, None, "P" + "9" * 20]
)
def test_what_is_no_duration_is_told_how_one_looks(text):
    with pytest.raises(BadRequestData, match="such as PT1H"):
        parse_lifetime(text, "It", most=timedelta(days=1))


def test_a_duration_is_cut():
    assert parse_lifetime("P9999Y", "It", most=timedelta(days=1)) == timedelta(days=1)
