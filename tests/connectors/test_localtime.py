# SPDX-License-Identifier: EUPL-1.2
"""Local times become UTC, also when the clocks change."""

import json

import pytest

from connectors.declarative.engines import ExpressionError
from connectors.declarative.localtime import LocalTimes


def resolve(times: list[str], seen: object = None) -> list[str | None]:
    clock = LocalTimes()
    clock.seen = dict(seen) if seen else {}
    return [clock.resolve("here", time, "Europe/Berlin") for time in times]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-06-01 00:00", "2026-05-31T22:00:00Z"),
        ("2026-01-01T12:00:30", "2026-01-01T11:00:30Z"),
        ("01.06.2026 08:15", "2026-06-01T06:15:00Z"),
        ("1.6.2026, 08:15:30 Uhr", "2026-06-01T06:15:30Z"),
        ("01.06.2026", "2026-05-31T22:00:00Z"),
        ("2026-06-01T00:00:00+00:00", "2026-06-01T00:00:00Z"),
        ("2026-06-01T00:00:00Z", "2026-06-01T00:00:00Z"),
        ("2026-06-01T02:00:00.5+02:00", "2026-06-01T00:00:00.500000Z"),
        ("2026-06-30 24:00:00", "2026-06-30T22:00:00Z"),
        ("2026-12-31T24:00Z", "2027-01-01T00:00:00Z"),
        ("28.02.2026 24:00 Uhr", "2026-02-28T23:00:00Z"),
    ],
)
def test_times_are_read_as_they_are_written(text: str, expected: str) -> None:
    assert resolve([text]) == [expected]


@pytest.mark.parametrize("text", ["2026-06-01 24:00:01", "2026-06-01 24:01", "2026-06-01 25:00", "9999-12-31 24:00"])
def test_a_time_after_the_end_of_a_day_is_an_error(text: str) -> None:
    with pytest.raises(ExpressionError):
        resolve([text])


def test_an_hour_that_is_seen_once_is_summer_time() -> None:
    assert resolve(["2026-10-25 01:45", "2026-10-25 02:00", "2026-10-25 03:00"]) == [
        "2026-10-24T23:45:00Z", "2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z",
    ]  # fmt: skip


def test_the_repeated_hour_is_standard_time_from_the_first_time_that_is_not_later() -> None:
    times = ["02:00", "02:30", "02:00", "02:30", "03:00"]

    answers = resolve([f"2026-10-25 {time}" for time in times])

    assert [answer[11:16] for answer in answers if answer] == ["00:00", "00:30", "01:00", "01:30", "02:00"]


def test_hourly_readings_repeat_the_same_time() -> None:
    answers = resolve([f"2026-10-25 {time}" for time in ("01:00", "02:00", "02:00", "03:00")])

    assert [answer[11:16] for answer in answers if answer] == ["23:00", "00:00", "01:00", "02:00"]


def test_what_was_seen_survives_as_json() -> None:
    clock = LocalTimes()
    clock.resolve("here", "2026-10-25 02:15", "Europe/Berlin")
    state = json.loads(json.dumps(clock.seen, default=str))

    answers = resolve(["2026-10-25 02:00", "2026-10-25 02:15"], state)

    assert answers == ["2026-10-25T01:00:00Z", "2026-10-25T01:15:00Z"]


def test_next_year_the_hour_is_summer_time_again() -> None:
    answers = resolve(["2025-10-26 02:00", "2025-10-26 02:00", "2026-10-25 01:00", "2026-10-25 02:00"])

    assert answers[-1] == "2026-10-25T00:00:00Z"


def test_the_missing_hour_is_an_error() -> None:
    with pytest.raises(ExpressionError, match="does not exist in Europe/Berlin"):
        resolve(["2027-03-28 02:15"])


def test_two_places_do_not_disturb_each_other() -> None:
    clock = LocalTimes()

    start = clock.resolve("start", "2026-10-25 02:15", "Europe/Berlin")
    end = clock.resolve("end", "2026-10-25 02:00", "Europe/Berlin")

    assert (start, end) == ("2026-10-25T00:15:00Z", "2026-10-25T00:00:00Z")


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01 00:00", "31.02.2026 10:00", 5])
def test_what_is_not_a_time_is_an_error(text: object) -> None:
    with pytest.raises(ExpressionError):
        LocalTimes().resolve("observedAt", text, "Europe/Berlin")


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00", "9999-12-31T23:59:59-01:00"])
def test_a_time_at_the_end_of_all_times_is_an_error(text: str) -> None:
    with pytest.raises(ExpressionError, match="outside the years"):
        LocalTimes().resolve("observedAt", text, "Europe/Berlin")


@pytest.mark.parametrize("zone", [5, [], {}])
def test_a_zone_that_is_no_text_is_an_error(zone: object) -> None:
    with pytest.raises(ExpressionError, match="needs a time zone"):
        LocalTimes().resolve("observedAt", "2026-07-01 10:00", zone)


def test_a_zone_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ExpressionError, match="not a time zone"):
        LocalTimes().resolve("here", "2026-06-01 00:00", "Europe/Musterstadt")
