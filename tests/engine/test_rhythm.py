# SPDX-License-Identifier: EUPL-1.2
"""What is usual, and what is late by that."""

from datetime import UTC, datetime, timedelta

import pytest

from broker.engine.rhythm import is_late, usual_pause

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def every(minutes, times):
    return [NOON + number * minutes * MINUTE for number in range(times)]


def test_the_usual_pause_is_that_of_most_sensors():
    assert usual_pause([every(10, 5)]) == 10 * MINUTE
    assert usual_pause([every(10, 5), every(10, 5), every(60, 2)]) == 10 * MINUTE


def test_one_long_pause_does_not_make_it_usual():
    times = [*every(5, 6), NOON + timedelta(hours=9)]

    assert usual_pause([times]) == 5 * MINUTE


@pytest.mark.parametrize("series", [[], [[]], [every(1, 1)] * 9, [every(1, 3)]])
def test_of_too_few_observations_nothing_is_usual(series):
    assert usual_pause(series) is None


@pytest.mark.parametrize(
    ("newest", "usual", "late"),
    [
        (NOON - 31 * MINUTE, 10 * MINUTE, False),
        (NOON - 33 * MINUTE, 10 * MINUTE, True),
        (NOON - timedelta(seconds=100), timedelta(seconds=1), False),
        (NOON + 60 * MINUTE, 10 * MINUTE, False),
        (NOON - timedelta(days=900), None, False),
        (None, 10 * MINUTE, False),
    ],
)
def test_late_is_what_stays_away_for_three_pauses_and_two_minutes(newest, usual, late):
    assert is_late(newest, usual, NOON) is late
