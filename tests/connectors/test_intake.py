# SPDX-License-Identifier: EUPL-1.2
"""The intake: a sender is told once its record is on disk, and not before."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from allmende.connector import Mapped, Record
from connectors.intake import Intake, Totals
from connectors.spool import Spool


class Plain:
    """A mapping by hand: one entity of each record."""

    def map(self, record: Record, state: Any) -> Mapped:
        return Mapped(entities=[{"id": "urn:r", "type": "R", "x": {"type": "Property", "value": record.content}}])


@pytest.fixture
def spool(tmp_path: Path):
    spool = Spool(tmp_path / "spool.sqlite")
    yield spool
    spool.close()


def test_a_sender_is_told_once_its_record_is_on_disk(spool: Spool) -> None:
    seen: list[int] = []

    def look() -> None:
        with sqlite3.connect(spool.path) as other:
            seen.append(other.execute("SELECT count(*) FROM record").fetchone()[0])

    intake = Intake(spool, Plain(), Totals(), lambda: None)
    intake.begin()
    intake.take(Record(content=1, when_kept=look))
    assert seen == []

    intake.commit()
    assert seen == [1]


def test_a_sender_is_not_told_of_what_is_not_on_disk(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    told: list[None] = []
    intake = Intake(spool, Plain(), Totals(), lambda: None)
    intake.begin()
    intake.take(Record(content=1, when_kept=lambda: told.append(None)))
    monkeypatch.setattr(spool, "commit", fail)

    with pytest.raises(sqlite3.OperationalError):
        intake.commit()
    assert told == []


def test_a_mapping_that_fails_on_a_record_rejects_it(spool: Spool) -> None:
    class Failing:
        def map(self, record: Record, state: Any) -> Mapped:
            return Mapped(
                entities=[{"id": "urn:r", "type": "R", "x": {"type": "Property", "value": 1 / record.content}}]
            )

    totals = Totals()
    intake = Intake(spool, Failing(), totals, lambda: None)
    intake.begin()
    for value in (1, 0, 2):
        intake.take(Record(content=value))
    intake.commit()

    letters = [message for message in spool.next_messages(0, 10) if message.kind == "deadletters"]
    assert len(letters) == totals.rejected == 1
    assert b"ZeroDivisionError" in letters[0].payload


def test_a_source_without_places_leaves_no_cursor(spool: Spool) -> None:
    intake = Intake(spool, Plain(), Totals(), lambda: None)
    intake.begin()
    intake.take(Record(content=1, part="a/topic"))
    intake.commit()

    assert spool.cursor() == ({}, {})
