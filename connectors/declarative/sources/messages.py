# SPDX-License-Identifier: EUPL-1.2
"""Messages of a broker: their records, and messages in a fixture. Pure."""

from collections.abc import Callable, Iterator
from typing import Any

import orjson
from msgspec import Struct

from allmende.connector import Record
from allmende.errors import Stop
from connectors.declarative.sources.layouts import Layout, Unusable, decode
from connectors.declarative.sources.readers import Select, read_rows


class Message(Struct, frozen=True, kw_only=True):
    """A message as it came; number and qos are what an acknowledgement needs."""

    topic: str
    payload: bytes
    number: int = 0
    qos: int = 0


def records_of(
    message: Message, layout: Layout, select: Select | None, when_kept: Callable[[], None] | None = None
) -> Iterator[Record]:
    """Give the records of a message; `when_kept` is told by the last one, and at once where there is none.

    An empty payload, by which a retained message is taken back, has none.
    """
    rows = read_rows(message.payload, layout, select) if message.payload else iter(())
    kept: Record | None = None
    for row in rows:
        if kept is not None:
            yield kept
        content, problem = (row.content, row.problem) if type(row) is Unusable else (row, None)
        kept = Record(content=content, part=message.topic, problem=problem)
    if kept is not None:
        yield Record(content=kept.content, part=kept.part, problem=kept.problem, when_kept=when_kept)
    elif when_kept is not None:
        when_kept()


def write_messages(messages: list[Message], layout: Layout) -> bytes:
    """Give messages as a fixture: a list of {"topic": …, "payload": JSON, or text}."""
    content = [{"topic": message.topic, "payload": _shown(message.payload, layout)} for message in messages]
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def read_messages(raw: bytes, layout: Layout, name: str) -> list[Message]:
    """Read such a fixture; a payload that is no text is JSON."""
    try:
        content = orjson.loads(raw)
        return [Message(topic=str(entry["topic"]), payload=_payload(entry["payload"], layout)) for entry in content]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        words = f'{name} must be a JSON list of messages: {{"topic": "a/b", "payload": JSON or text}}'
        raise Stop(words) from error


def _shown(payload: bytes, layout: Layout) -> Any:
    """Give JSON where it stays what it was, else the text."""
    if layout.format in {"json", "geojson"}:
        try:
            content = orjson.loads(payload)
        except orjson.JSONDecodeError:
            content = None
        if content is not None and not isinstance(content, str):
            return content
    return decode(payload, layout.encoding)


def _payload(given: Any, layout: Layout) -> bytes:
    return given.encode(layout.encoding or "utf-8") if isinstance(given, str) else orjson.dumps(given)
