# SPDX-License-Identifier: EUPL-1.2
"""From a `source` block to what reads it."""

from pathlib import Path
from typing import Protocol, assert_never

from allmende.connector import Source
from allmende.errors import SettingsError
from connectors.declarative.kinds import SourceBlock
from connectors.declarative.kinds.file import FileSource
from connectors.declarative.kinds.http import HttpSource
from connectors.declarative.kinds.sql import SqlSource as SqlBlock
from connectors.declarative.kinds.webhook import WebhookSource as WebhookBlock
from connectors.declarative.sources.files import FolderSource
from connectors.declarative.sources.readers import Select
from connectors.declarative.sources.sql import SqlSource, open_database
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


def open_source(block: SourceBlock, place: Path, select: Select | None) -> DeclaredSource:
    """Give the source of a block; `place` is the connector file's folder. Connects to nothing."""
    match block:
        case FileSource():
            return FolderSource(block, place, select)
        case HttpSource():
            raise SettingsError("Source type http is not built yet")
        case SqlBlock():
            return SqlSource(block, open_database(block, place))
        case WebhookBlock():
            return WebhookSource(block, select)
        case _:
            assert_never(block)
