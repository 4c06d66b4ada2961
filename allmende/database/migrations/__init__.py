# SPDX-License-Identifier: EUPL-1.2
"""Bring a database to this version: numbered SQL, forward only, one transaction each, as the owner.

The administrator's connection makes two roles named after the database: `<database>_owner`, whom serving processes
cannot become, and `<database>_serving`, which logs in, owns nothing and is no superuser.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from allmende.database.levels import tend_history
from allmende.errors import SettingsError

_FILE = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")
_LOCK = 0x616C6C6D
_FOUNDATION = """
CREATE SCHEMA IF NOT EXISTS platform;
CREATE TABLE IF NOT EXISTS platform.migration (
  number int PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
);
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One migration file."""

    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Of the file's text: a released step never changes."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def steps(kind: str) -> list[Step]:
    """The migrations of `platform` or `tenant`, in order."""
    return sorted(_read_steps(kind), key=lambda step: step.number)


def _read_steps(kind: str) -> Iterator[Step]:
    for file in files(__name__).joinpath(kind).iterdir():
        if match := _FILE.match(file.name):
            yield Step(int(match[1]), match[2], file.read_text(encoding="utf-8"))


def migrate(admin_url: str, serving_password: str, *, tenants: tuple[str, ...] = ("default",)) -> str:
    """Bring the database to this version; return the URL with which serving processes connect."""
    try:
        return _migrate(admin_url, serving_password, tenants)
    except psycopg.Error as error:
        raise SettingsError(f"The database cannot be migrated: {str(error).partition(chr(10))[0]}") from error


def _migrate(admin_url: str, serving_password: str, tenants: tuple[str, ...]) -> str:
    with psycopg.connect(admin_url, autocommit=True) as connection:
        database = connection.info.dbname
        owner, serving = f"{database}_owner", f"{database}_serving"
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        _ensure_roles(connection, database, owner, serving, serving_password)
        _share_tenant_roles(connection, owner, tenants)
        _ensure_timescale(connection)
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(owner)))
        connection.execute(_FOUNDATION)
        for step in steps("platform"):
            _apply(connection, step, serving)
        _migrate_tenants(connection, tenants)
        for (schema,) in connection.execute("SELECT schema FROM platform.tenant ORDER BY schema").fetchall():
            tend_history(connection, schema)
    return serving_url(admin_url, serving, serving_password)


def serving_url(admin_url: str, role: str, password: str) -> str:
    """`admin_url` with another user and password."""
    parts = urlsplit(admin_url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(role)}:{quote(password, safe='')}@{host}"))


def _ensure_roles(connection: psycopg.Connection, database: str, owner: str, serving: str, password: str) -> None:
    known = {
        row[0]
        for row in connection.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", ([owner, serving],))
    }
    names = {"database": sql.Identifier(database), "owner": sql.Identifier(owner), "serving": sql.Identifier(serving)}
    if owner not in known:
        connection.execute(sql.SQL("CREATE ROLE {owner} NOLOGIN CREATEROLE").format(**names))
        connection.execute(sql.SQL("GRANT {owner} TO CURRENT_USER").format(**names))
    if serving not in known:
        connection.execute(sql.SQL("CREATE ROLE {serving} LOGIN NOINHERIT").format(**names))
    for statement in (
        sql.SQL("ALTER ROLE {serving} PASSWORD {password}"),
        sql.SQL("REVOKE ALL ON DATABASE {database} FROM PUBLIC"),
        sql.SQL("GRANT CONNECT ON DATABASE {database} TO {serving}"),
        sql.SQL("GRANT CREATE, CONNECT ON DATABASE {database} TO {owner}"),
    ):
        connection.execute(statement.format(**names, password=sql.Literal(password)))


def _share_tenant_roles(connection: psycopg.Connection, owner: str, tenants: tuple[str, ...]) -> None:
    """Roles belong to a server: those that another platform's database on it has made serve this one, too."""
    shared = [f"t_{slug}" for slug in tenants]
    for (role,) in connection.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", (shared,)).fetchall():
        grant = sql.SQL("GRANT {} TO {} WITH ADMIN OPTION")
        connection.execute(grant.format(sql.Identifier(role), sql.Identifier(owner)))


def _ensure_timescale(connection: psycopg.Connection) -> None:
    """Use TimescaleDB where the server has it; without the right to create it, PostgreSQL alone is enough."""
    row = connection.execute(
        "SELECT installed_version FROM pg_available_extensions WHERE name = 'timescaledb'",
    ).fetchone()
    if row and row[0] is None:
        try:
            connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        except (
            psycopg.errors.InsufficientPrivilege,
            psycopg.errors.FeatureNotSupported,
            psycopg.errors.InternalError_,
        ):
            connection.execute("SELECT 1")


def _apply(connection: psycopg.Connection, step: Step, serving: str) -> None:
    row = connection.execute("SELECT sha256 FROM platform.migration WHERE number = %s", (step.number,)).fetchone()
    if row is not None:
        if row[0] != step.sha256:
            raise SettingsError(
                f"Migration {step.number:04}_{step.name} differs from the one this database was made with"
            )
        return
    text = step.sql.replace("{serving}", serving)
    with connection.transaction():
        connection.execute(text.encode())
        connection.execute(
            "INSERT INTO platform.migration (number, name, sha256) VALUES (%s, %s, %s)",
            (step.number, step.name, step.sha256),
        )


def _migrate_tenants(connection: psycopg.Connection, tenants: tuple[str, ...]) -> None:
    with connection.transaction():
        for step in steps("tenant"):
            connection.execute(
                "INSERT INTO platform.tenant_step (number, name, sql) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (step.number, step.name, step.sql),
            )
    for (slug,) in connection.execute("SELECT slug FROM platform.tenant ORDER BY slug").fetchall():
        connection.execute("SELECT platform.migrate_tenant(%s)", (slug,))
    for slug in tenants:
        connection.execute("SELECT platform.create_tenant(%s)", (slug,))
