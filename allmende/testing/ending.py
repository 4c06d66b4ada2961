# SPDX-License-Identifier: EUPL-1.2
"""A run that is to be killed: `python -m allmende.testing.ending FILE FIXTURE SPOOL PORT COUNT`."""

import asyncio
import sys
from pathlib import Path

from allmende.testing.delivering import Held, deliver_to
from connectors.testing import find_test, open_test


async def _run(path: str, fixture: str, spool: str, port: str, count: str) -> None:
    """Give so many records of the fixture, then stay until the process is killed."""
    connector = open_test(Path(path), find_test(Path(path), fixture))
    may_come = asyncio.Event()
    may_come.set()
    source = Held(connector.source, may_come, most=int(count))
    await deliver_to(connector, Path(spool), int(port), source=source)


if __name__ == "__main__":
    asyncio.run(_run(*sys.argv[1:]))
