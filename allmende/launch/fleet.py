# SPDX-License-Identifier: EUPL-1.2
"""The connectors of a folder: started, exchanged and ended as their files come, change and go."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from allmende.errors import AllmendeError
from allmende.launch.candidates import Candidate
from allmende.launch.connectorfiles import find_files
from allmende.launch.files import replace_file
from allmende.launch.member import Member, Surroundings
from allmende.launch.supervision import Kept
from connectors.rejections import dump_file_states

LOOK_EVERY_S = 1.0
LONGEST_PAUSE_S = 30.0
AT_ONCE = 2
"""Files that are compiled at the same time."""

_log = structlog.get_logger()

MakeKeys = Callable[[Sequence[str]], Awaitable[None]]


@dataclass(slots=True)
class Fleet:
    """Looks at the folder every second; a version is compiled before it takes the place of the one that runs."""

    source: Path
    around: Surroundings
    make_keys: MakeKeys
    """Sees to it that each of these connectors has a key."""
    _members: dict[Path, Member] = field(default_factory=dict)
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _failures: int = 0
    _is_lost: bool = False
    _told: str = ""
    """What those who list connectors were told of the files."""

    @property
    def kept(self) -> list[Kept]:
        """The processes of the connectors."""
        return [member.kept for member in self._members.values() if member.kept is not None]

    async def watch(self) -> None:
        """Run what the folder holds, and look for changes until cancelled."""
        self._look()
        changed = list(self._members.values())
        while True:
            if changed or self._says() != self._told:
                self._failures = 0 if await self._take_up(changed) else min(self._failures + 1, 16)
            await asyncio.sleep(min(LOOK_EVERY_S * 2**self._failures, LONGEST_PAUSE_S))
            changed = self._look()

    async def stop(self) -> None:
        """End all connectors."""
        await asyncio.gather(*(kept.stop() for kept in self.kept))
        self.around.folder.connector_files.unlink(missing_ok=True)

    def _look(self) -> list[Member]:
        """Give the members whose files have changed and are not being written any more, and those that vanished."""
        try:
            files = find_files(self.source)
        except OSError as error:
            if not self._is_lost:
                _log.warning("connectors_folder_lost", folder=str(self.source), reason=error.strerror)
            self._is_lost = True
            return []
        self._is_lost = False
        for file in files:
            self._members.setdefault(file, Member(file, self.around))
        there = set(files)
        return [member for member in self._members.values() if member.has_settled(is_there=member.file in there)]

    async def _take_up(self, changed: Sequence[Member]) -> bool:
        """Bring the fleet to what the files say; where that fails (the database is away, a disk is full), try again."""
        try:
            await self._consider(changed)
        except (AllmendeError, OSError) as error:
            _log.warning("connectors_not_taken_up", reason=str(error))
            for member in changed:
                member.considered = None
            return False
        return True

    async def _consider(self, changed: Sequence[Member]) -> None:
        for member in changed:
            if member.is_missing:
                await member.end()
                self._members.pop(member.file, None)
                _log.info("connector_ended", name=member.name, file=str(member.file), reason="its file is gone")
        async with self._compiled([member for member in changed if not member.is_missing]) as candidates:
            chosen = self._choose(candidates)
            if chosen:
                # What runs under this name has a key: its exchange does not need the database.
                await self.make_keys(
                    [str(new.name) for old, new in chosen if old.name != new.name or not old.is_running]
                )
                await asyncio.gather(*(member.exchange(candidate) for member, candidate in chosen))
        self._look_again_at_freed_names()
        says = self._says()
        replace_file(self.around.folder.connector_files, says, mode=0o600)
        self._told = says
        self.around.on_change()

    @asynccontextmanager
    async def _compiled(self, members: Sequence[Member]) -> AsyncIterator[list[tuple[Member, Candidate]]]:
        """Compile files, each in a process of its own; those that are not wanted in the end are ended."""
        candidates = await asyncio.gather(*(self._compile(member) for member in members))
        try:
            yield list(zip(members, candidates, strict=True))
        finally:
            running = {kept.process.pid for kept in self.kept if kept.process is not None}
            for candidate in candidates:
                if candidate.process.pid not in running:
                    candidate.dismiss()

    async def _compile(self, member: Member) -> Candidate:
        async with self._slots:
            return await member.compile()

    def _choose(self, candidates: list[tuple[Member, Candidate]]) -> list[tuple[Member, Candidate]]:
        """Give those that are to run instead of what runs; of two files with one name the first keeps it."""
        chosen: list[tuple[Member, Candidate]] = []
        owners = self._owners()
        for member, candidate in candidates:
            name = candidate.name
            if candidate.problems or name is None:
                member.reject(candidate, "; ".join(candidate.problems))
                continue
            owner = owners.setdefault(name, member)
            if owner is not member:
                member.reject(candidate, f"The name {name} is that of {owner.file}; choose another one", wants=name)
                continue
            member.accept()
            if not member.is_running or member.is_down or member.digest != candidate.digest:
                chosen.append((member, candidate))
        return chosen

    def _look_again_at_freed_names(self) -> None:
        owners = self._owners()
        for member in self._members.values():
            if member.wants is not None and member.wants not in owners:
                member.considered = None

    def _owners(self) -> dict[str, Member]:
        return {member.name: member for member in self._members.values() if member.name and member.kept is not None}

    def _says(self) -> str:
        """What those who list connectors read of the files."""
        return dump_file_states([member.state() for member in self._members.values()])
