# SPDX-License-Identifier: EUPL-1.2
"""Messages of a fixture in the place of a broker's."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from allmende.connector import Cursor, Record
from allmende.errors import Stop
from connectors.declarative.kinds.broker import BrokerSource
from connectors.declarative.sources.broker import layout_of
from connectors.declarative.sources.messages import Message, read_messages, records_of, write_messages
from connectors.declarative.sources.readers import Select
from connectors.declarative.topics import TopicReader


class RecordedMessages:
    """Reads a JSON list of {"topic": …, "payload": …} through the same code as a broker's messages."""

    def __init__(self, settings: BrokerSource, fixture: Path, select: Select | None) -> None:
        self._fixture = fixture
        self._select = select
        self._topics = TopicReader(settings.filters)
        self._layout = layout_of(settings)

    async def read(self, _cursor: Cursor) -> AsyncIterator[Record]:
        """Give the records of all messages that would come by a subscription."""
        for message in self._messages():
            if self._topics.read(message.topic) is not None:
                for record in self._records(message):
                    yield record

    async def check(self) -> None:
        """Read the fixture."""
        self._messages()

    def parts(self) -> list[str]:
        """Name the topics."""
        return list(dict.fromkeys(message.topic for message in self._messages()))

    def path_of(self, _part: str) -> Path:
        """All topics are in one file."""
        return self._fixture

    def format_of(self, _part: str) -> str:
        """Give the format of the payloads."""
        return self._layout.format

    def sample(self, _part: str, _count: int) -> bytes:
        """Give all messages."""
        return write_messages(self._messages(), self._layout)

    def _records(self, message: Message) -> Iterator[Record]:
        return records_of(message, self._layout, self._select)

    def _messages(self) -> list[Message]:
        try:
            raw = self._fixture.read_bytes()
        except OSError as error:
            raise Stop(f"File {self._fixture} cannot be read: {error.strerror}") from error
        return read_messages(raw, self._layout, str(self._fixture))
