# SPDX-License-Identifier: EUPL-1.2
"""The content of an answer, unpacked as it comes in, with the limit of a block."""

import httpx

from allmende.outbound.failures import TooMuch, Unreceivable
from allmende.outbound.unpacking import CODINGS, unpacked

__all__ = ["CODINGS", "Unreceivable", "receive"]


async def receive(response: httpx.Response, most: int) -> bytes:
    """Give the unpacked content; raises Unreceivable, and httpx's errors. Never holds much more than `most` bytes."""
    try:
        return await unpacked(response.aiter_raw(), response.headers.get("content-encoding", ""), most)
    except TooMuch as error:
        raise TooMuch(f"{error}: raise 'max_size' if that is right") from error
