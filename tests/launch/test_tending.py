# SPDX-License-Identifier: EUPL-1.2
"""Histories are looked after by a process of its own, and a database that is away ends nothing."""

import asyncio

import pytest
from structlog.testing import capture_logs

from allmende.launch.errands import Errand, Prepared
from allmende.launch.preparation import prepare
from allmende.launch.tending import keep_tending


class Turns:
    """Pauses that last no time, the second of which has no end."""

    def __init__(self) -> None:
        self.taken = 0
        self.over = asyncio.Event()

    async def pause(self) -> None:
        self.taken += 1
        if self.taken == 2:
            self.over.set()
            await asyncio.Event().wait()


async def test_what_fails_is_tried_the_next_time(tmp_path):
    away = Errand(data=str(tmp_path), admin_url="postgresql://nobody@127.0.0.1:1/none", tends=True)
    turns = Turns()

    with capture_logs() as logs:
        tending = asyncio.create_task(keep_tending(away, turns.pause))
        await asyncio.wait_for(turns.over.wait(), 60)
        tending.cancel()

    assert [entry["event"] for entry in logs] == ["tending_failed"] * 2
    assert "The database cannot be reached" in logs[0]["reason"]


@pytest.mark.server
@pytest.mark.storage
def test_looking_after_histories_makes_no_keys(database, tmp_path):
    done = prepare(Errand(data=str(tmp_path), admin_url=database, tends=True))

    assert done == Prepared()
    assert list(tmp_path.iterdir()) == []
