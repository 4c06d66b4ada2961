# SPDX-License-Identifier: EUPL-1.2
"""What processes on one database tell each other: LISTEN and NOTIFY on a connection of its own.

PostgreSQL lets transactions that notify commit one after another; these do nothing else, so they hold up no others.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias

from allmende.database.failures import translated
from allmende.database.pool import Connection, Database

MOST_BYTES: Final = 7_900
"""Of one notice: PostgreSQL takes less than 8,000."""
_ANSWER_S: Final = 10

Take: TypeAlias = Callable[[int, str], None]
"""Takes the process id of whoever sent a notice, and its text."""


@dataclass(frozen=True, slots=True)
class Channel:
    """An open channel; its methods raise Unavailable once the connection is lost."""

    connection: Connection
    name: str

    @property
    def is_lost(self) -> bool:
        """Whether nothing can be sent or heard any more."""
        lost: bool = self.connection.is_closed()
        return lost

    @property
    def pid(self) -> int:
        """What tells this listener from the others: the process id of its backend."""
        number: int = self.connection.get_server_pid()
        return number

    async def send(self, notices: Sequence[str]) -> None:
        """Send notices to all who listen, in their order."""
        query = "SELECT pg_notify($1, notice) FROM unnest($2::text[]) AS notice"
        with translated():
            await self.connection.fetch(query, self.name, list(notices), timeout=_ANSWER_S)

    async def hear(self, name: str, take: Callable[[str], None]) -> None:
        """Listen to another name as well: `take` gets the text of every notice, whoever sent it."""

        def notice(_connection: Connection, _pid: int, _name: str, text: str) -> None:
            take(text)

        with translated():
            await self.connection.add_listener(name, notice)

    async def others(self) -> set[int]:
        """The process ids of the other listeners on this database."""
        query = (
            "SELECT pid FROM pg_stat_activity WHERE application_name = $1"
            " AND datname = current_database() AND pid <> pg_backend_pid()"
        )
        with translated():
            rows = await self.connection.fetch(query, application_of(self.name), timeout=_ANSWER_S)
        return {row["pid"] for row in rows}


@asynccontextmanager
async def open_channel(
    database: Database, name: str, take: Take, when_lost: Callable[[], None]
) -> AsyncIterator[Channel]:
    """Listen on a channel: `take` is called with every notice of others, in the order of their commits."""
    connection = await database.reach(application=application_of(name))
    try:
        channel = Channel(connection, name)
        own = channel.pid

        def notice(_connection: Connection, pid: int, _name: str, text: str) -> None:
            if pid != own:
                take(pid, text)

        connection.add_termination_listener(lambda _connection: when_lost())
        with translated():
            await connection.add_listener(name, notice)
        yield channel
    finally:
        connection.terminate()
        # Its socket is closed in the next turn of the loop, which may be the last one.
        await asyncio.sleep(0)


def application_of(name: str) -> str:
    """What PostgreSQL shows of a connection that listens: it is there from the moment that it is opened."""
    return f"allmende {name}"
