# SPDX-License-Identifier: EUPL-1.2
"""One connector file of a folder: as it was last seen, the process that runs it, and a version that cannot run."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from allmende.cli import USAGE
from allmende.errors import AllmendeError
from allmende.launch.candidates import Candidate, compile_file
from allmende.launch.connectorfiles import Mark, mark_of
from allmende.launch.folder import Folder
from allmende.launch.supervision import Kept, Part, Process
from connectors.instants import instant
from connectors.rejections import Ended, FileState, Rejection

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every connector of a platform shares."""

    folder: Folder
    platform: str
    """Where it reaches MQTT."""
    memory_mib: int | None = None
    """What a process may have; None: as much as `connectors run` gives one."""
    on_change: Callable[[], None]
    """Called when a process has begun."""

    async def compile_file(self, file: Path) -> Candidate:
        """Have a process compile a file and wait for the word."""
        return await compile_file(file, self.platform, self.folder, memory_mib=self.memory_mib)


@dataclass(slots=True)
class Member:
    """A connector file of the folder."""

    file: Path
    around: Surroundings
    seen: Mark = ()
    considered: Mark | None = None
    """As it was when it was compiled last."""
    is_missing: bool = False
    watched: tuple[str, ...] = ()
    name: str | None = None
    """Of the connector that runs; its file owns the name, also where its process has given up."""
    digest: str | None = None
    kept: Kept | None = None
    rejection: Rejection | None = None
    wants: str | None = None
    """The name of the rejected version, where it is that of another file."""

    @property
    def is_running(self) -> bool:
        """Whether there is a process, or one is to be started again."""
        return self.kept is not None and self.kept.watch is not None and not self.kept.watch.done()

    @property
    def is_down(self) -> bool:
        """Whether its process has ended, and there is no other one yet."""
        return self.kept is not None and self.kept.ending is not None

    def has_settled(self, *, is_there: bool) -> bool:
        """Look at the file: whether it has changed, or is gone, and was so already when it was looked at before."""
        was_missing, self.is_missing = self.is_missing, not is_there
        if not is_there:
            return was_missing
        before, self.seen = self.seen, mark_of(self.file, self.watched)
        return self.seen == before and self.seen != self.considered

    async def compile(self) -> Candidate:
        """Compile the file as it is; from now on the files that it names are looked at, too."""
        self.considered = self.seen
        candidate = await self.around.compile_file(self.file)
        if candidate.watched != self.watched and (candidate.watched or not candidate.problems):
            self.watched = candidate.watched
            self.considered = self.seen = (*self.seen[:1], *mark_of(self.file, self.watched)[1:])
        return candidate

    async def exchange(self, candidate: Candidate) -> None:
        """End the version that runs, and have the new one take over its spool."""
        event = "connector_started" if self.kept is None else "connector_exchanged"
        await self.end()
        self.name, self.digest = candidate.name, candidate.digest
        self.kept = Kept(self._part(), self.around.on_change)
        await self.kept.start(candidate.go(self._key_file()))
        _log.info(event, name=self.name, file=str(self.file), version=candidate.version)
        for warning in candidate.warnings:
            _log.warning("connector_warning", name=self.name, text=warning)

    async def end(self) -> None:
        """End the process for good."""
        if self.kept is not None:
            await self.kept.stop()
        self.kept = None

    def reject(self, candidate: Candidate, words: str, *, wants: str | None = None) -> None:
        """Keep why a version cannot run; the one that runs goes on."""
        at = instant(datetime.now(UTC))
        self.rejection, self.wants = Rejection(version=candidate.version, at=at, text=words), wants
        runs = self.name if self.is_running else None
        _log.error(
            "connector_rejected", file=str(self.file), version=candidate.version, reason=words, still_running=runs
        )

    def accept(self) -> None:
        """The file as it is can run."""
        self.rejection = self.wants = None

    def state(self) -> FileState:
        """What `connectors.json` says of it."""
        stem = self.file.parent.name if self.file.stem == "connector" else self.file.stem
        ending = self.kept.ending if self.kept is not None else None
        ended = None if ending is None else Ended(at=instant(ending.at), text=ending.words)
        return FileState(file=str(self.file), name=self.name or stem, rejection=self.rejection, ended=ended)

    def _part(self) -> Part:
        return Part(
            name=f"connector {self.name}", start=self._start_again, essential=False, hopeless=frozenset({0, USAGE})
        )

    async def _start_again(self) -> Process:
        candidate = await self.around.compile_file(self.file)
        if candidate.problems or candidate.name != self.name:
            candidate.dismiss()
            raise AllmendeError("; ".join(candidate.problems) or f"The name in {self.file} is now {candidate.name}")
        self.digest = candidate.digest
        return candidate.go(self._key_file())

    def _key_file(self) -> Path:
        return self.around.folder.key_of("default", str(self.name))
