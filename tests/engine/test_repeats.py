# SPDX-License-Identifier: EUPL-1.2
"""F8: every message three times, and again after an hour: the state is that of once."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from broker.engine.resources import open_resources
from tests.engine.conftest import Sender, reading

pytestmark = [pytest.mark.server, pytest.mark.storage]
TABLES = ("entity", "history", "dead_letter")


def messages() -> list[tuple[str, str, Any]]:
    """Readings with and without a time, histories, and what is rejected: kind, id, content."""
    made: list[tuple[str, str, Any]] = []
    for number in range(60):
        entity = f"urn:ngsi-ld:Room:{number % 7}"
        made.append(
            (
                "entities",
                f"m{number}",
                [reading(number, number / 2, f"2026-06-01T{number % 24:02}:00:00Z", entity=entity)],
            )
        )
        instances = [
            {"type": "Property", "value": number + part, "observedAt": f"2026-05-{part:02}T{number % 24:02}:00:00Z"}
            for part in range(1, 4)
        ]
        made.append(("temporal", f"t{number}", [{"id": entity, "type": "Room", "humidity": instances}]))
    made.append(("entities", "wrong", [{"id": "urn:ngsi-ld:Room:0", "type": "Room", "x": {"type": "Property"}}]))
    made.append(("deadletters", "letters", [{"reason": "no number", "record": {"x": "?"}}]))
    return made


async def test_repeats_change_nothing_at_once_and_after_an_hour(
    serving: str, rows: Callable[[str], list[tuple[Any, ...]]]
) -> None:
    ahead = timedelta()

    def clock() -> datetime:
        return datetime.now(UTC) + ahead

    def digest() -> list[Any]:
        query = "SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM t_default.{} t"
        return [rows(query.format(table))[0] for table in TABLES]

    made = messages()
    async with open_resources(
        serving, contexts_folder=Path(__file__).parents[1] / "contexts", clock=clock
    ) as resources:
        sender = Sender(resources)
        once = {name: await sender.send(content, name, kind) for kind, name, content in made}
        state = digest()
        again = [one for one in made for _ in range(2)]
        random.Random(8).shuffle(again)
        repeated = [(name, await sender.send(content, name, kind)) for kind, name, content in again]
        soon = digest()
        ahead = timedelta(hours=1)
        late = [(name, await sender.send(content, name, kind)) for kind, name, content in again]

    assert [count for count, _ in state] == [7, 60 * 2 + 60 * 3, 2]
    assert soon == state
    assert digest() == state
    assert [receipt for name, receipt in [*repeated, *late] if receipt != once[name]] == []
