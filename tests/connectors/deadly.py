# SPDX-License-Identifier: EUPL-1.2
"""A process that maps texts with a guarded mapping, of which one ends it: `python -m tests.connectors.deadly PATH VERSION TEXT…`."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from allmende.connector import Mapped, Record
from connectors.guard import Guarded


class Deadly:
    """The record `kill` ends the process, as nothing in Python could stop; `kill twice FILE` counts in that file."""

    def map(self, record: Record, state: Any) -> Mapped:
        if record.content == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if record.content.startswith("kill twice "):
            deaths = Path(record.content.removeprefix("kill twice "))
            count = deaths.stat().st_size if deaths.exists() else 0
            if count < 2:
                deaths.write_bytes(b"x" * (count + 1))
                os.kill(os.getpid(), signal.SIGKILL)
        if record.content == "memory":
            raise MemoryError
        return Mapped(entities=[{"id": record.content}], state=state)


async def main(path: str, version: str, *contents: str) -> None:
    guarded = Guarded(Deadly(), Path(path), version=version)
    mapped = [guarded.map(Record(content=content), None) for content in contents]
    guarded.close()
    print(json.dumps([[one.entities, [problem.reason for problem in one.problems]] for one in mapped]))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
