# SPDX-License-Identifier: EUPL-1.2
"""Batches: what becomes of several records as few messages, and which record gave which entity of them. Pure."""

from collections.abc import Callable, Iterator
from typing import Any, Literal

import orjson
from msgspec import Struct, field

from allmende.connector import Entity, Mapped, Problem, Record
from allmende.errors import InvalidRequest
from allmende.payloads import parse_json

Kind = Literal["entities", "temporal", "deadletters"]
Run = tuple[int, int]
"""Sequence numbers of consecutive records: the first, and how many."""

MOST_READINGS = 1000
MOST_ENTITIES = 1000
COMMIT_READINGS = 4000
COMMIT_BYTES = 2 * 1024 * 1024
MESSAGE_BYTES = 256 * 1024
LARGEST_BYTES = 1000 * 1024
RECORD_BYTES = 60 * 1024
_MEMBERS = {"id", "type", "@context"}
_LONG_NUMBER = b"0" * 19
_ZEROS = bytes.maketrans(b"123456789", b"000000000")


class Member(Struct, frozen=True):
    """One entity of a message: how many mapped entities it joins, and the records they come from."""

    count: int
    runs: list[Run]


class Packed(Struct, frozen=True, kw_only=True):
    """A message that is ready to be sent."""

    kind: Kind
    payload: bytes
    members: list[Member]


class Kept(Struct, frozen=True, kw_only=True):
    """A record as the spool keeps it: its raw content, and what was known of its part before it."""

    seq: int
    part: str
    content: bytes
    state: bytes | None


class _Group(Struct):
    """One entity of the message that is being made, its attributes as lists of instances where they come often."""

    entity: Entity
    count: int = 0
    runs: list[Run] = field(default_factory=list)

    def came_from(self, seq: int) -> None:
        self.count += 1
        if self.runs:
            first, length = self.runs[-1]
            if seq < first + length:
                return
            if seq == first + length:
                self.runs[-1] = (first, length + 1)
                return
        self.runs.append((seq, 1))


class Batch:
    """Collects mapped records until they fill a message."""

    def __init__(self) -> None:
        self.records: list[Kept] = []
        self.positions: dict[str, tuple[Any, Any]] = {}
        self.messages: list[Packed] = []
        self.refused = 0
        self._groups: dict[str, _Group] = {}
        self._letters: list[tuple[int, bytes]] = []
        self._readings = 0
        self._closed = 0
        self._raw_bytes = 0
        self._joined = False

    @property
    def is_full(self) -> bool:
        """Whether it is time to commit and send."""
        return (
            self._readings >= COMMIT_READINGS or len(self.records) >= COMMIT_READINGS or self._raw_bytes >= COMMIT_BYTES
        )

    def add(self, seq: int, record: Record, mapped: Mapped, before: Any) -> None:
        """Take a record with what became of it."""
        content = encode(record.content)
        self.records.append(Kept(seq=seq, part=record.part, content=content, state=encode(before) if before else None))
        self.positions[record.part] = (record.position, mapped.state)
        self._raw_bytes += len(content)
        sound, unsound = (mapped.entities, []) if _is_plain(content) else _sift(mapped.entities)
        for entity in sound:
            self.join(seq, entity)
        if self._readings - self._closed >= MOST_READINGS:
            self._close()
        if mapped.problems or unsound:
            self.refuse(seq, [*mapped.problems, *unsound], content)

    def refuse(self, seq: int, problems: list[Problem], content: bytes) -> None:
        """Make a dead letter of a record."""
        self._letters.append((seq, to_letter(problems, content)))
        self.refused += 1

    def join(self, seq: int, entity: Entity) -> None:
        """Put an entity to those of the same id."""
        group = self._groups.get(entity["id"])
        if group is None:
            if len(self._groups) >= MOST_ENTITIES:
                self._close()
            self._groups[entity["id"]] = group = _Group(entity)
        elif _join(group.entity, entity):
            self._joined = True
        else:
            self._close()
            self._groups[entity["id"]] = group = _Group(entity)
        group.came_from(seq)
        self._readings += 1

    def close(self) -> list[Packed]:
        """Give the messages of all that was added."""
        self._close()
        for start in range(0, len(self._letters), 100):
            part = self._letters[start : start + 100]
            members = [Member(1, [(seq, 1)]) for seq, _ in part]
            payload = b"[" + b",".join(letter for _, letter in part) + b"]"
            if len(payload) <= LARGEST_BYTES:
                self.messages.append(Packed(kind="deadletters", payload=payload, members=members))
            else:
                self.messages += [
                    Packed(kind="deadletters", payload=b"[" + letter + b"]", members=[member])
                    for (_, letter), member in zip(part, members, strict=True)
                ]
        self._letters = []
        return self.messages

    def _close(self) -> None:
        kind: Kind = "temporal" if self._joined else "entities"
        groups = list(self._groups.values())
        self._groups, self._joined, self._closed = {}, False, self._readings
        for payloads, members in _slices(groups, self._refuse_group):
            self.messages.append(Packed(kind=kind, payload=b"[" + b",".join(payloads) + b"]", members=members))

    def _refuse_group(self, group: _Group, reason: str) -> None:
        contents = {kept.seq: kept.content for kept in self.records}
        for first, count in group.runs:
            for seq in range(first, first + count):
                self.refuse(seq, [Problem(reason=reason)], contents.get(seq, b"null"))


