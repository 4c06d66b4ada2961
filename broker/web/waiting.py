# SPDX-License-Identifier: EUPL-1.2
"""Requests that name an @context which is not at hand: it is looked for, then they are answered from the start.

An endpoint resolves its @context before it changes anything, so it may begin again.
"""

import asyncio
from typing import Final

from broker.engine.library import ContextsMissing
from broker.web.calls import Answer, Call

PATIENCE_S: Final = 1.8
"""How long a request waits; a document that takes longer is kept for the next one."""

_ROUNDS: Final = 3


async def answered(call: Call) -> Answer:
    """What the endpoint answers, as soon as the @contexts that it needs are at hand."""
    try:
        return await call.operation.endpoint(call)
    except ContextsMissing as missing:
        return await _answer_later(call, missing)


async def _answer_later(call: Call, missing: ContextsMissing) -> Answer:
    """The answer once what is missing is at hand; in the end without it, which is then an error of the operation."""
    until = asyncio.get_running_loop().time() + PATIENCE_S
    for _ in range(_ROUNDS):
        await call.resources.library.obtain(missing.urls, call.owner, until=until)
        try:
            return await call.operation.endpoint(call)
        except ContextsMissing as more:
            missing = more
    call.waits = False
    return await call.operation.endpoint(call)
