# SPDX-License-Identifier: EUPL-1.2
"""A connector before it runs: a process that has compiled its file and waits for the word, or that says what is wrong."""

import asyncio
import json
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from allmende.launch.folder import Folder
from allmende.launch.parts import outside_environment, spawn
from allmende.launch.supervision import Process
from allmende.settings import PREFIX

COMPILE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What the process of a connector file said: `problems`, or all the rest."""

    process: Process
    name: str | None = None
    version: str | None = None
    digest: str | None = None
    watched: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    problems: list[str] = field(default_factory=list)

    def go(self, key_file: Path) -> Process:
        """Give the word: it runs from now on."""
        assert self.process.stdin is not None  # noqa: S101 - it is a pipe
        with suppress(BrokenPipeError):  # it has ended meanwhile: whoever keeps it running finds out
            self.process.stdin.write(json.dumps({"key_file": str(key_file)}).encode() + b"\n")
            self.process.stdin.close()
        return self.process

    def dismiss(self) -> None:
        """Let it end: it never runs."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


async def compile_file(file: Path, platform: str, folder: Folder, *, memory_mib: int | None = None) -> Candidate:
    """Start the process of a connector file and hear what it says of it."""
    arguments = ["allmende.cli", "connectors", "run", str(file), "--supervised", "--platform", platform]
    arguments += [] if memory_mib is None else ["--memory", str(memory_mib)]
    environment = {**outside_environment(), f"{PREFIX}DATA": str(folder.path)}
    process = spawn(arguments, environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    try:
        async with asyncio.timeout(COMPILE_S):
            line = await asyncio.to_thread(process.stdout.readline)
    except TimeoutError:
        process.kill()
        return Candidate(process=process, problems=[f"It cannot be compiled within {COMPILE_S:.0f} s"])
    except BaseException:
        process.kill()
        raise
    process.stdout.close()
    return _heard(process, line)


def _heard(process: Process, line: bytes) -> Candidate:
    try:
        said: dict[str, Any] = json.loads(line)
    except ValueError:
        if line:
            # Something else has printed it: the process would wait for a word, and this one for its end.
            process.kill()
        words = f"Its process ended with status {process.wait()} while it was compiled; see the lines above"
        return Candidate(process=process, problems=[words])
    lists = {name: tuple(value) for name, value in said.items() if name in {"watched", "warnings"}}
    return Candidate(process=process, **{**said, **lists})