def pack_singly(entities: list[tuple[int, Entity]]) -> tuple[list[Packed], list[tuple[int, Problem]]]:
    """Give messages in which each mapped entity stands alone, and what cannot be sent, by its record.

    What is wrong with one entity does not touch the others.
    """
    groups = [_Group(entity, 1, [(seq, 1)]) for seq, entity in entities]
    packed: list[Packed] = []
    refused: list[tuple[int, Problem]] = []

    def refuse(group: _Group, reason: str) -> None:
        refused.append((group.runs[0][0], Problem(reason=reason)))

    for start in range(0, len(groups), MOST_ENTITIES):
        for payloads, members in _slices(groups[start : start + MOST_ENTITIES], refuse):
            packed.append(Packed(kind="entities", payload=b"[" + b",".join(payloads) + b"]", members=members))
    return packed, refused


def _is_plain(content: bytes) -> bool:
    """Whether nothing of a record can be what the platform cannot read, at a cheap look."""
    few_levels = content.count(b"[") + content.count(b"{") < 50
    if not few_levels or (b"\\" in content and b"\\u0000" in content):
        return False
    return _LONG_NUMBER not in content.translate(_ZEROS)


def _sift(entities: list[Entity]) -> tuple[list[Entity], list[Problem]]:
    """Give the entities that can be sent, and what is wrong with the rest."""
    problems: list[Problem] = []

    def refuse(_group: _Group, reason: str) -> None:
        problems.append(Problem(reason=reason))

    sound = [entity for entity in entities if _dump(_Group(entity), refuse) is not None]
    return sound, problems


def _fault(payload: bytes) -> str | None:
    """Why the platform could not read this entity or record."""
    try:
        parse_json(b"[[" + payload + b"]]")
    except InvalidRequest as error:
        return str(error)
    return None


def _join(into: Entity, entity: Entity) -> bool:
    """Join an entity to an earlier one of the same id; False where that would lose something."""
    news: list[tuple[str, Any, Any]] = []
    for name, instance in entity.items():
        known = into.get(name)
        if known is instance or known == instance:
            continue
        if name in _MEMBERS:
            return False
        if known is not None and not ("observedAt" in instance and (type(known) is list or "observedAt" in known)):
            return False
        news.append((name, known, instance))
    for name, known, instance in news:
        if type(known) is list:
            known.append(instance)
        else:
            into[name] = instance if known is None else [known, instance]
    return True


def _slices(groups: list[_Group], refuse: Callable[[_Group, str], None]) -> Iterator[tuple[list[bytes], list[Member]]]:
    payloads: list[bytes] = []
    members: list[Member] = []
    size = 0
    for group in groups:
        payload = _dump(group, refuse)
        if payload is None:
            continue
        if payloads and size + len(payload) > MESSAGE_BYTES:
            yield payloads, members
            payloads, members, size = [], [], 0
        payloads.append(payload)
        members.append(Member(group.count, group.runs))
        size += len(payload) + 1
    if payloads:
        yield payloads, members


def _dump(group: _Group, refuse: Callable[[_Group, str], None]) -> bytes | None:
    name = group.entity["id"]
    try:
        payload = orjson.dumps(group.entity)
    except orjson.JSONEncodeError as error:
        refuse(group, f"Entity {name} cannot be written as JSON: {error}")
        return None
    if len(payload) > LARGEST_BYTES:
        refuse(group, f"Entity {name} is larger than a message")
        return None
    fault = _fault(payload)
    if fault is not None:
        refuse(group, f"Entity {name} cannot be sent: {fault}")
        return None
    return payload


def to_letter(problems: list[Problem], content: bytes) -> bytes:
    """Give the JSON of a dead letter: reason, attribute, and the record as far as it is not too large."""
    reasons = "; ".join(dict.fromkeys(problem.reason for problem in problems[:5]))
    letter: dict[str, Any] = {"reason": reasons[:2000].replace("\0", "\\u0000")}
    attribute = next((problem.attribute for problem in problems if problem.attribute), None)
    if attribute is not None:
        letter["attribute"] = attribute
    if len(content) > RECORD_BYTES:
        content = orjson.dumps({"truncated": content[:4096].decode("utf-8", "replace")})
    elif not _is_plain(content) and _fault(content) is not None:
        content = orjson.dumps({"text": content[: RECORD_BYTES // 2].decode("utf-8", "replace")})
    letter["record"] = orjson.Fragment(content)
    return orjson.dumps(letter)


def encode(content: Any) -> bytes:
    """Give the JSON of a raw record; what JSON cannot hold is kept as text."""
    try:
        return orjson.dumps(content, default=str, option=orjson.OPT_NON_STR_KEYS)
    except orjson.JSONEncodeError:
        return orjson.dumps(repr(content)[:RECORD_BYTES].encode("utf-8", "replace").decode())


def uses_of(packed: list[Packed]) -> dict[int, int]:
    """Count in how many messages a record is."""
    uses: dict[int, int] = {}
    for message in packed:
        for first, count in union_of(message.members):
            for seq in range(first, first + count):
                uses[seq] = uses.get(seq, 0) + 1
    return uses


def union_of(members: list[Member]) -> list[Run]:
    """Give the records of a message, each once."""
    union: list[Run] = []
    for first, count in sorted({(first, count) for member in members for first, count in member.runs}):
        if union and first <= sum(union[-1]):
            start, length = union[-1]
            union[-1] = (start, max(length, first + count - start))
        else:
            union.append((first, count))
    return union
