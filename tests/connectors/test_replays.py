# SPDX-License-Identifier: EUPL-1.2
"""What is set aside and asked for again is mapped anew, and never vanishes without being sent."""

import json
from pathlib import Path
from typing import Any

import pytest

from allmende.connector import Mapped, Record
from connectors.batches import LARGEST_BYTES
from connectors.intake import GONE, Intake, Totals
from connectors.spool import Spool


class Repeated:
    """A mapping by hand: the record's text, so many times."""

    def map(self, record: Record, state: Any) -> Mapped:
        value = {"type": "Property", "value": record.content["text"] * record.content["times"]}
        return Mapped(entities=[{"id": "urn:r", "type": "R", "x": value}], state=state)


@pytest.mark.parametrize("content", [{"text": "x", "times": LARGEST_BYTES}, {"text": "\0", "times": 1}])
def test_what_still_cannot_be_sent_stays_set_aside(tmp_path: Path, content: Any) -> None:
    spool = Spool(tmp_path / "spool.sqlite")
    intake = Intake(spool, Repeated(), Totals(), lambda: None)
    intake.begin()
    intake.take(Record(content=content, position=1))
    intake.commit()
    (letter,) = spool.next_messages(0, 10)
    spool.settle([(letter.id, [{"index": 0, "reason": "too large", "deadletter": "1"}])])

    intake.answer("replay", letter.id, 0)
    (again,) = spool.next_messages(letter.seq, 10)
    spool.settle([(again.id, [{"index": 0, "reason": "too large", "deadletter": "1"}])])

    assert (again.kind, again.id) == ("deadletters", f"{letter.id}~0~1")
    assert json.loads(again.payload)[0]["reason"].startswith("Entity urn:r")
    assert (spool.waiting, spool.set_aside) == (0, 1)
    spool.close()


def test_what_is_not_in_the_spool_any_more_is_answered_and_does_not_wait_for_ever(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.sqlite")
    intake = Intake(spool, Repeated(), Totals(), lambda: None)

    intake.answer("replay", "another-spools-message", 3)
    intake.answer("replay", "another-spools-message", 3)

    first, second = spool.next_messages(0, 10)
    spool.settle([(sent.id, [{"index": 0, "reason": "x", "deadletter": "1"}]) for sent in (first, second)])
    assert first.kind == "deadletters"
    assert first.id.startswith("another-spools-message~3~")
    assert first.id != second.id
    assert json.loads(first.payload) == [{"reason": GONE, "record": None}]
    assert (spool.waiting, spool.set_aside) == (0, 0)
    spool.close()


def test_a_request_that_comes_after_its_answer_is_no_new_dead_letter(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.sqlite")
    intake = Intake(spool, Repeated(), Totals(), lambda: None)
    intake.begin()
    intake.take(Record(content={"text": "x", "times": 1}, position=1))
    intake.commit()
    (sent,) = spool.next_messages(0, 10)
    spool.settle([(sent.id, [{"index": 0, "entity": "urn:r", "reason": "not yet"}])])

    intake.answer("replay", sent.id, 0)
    (again,) = spool.next_messages(sent.seq, 10)
    spool.settle([(again.id, [])])
    intake.answer("replay", sent.id, 0)
    intake.answer("drop", sent.id, 0)
    intake.answer("replay", sent.id, 0)

    assert (spool.waiting, spool.set_aside) == (0, 0)
    spool.close()
