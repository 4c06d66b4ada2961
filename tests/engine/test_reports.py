# SPDX-License-Identifier: EUPL-1.2
"""How a connector is, by what it says of itself and by when it was heard."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.engine.reports import Failure, to_report

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
JUST_NOW = NOW - timedelta(seconds=20)
LONG_AGO = NOW - timedelta(seconds=91)
SILENT = {"silent_since": "2026-06-01T10:00:00Z"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
KEYS = [
    "state",
    "title",
    "version",
    "last_read",
    "silent_since",
    "backlog",
    "dropped",
    "last_error",
    "rejected_version",
]


def report(said, *, reported_at=JUST_NOW, heard_at=None):
    return to_report("default", "a", said, reported_at=reported_at, heard_at=heard_at, dead_letters=0, now=NOW)


@pytest.mark.parametrize(
    ("said", "reported_at", "heard_at", "state"),
    [
        ({"state": "running"}, JUST_NOW, None, "running"),
        ({"state": "waiting"}, NOW - timedelta(seconds=90), None, "waiting"),
        ({"state": "waiting"}, LONG_AGO, None, "away"),
        ({"state": "waiting"}, LONG_AGO, JUST_NOW, "away"),
        ({"state": "failing"}, JUST_NOW, None, "failing"),
        ({"state": "waiting", **SILENT}, JUST_NOW, None, "silent"),
        ({"state": "waiting", **SILENT}, LONG_AGO, None, "away"),
        ({"state": "stopped", **SILENT}, LONG_AGO, None, "stopped"),
        ({"state": "dancing"}, JUST_NOW, None, "unknown"),
        ([], JUST_NOW, None, "unknown"),
        (None, None, JUST_NOW, "running"),
        (None, None, LONG_AGO, "unknown"),
        (None, None, None, "unknown"),
    ],
)
def test_its_state_is_what_it_says_unless_it_says_nothing_any_more(said, reported_at, heard_at, state):
    assert report(said, reported_at=reported_at, heard_at=heard_at).state == state


def test_what_it_says_is_taken_as_values():
    said = {
        "state": "failing",
        "title": {"de": "Parkhäuser", "en": "Car parks"},
        "version": "abc",
        "last_read": "2026-06-01T13:00:00+02:00",
        "backlog": 3,
        "last_error": {"at": "2026-06-01T11:59:00Z", "text": "refused"},
    }

    told = report(said)

    assert told.title == {"de": "Parkhäuser", "en": "Car parks"}
    assert told.last_read == datetime(2026, 6, 1, 11, tzinfo=UTC)
    assert (told.backlog, told.set_aside) == (3, None)
    assert told.last_error == Failure(datetime(2026, 6, 1, 11, 59, tzinfo=UTC), "refused")


def test_of_one_that_says_nothing_the_last_data_tell_when_something_was_stored():
    assert report(None, reported_at=None, heard_at=JUST_NOW).last_stored == JUST_NOW
    assert report({"state": "running"}, heard_at=JUST_NOW).last_stored is None


@given(st.dictionaries(st.sampled_from(KEYS), JSON) | JSON)
def test_whatever_is_said_a_report_comes_of_it(said):
    told = report(said)

    assert told.state in {"running", "waiting", "failing", "silent", "stopped", "unknown"}
    assert told.backlog is None or told.backlog >= 0
    assert all(isinstance(text, str) and text for text in told.title.values())
