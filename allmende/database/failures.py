# SPDX-License-Identifier: EUPL-1.2
"""What PostgreSQL's refusals mean to those who do not import its driver."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from allmende.errors import AllmendeError, Unavailable


class Refused(AllmendeError):
    """PostgreSQL refuses the statement: its content is at fault, or the statement is."""


class Gone(Refused):
    """The statement names a table or a role that may not be there, as those of a tenant that was deleted."""


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


FAILURES = (*_AWAY, *_COLLIDED, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What the driver raises."""


def translation(error: BaseException) -> AllmendeError:
    """This module's error in the place of one of the driver's."""
    match error:
        case _ if isinstance(error, _COLLIDED):
            return Collided(str(error))
        case asyncpg.QueryCanceledError():
            return TimedOut(str(error))
        case _ if isinstance(error, _AWAY):
            return Unavailable("The database is away; try again")
        case asyncpg.InterfaceError() if not isinstance(error, asyncpg.exceptions.DataError | ValueError):
            return Unavailable("The connection to the database is lost; try again")
        # That a role cannot be taken since there is none is an invalid value of the setting.
        case asyncpg.UndefinedTableError() | asyncpg.InvalidSchemaNameError() | asyncpg.InvalidParameterValueError():
            return Gone(str(error))
        case _:
            return Refused(str(error))


@contextmanager
def translated() -> Iterator[None]:
    """Raise this module's errors in the place of the driver's."""
    try:
        yield
    except FAILURES as error:
        raise translation(error) from error
