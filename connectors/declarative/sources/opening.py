# SPDX-License-Identifier: EUPL-1.2
"""From a `source` block to what reads it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, assert_never

from allmende.connector import Source
from connectors.declarative.kinds import SourceBlock, receiving_of
from connectors.declarative.kinds.broker import BrokerSource
from connectors.declarative.kinds.file import FileSource
from connectors.declarative.kinds.http import HttpSource
from connectors.declarative.kinds.lorawan import ChirpstackSource, TtnSource
from connectors.declarative.kinds.mqtt import MqttSource
from connectors.declarative.kinds.sql import SqlSource as SqlBlock
from connectors.declarative.kinds.webhook import WebhookSource as WebhookBlock
from connectors.declarative.sources.broker import MessageSource
from connectors.declarative.sources.doors import Door
from connectors.declarative.sources.files import FolderSource
from connectors.declarative.sources.readers import Select
from connectors.declarative.sources.recorded import RecordedMessages
from connectors.declarative.sources.sql import SqlSource, open_database
from connectors.declarative.sources.web.opening import Web
from connectors.declarative.sources.webhook import WebhookSource


class DeclaredSource(Source, Protocol):
    """A source of a connector file: it can show itself, too."""

    def parts(self) -> list[str]:
        """Name the parts in the order in which they are read, as far as they are known beforehand."""
        ...

    def format_of(self, part: str) -> str:
        """Give the format in which a part that was read is written."""
        ...

    def sample(self, part: str, count: int) -> bytes:
        """Give the content of a part that was read, cut after so many records where its format allows it."""
        ...

    def path_of(self, part: str) -> Path | None:
        """Give the file of a part, where it is one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a source has to know besides its block."""

    name: str
    """Of the connector."""
    place: Path
    """The folder of the connector file."""
    select: Select | None
    web: Web
    door: Door


def open_source(block: SourceBlock, opening: Opening) -> DeclaredSource:
    """Give the source of a block. Connects to nothing."""
    place, select = opening.place, opening.select
    match block:
        case FileSource():
            return FolderSource(block, place, select)
        case WebhookBlock():
            return WebhookSource(block, block, select, opening.door)
        case ChirpstackSource() | TtnSource() if block.webhook is not None:
            return WebhookSource(block.webhook, block, select, opening.door)
        case MqttSource() | ChirpstackSource() | TtnSource():
            return MessageSource(block, place, select, name=opening.name)
        case HttpSource():
            return opening.web.open_source(block, select)
        case SqlBlock():
            return SqlSource(block, open_database(block, place))
        case _:
            assert_never(block)


def open_fixture(fixture: FileSource, block: SourceBlock, opening: Opening) -> DeclaredSource:
    """Give what reads a fixture in the place of the source."""
    if isinstance(block, BrokerSource) and receiving_of(block) is None:
        return RecordedMessages(block, Path(fixture.path), opening.select)
    # Nobody writes it while it is read.
    return FolderSource(fixture, opening.place, opening.select, settle_s=0)
