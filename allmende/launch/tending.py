# SPDX-License-Identifier: EUPL-1.2
"""Has histories looked after every hour, where the database can do more than keep them (allmende/database/tending.py)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from allmende.errors import AllmendeError
from allmende.launch.errands import Errand
from allmende.launch.parts import prepare

EVERY_S: Final = 3600.0
_log = structlog.get_logger()


async def _an_hour() -> None:
    await asyncio.sleep(EVERY_S)


async def keep_tending(errand: Errand, pause: Callable[[], Awaitable[None]] = _an_hour) -> None:
    """Have a short-lived process do it at once and then every hour, until cancelled; what fails is tried the next time."""
    while True:
        try:
            await prepare(errand)
        except AllmendeError as error:
            _log.info("tending_failed", reason=str(error))
        await pause()
