# SPDX-License-Identifier: EUPL-1.2
"""What `source` may be in a connector file: one block for each kind."""

from typing import TypeAlias

from connectors.declarative.kinds.file import FileSource

SourceBlock: TypeAlias = FileSource
"""The block of any kind; `type` says which."""

BLOCKS: tuple[type[SourceBlock], ...] = (FileSource,)
