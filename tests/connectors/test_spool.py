# SPDX-License-Identifier: EUPL-1.2
"""The spool keeps what was read until the platform has it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson
import pytest

from allmende.connector import Mapped, Problem, Record
from allmende.errors import SettingsError
from connectors.batches import Batch, Member, Packed
from connectors.spool import SET_ASIDE_S, Spool


def fill(spool: Spool, *names: str, broken: tuple[str, ...] = ()) -> Any:
    batch = Batch()
    for row, name in enumerate(names, 1):
        entity = {"id": f"urn:{name}", "type": "T", "x": {"type": "Property", "value": row, "observedAt": f"T{row}"}}
        mapped = Mapped(entities=[entity], state={"seen": row})
        if name in broken:
            mapped = Mapped(entities=[], problems=[Problem(reason="broken")], state={"seen": row})
        batch.add(spool.next_seq, Record(content={"row": row}, part="f", position=[row]), mapped, {"seen": row - 1})
    return spool.commit(batch)


def rows(path: Path, table: str) -> int:
    with sqlite3.connect(path) as database:
        return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


@pytest.fixture
def opened() -> Iterator[Callable[..., Spool]]:
    with ExitStack() as stack:

        def open_spool(path: Path, **options: Any) -> Spool:
            spool = Spool(path, **options)
            stack.callback(spool.close)
            return spool

        yield open_spool


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool" / "default-test.sqlite"


def test_what_is_committed_survives_with_the_cursor_and_the_ids(path: Path, opened: Callable[..., Spool]) -> None:
    spool = opened(path)
    before = fill(spool, "a", "b")
    spool.close()

    again = opened(path)

    assert again.next_messages(0, 10) == before
    assert again.cursor() == ({"f": [2]}, {"f": {"seen": 2}})
    assert again.backlog == 2


def test_a_record_leaves_when_all_of_it_is_stored(path: Path, opened: Callable[..., Spool]) -> None:
    spool = opened(path)
    data, letters = fill(spool, "a", "b", "c", broken=("b",))

    settled = spool.settle([(data.id, [])])

    assert (settled.stored, settled.rejected) == (2, 0)
    assert rows(path, "record") == 1
    spool.settle([(letters.id, [{"index": 0, "reason": "broken", "deadletter": "1"}])])
    assert (rows(path, "record"), spool.set_aside, spool.waiting) == (1, 1, 0)


def test_a_rejected_entity_sets_all_of_its_records_aside(path: Path, opened: Callable[..., Spool]) -> None:
    spool = opened(path)
    (message,) = fill(spool, "a", "b", "a")

    settled = spool.settle([(message.id, [{"index": 0, "entity": "urn:a", "reason": "wrong"}])])

    aside = spool.get_aside(message.id, 0)
    assert aside is not None
    assert (settled.stored, settled.rejected, settled.joined) == (1, 0, ((message.id, 0),))
    assert [record.content for record in aside.records] == [b'{"row":1}', b'{"row":3}']
    assert aside.records[1].state == b'{"seen":2}'
    assert spool.drop(message.id, 0)
    assert rows(path, "record") == 0


def test_a_receipt_twice_changes_nothing(path: Path, opened: Callable[..., Spool]) -> None:
    spool = opened(path)
    (message,) = fill(spool, "a")
    receipt = (message.id, [{"index": 0, "reason": "wrong"}])

    spool.settle([receipt])
    settled = spool.settle([receipt])

    assert (settled.stored, settled.rejected, spool.set_aside) == (0, 0, 1)


def test_a_receipt_of_an_unknown_message_or_index_is_borne(path: Path, opened: Callable[..., Spool]) -> None:
    spool = opened(path)
    (message,) = fill(spool, "a")

    spool.settle([("other", []), (message.id, [{"index": 7}, {"index": "x"}])])

    assert (spool.waiting, spool.set_aside) == (0, 0)


def test_what_was_set_aside_too_long_is_dropped_and_counted(path: Path, opened: Callable[..., Spool]) -> None:
    spool = opened(path)
    (message,) = fill(spool, "a")
    spool.settle([(message.id, [{"index": 0, "reason": "wrong"}])], now=1000.0)

    assert spool.drop_old(now=1000.0 + SET_ASIDE_S - 1) == 0
    assert spool.drop_old(now=1000.0 + SET_ASIDE_S + 1) == 1
    assert (spool.dropped, spool.set_aside, rows(path, "record")) == (1, 0, 0)


def test_a_full_spool_says_so(path: Path, opened: Callable[..., Spool]) -> None:
    spool = opened(path, most_waiting_bytes=100)
    assert not spool.is_full

    (message,) = fill(spool, "a", "b")

    assert spool.is_full
    spool.settle([(message.id, [])])
    assert not spool.is_full


def test_two_spools_never_share_an_id(tmp_path: Path, opened: Callable[..., Spool]) -> None:
    one, two = (fill(opened(tmp_path / name), "a")[0].id for name in ("one.sqlite", "two.sqlite"))

    assert one != two
    assert "~" not in one


def test_a_second_process_is_refused(path: Path) -> None:
    first = Spool(path)

    with pytest.raises(SettingsError, match="Another process runs the connector"):
        Spool(path)

    first.close()
    Spool(path).close()


def test_raw_records_are_for_their_owner_alone(path: Path, opened: Callable[..., Spool]) -> None:
    fill(opened(path), "a")

    modes = {file.name: file.stat().st_mode & 0o077 for file in path.parent.iterdir()}

    assert len(modes) >= 3
    assert set(modes.values()) == {0}


@pytest.mark.parametrize("broken", [(), ("a", "b", "c")])
def test_a_message_that_the_platform_could_not_read_is_sent_again_one_by_one(
    path: Path, opened: Callable[..., Spool], broken: tuple[str, ...]
) -> None:
    spool = opened(path)
    (message,) = fill(spool, "a", "b", "c", broken=broken)
    refusal = {"index": 0, "reason": "The body is not JSON", "deadletter": "1"}

    settled = spool.settle([(message.id, [refusal])])
    others = spool.next_messages(message.seq, 10)

    assert (settled.stored, settled.rejected, settled.joined) == (0, 0, ((message.id, 0),))
    assert [other.kind for other in others] == [message.kind] * 2
    assert [orjson.loads(other.payload) for other in others] == [[item] for item in orjson.loads(message.payload)[1:]]
    assert (spool.waiting, spool.set_aside, rows(path, "record")) == (2, 1, 3)

    again = spool.settle([(others[0].id, []), (others[1].id, [refusal])])

    assert (again.stored, again.rejected) == ((0, 0) if broken else (1, 1))
    assert (spool.waiting, spool.set_aside, rows(path, "record")) == (0, 2, 2)


def test_of_a_full_spool_the_oldest_messages_go_first_and_are_counted(path: Path, opened: Callable[..., Spool]) -> None:
    spool = opened(path, most_waiting_bytes=1000, drops_oldest=True)
    sent = [fill(spool, f"entity-{number}")[0] for number in range(12)]
    size = len(sent[0].payload)
    assert spool.is_full

    dropped = spool.drop_oldest({sent[0].id, sent[2].id})

    kept = [message.id for message in spool.next_messages(0, 100)]
    fits = int(1000 * 0.9 // size)
    assert len(kept) == fits
    assert dropped == [sent[number].id for number in (1, 3, 4, 5, 6, 7, 8, 9, 10, 11)][: 12 - fits]
    assert kept == [message.id for message in sent if message.id not in dropped]
    assert spool.overflow == len(dropped)
    assert rows(path, "record") == len(kept)
    assert not spool.is_full
    assert spool.cursor()[0] == {"f": [1]}, "the place in the source stays"
    spool.close()
    assert opened(path).overflow == len(dropped)


def test_what_is_under_way_is_dropped_where_there_is_nothing_else(path: Path, opened: Callable[..., Spool]) -> None:
    spool = opened(path, most_waiting_bytes=300, drops_oldest=True)
    sent = [fill(spool, f"entity-{number}")[0].id for number in range(6)]

    dropped = spool.drop_oldest(set(sent))

    assert dropped == sent[: len(dropped)]
    assert not spool.is_full


def test_what_is_set_aside_is_not_dropped_with_its_message(path: Path, opened: Callable[..., Spool]) -> None:
    spool = opened(path, most_waiting_bytes=100, drops_oldest=True)
    (letter,) = fill(spool, "a", broken=("a",))
    spool.settle([(letter.id, [{"index": 0, "reason": "broken"}])])
    aside = spool.get_aside(letter.id, 0)
    assert aside is not None
    spool.replay(
        aside, [(f"{letter.id}~0~1", Packed(kind="entities", payload=b"x" * 200, members=[Member(1, [(1, 1)])]))]
    )

    dropped = spool.drop_oldest(())

    assert dropped == [f"{letter.id}~0~1"]
    assert (spool.overflow, spool.set_aside, rows(path, "record")) == (0, 1, 1)
