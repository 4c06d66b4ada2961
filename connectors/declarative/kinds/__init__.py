# SPDX-License-Identifier: EUPL-1.2
"""What `source` may be in a connector file: one block for each kind."""

from typing import Annotated, TypeAlias, get_args

from pydantic import Discriminator

from connectors.declarative.kinds.file import FileSource
from connectors.declarative.kinds.http import HttpSource
from connectors.declarative.kinds.lorawan import ChirpstackSource, LorawanSource, TtnSource
from connectors.declarative.kinds.mqtt import MqttSource
from connectors.declarative.kinds.reading import Reading
from connectors.declarative.kinds.receiving import Receiving
from connectors.declarative.kinds.sql import SqlSource
from connectors.declarative.kinds.webhook import WebhookSource

SourceBlock: TypeAlias = FileSource | HttpSource | MqttSource | ChirpstackSource | TtnSource | WebhookSource | SqlSource
"""The block of any kind; `type` says which."""

AnySource: TypeAlias = Annotated[SourceBlock, Discriminator("type")]

BLOCKS: tuple[type[Reading], ...] = get_args(SourceBlock)
KINDS: tuple[str, ...] = tuple(kind for block in BLOCKS for kind in get_args(block.model_fields["type"].annotation))


def receiving_of(block: Reading) -> Receiving | None:
    """Give how a source is sent to by HTTP; None where it is not."""
    if isinstance(block, LorawanSource):
        return block.webhook
    return block if isinstance(block, Receiving) else None
