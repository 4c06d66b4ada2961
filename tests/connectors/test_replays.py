# SPDX-License-Identifier: EUPL-1.2
"""What is set aside and asked for again is mapped anew, and never vanishes without being sent."""

import json
from pathlib import Path
from typing import Any

import pytest

from allmende.connector import Mapped, Record
from connectors.batches import LARGEST_BYTES
from connectors.intake import Intake, Totals
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
