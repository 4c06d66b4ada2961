# SPDX-License-Identifier: EUPL-1.2
"""What PostgreSQL's refusals mean to those who do not import its driver."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from allmende.errors import AllmendeError, Unavailable


class Refused(AllmendeError):
    """PostgreSQL refuses the statement: its content is at fault, or the statement is."""


class Collided(AllmendeError):
    """Two transactions stood in each other's way; the same work may succeed when it is tried again."""


class TimedOut(AllmendeError):
    """The statement took longer than allowed."""


_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.PostgresSystemError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
_COLLIDED = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.LockNotAvailableError)


@contextmanager
def translated() -> Iterator[None]:
    """Raise this module's errors in the place of the driver's."""
    try:
        yield
    except _COLLIDED as error:
        raise Collided(str(error)) from error
    except asyncpg.QueryCanceledError as error:
        raise TimedOut(str(error)) from error
    except _AWAY as error:
        raise Unavailable("The database is away; try again") from error
    except asyncpg.InterfaceError as error:
        if isinstance(error, asyncpg.exceptions.DataError | ValueError):
            raise Refused(str(error)) from error
        raise Unavailable("The connection to the database is lost; try again") from error
    except asyncpg.PostgresError as error:
        raise Refused(str(error)) from error
