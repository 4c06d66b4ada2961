# SPDX-License-Identifier: EUPL-1.2
"""What a receipt decides: what is stored leaves the spool, what is rejected is set aside or sent again one by one."""

from dataclasses import dataclass
from typing import Any

import orjson

from connectors.batches import Member, Packed, union_of
from connectors.spoolfile import SpoolFile


@dataclass(frozen=True, slots=True)
class Settled:
    """What receipts said: mapped entities stored, and refused; and the joined ones to be sent again one by one."""

    stored: int = 0
    rejected: int = 0
    joined: tuple[tuple[str, int], ...] = ()

    def __add__(self, other: "Settled") -> "Settled":
        return Settled(self.stored + other.stored, self.rejected + other.rejected, self.joined + other.joined)


class Settlement:
    """Applies receipts to a spool's file, inside a transaction of the caller."""

    def __init__(self, file: SpoolFile) -> None:
        self._file = file

    def settle(self, name: str, refused: list[dict[str, Any]], now: float) -> Settled:
        """Take the receipt of a message; `refused` are the entries of its `rejected`."""
        row = self._file.db.execute("SELECT seq, kind, payload, members FROM message WHERE id = ?", (name,)).fetchone()
        if row is None:
            return Settled()
        seq, kind, payload, raw = row
        members = [Member(count, runs) for count, runs in orjson.loads(raw)]
        self._file.delete_message(seq)
        if _origin(name) is None and _is_whole(refused, members):
            settled = self._split(name, Packed(kind=kind, payload=payload, members=members), refused[0], now)
        else:
            settled = self._settle_members(name, members, refused, now)
        self._file.release(union_of(members))
        return Settled(joined=settled.joined) if kind == "deadletters" else settled

    def _settle_members(self, name: str, members: list[Member], refused: list[dict[str, Any]], now: float) -> Settled:
        bad = {
            index: rejection
            for rejection in refused
            if isinstance(index := rejection.get("index"), int) and 0 <= index < len(members)
        }
        origin = _origin(name)
        if origin is not None:
            self._settle_replay(origin, [members[index] for index in bad], next(iter(bad.values()), {}), now)
        else:
            for index, rejection in bad.items():
                self._file.put_aside((name, index), members[index].runs, rejection, now)
        joined = tuple((name, index) for index in bad if origin is None and members[index].count > 1)
        rejected = sum(members[index].count for index in bad if (name, index) not in joined)
        stored = sum(member.count for index, member in enumerate(members) if index not in bad)
        return Settled(stored, rejected, joined)

    def _split(self, name: str, packed: Packed, rejection: dict[str, Any], now: float) -> Settled:
        """A message that cannot be taken apart is sent again one by one; the first decides on its dead letter."""
        self._file.put_aside((name, 0), packed.members[0].runs, rejection, now)
        for member, content in list(zip(packed.members, orjson.loads(packed.payload), strict=True))[1:]:
            self._file.change_uses(union_of([member]), 1)
            self._file.insert(Packed(kind=packed.kind, payload=orjson.dumps([content]), members=[member]))
        return Settled(joined=((name, 0),))

    def _settle_replay(self, origin: tuple[str, int], bad: list[Member], rejection: dict[str, Any], now: float) -> None:
        """What was sent again is forgotten; of what was refused again, only that stays set aside."""
        if not bad:
            self._file.forget_aside(*origin)
            return
        row = self._file.db.execute("SELECT runs FROM aside WHERE message = ? AND position = ?", origin).fetchone()
        runs = union_of(bad)
        if row is None:
            self._file.put_aside(origin, runs, rejection, now)
            return
        self._file.change_uses(runs, 1)
        self._file.db.execute(
            "UPDATE aside SET runs = ?, reason = ?, entity = coalesce(?, entity) WHERE message = ? AND position = ?",
            (orjson.dumps(runs), rejection.get("reason"), rejection.get("entity"), *origin),
        )
        self._file.release(orjson.loads(row[0]))


def _is_whole(refused: list[dict[str, Any]], members: list[Member]) -> bool:
    """Whether the platform took the message for no list at all: its one rejection, without an entity, is of all."""
    return len(refused) == 1 < len(members) and refused[0].get("index") == 0 and refused[0].get("entity") is None


def _origin(name: str) -> tuple[str, int] | None:
    """Give the dead letter that a message sends again: its id is `<message>~<index>~<attempt>`."""
    parts = name.rsplit("~", 2)
    return (parts[0], int(parts[1])) if len(parts) == 3 and parts[1].isdecimal() else None
