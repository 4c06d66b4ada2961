# SPDX-License-Identifier: EUPL-1.2
"""Migrations, roles and tenants on a real server."""

import uuid

import psycopg
import pytest

from allmende.database.migrations import migrate, serving_url, steps
from allmende.errors import SettingsError
from tests.conftest import PASSWORD, TEMPLATE, at

pytestmark = [pytest.mark.server, pytest.mark.storage]


@pytest.fixture
def empty(postgres):
    """The URL of a superuser to an empty database, and nothing left of its roles afterwards."""
    name = f"empty_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield at(postgres, name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        for role in ("serving", "owner"):
            connection.execute(f"DROP OWNED BY {name}_{role} CASCADE")
            connection.execute(f"DROP ROLE IF EXISTS {name}_{role}")


def test_migrating_twice_changes_nothing_and_the_second_platform_of_a_server_works(empty):
    first = migrate(empty, PASSWORD)
    with psycopg.connect(empty) as connection:
        before = connection.execute("SELECT * FROM platform.migration ORDER BY number").fetchall()

    second = migrate(empty, PASSWORD)

    assert first == second
    with psycopg.connect(empty) as connection:
        assert connection.execute("SELECT * FROM platform.migration ORDER BY number").fetchall() == before
    with psycopg.connect(second) as connection:
        connection.execute("SET ROLE t_default")
        assert connection.execute("SELECT count(*) FROM t_default.entity").fetchone() == (0,)


def test_a_released_step_that_changed_is_refused(empty):
    migrate(empty, PASSWORD)
    with psycopg.connect(empty) as connection:
        connection.execute("UPDATE platform.migration SET sha256 = 'other' WHERE number = 1")

    with pytest.raises(SettingsError, match="differs from the one"):
        migrate(empty, PASSWORD)


def test_numbers_of_steps_are_consecutive():
    for kind in ("platform", "tenant"):
        assert [step.number for step in steps(kind)] == list(range(1, len(steps(kind)) + 1))


def test_the_serving_role_is_no_superuser_and_owns_nothing(database, serving):
    with psycopg.connect(serving) as connection:
        role = connection.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolinherit, rolbypassrls FROM pg_roles WHERE rolname = user"
        ).fetchone()
        owned = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = user)"
        ).fetchone()

    assert role == (False, False, False, False, False)
    assert owned == (0,)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM t_default.entity",
        f"SET ROLE {TEMPLATE}_owner",
        "CREATE TABLE public.mine ()",
        "SET ROLE t_default; SELECT * FROM platform.key",
        "SET ROLE t_default; DROP TABLE t_default.entity",
        "SET ROLE t_default; ALTER TABLE t_default.history ADD COLUMN mine int",
        "SET ROLE t_default; SELECT platform.create_tenant('mine')",
        "SET ROLE t_default; CREATE TABLE t_default.mine ()",
        "SELECT platform.migrate_tenant('default')",
        "DELETE FROM platform.key",
    ],
)
def test_what_a_serving_role_may_not_do(serving, statement):
    *before, last = statement.split("; ")
    with psycopg.connect(serving, autocommit=True) as connection:
        for part in before:
            connection.execute(part)

        with pytest.raises(psycopg.errors.InsufficientPrivilege) as refused:
            connection.execute(last)

    assert "permission denied" in str(refused.value) or "must be owner" in str(refused.value)


def test_a_tenant_is_created_while_running_and_sees_only_its_own_rows(serving):
    with psycopg.connect(serving, autocommit=True) as connection:
        schema = connection.execute("SELECT platform.create_tenant('nordstadt')").fetchone()
        again = connection.execute("SELECT platform.create_tenant('nordstadt')").fetchone()
        connection.execute("SET ROLE t_nordstadt")
        rows = connection.execute("SELECT count(*) FROM t_nordstadt.entity").fetchone()

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT count(*) FROM t_default.entity")

    assert schema == again == ("t_nordstadt",)
    assert rows == (0,)


def test_a_dropped_tenant_is_gone(serving):
    with psycopg.connect(serving, autocommit=True) as connection:
        connection.execute("SELECT platform.create_tenant('suedstadt')")

        dropped = connection.execute("SELECT platform.drop_tenant('suedstadt')").fetchone()

        left = connection.execute("SELECT count(*) FROM pg_namespace WHERE nspname = 't_suedstadt'").fetchone()
        again = connection.execute("SELECT platform.drop_tenant('suedstadt')").fetchone()
    assert (dropped, left, again) == ((True,), (0,), (False,))


@pytest.mark.parametrize(
    "slug", ["", "a b", "x" * 41, "a;drop", "é", "a.b", "a.0123456789abcdef", ".0123456789abcdef0123"]
)
def test_a_tenant_must_have_a_plain_name(serving, slug):
    with (
        psycopg.connect(serving, autocommit=True) as connection,
        pytest.raises(psycopg.errors.InvalidParameterValue) as refused,
    ):
        connection.execute("SELECT platform.create_tenant(%s)", (slug,))

    assert "must be 1 to 40 of a-z" in str(refused.value)


def test_names_that_no_schema_can_have_get_schemas_apart(serving):
    names = ["Nord", "nord", "NORD", "nord-", "nord_", "x" * 40, "X" * 40, "0", "-"]
    with psycopg.connect(serving, autocommit=True) as connection:
        schemas = [connection.execute("SELECT platform.create_tenant(%s)", (name,)).fetchone()[0] for name in names]
        again = [connection.execute("SELECT platform.create_tenant(%s)", (name,)).fetchone()[0] for name in names]
        taken = connection.execute("SELECT platform.create_tenant(%s)", (schemas[0].removeprefix("t_"),)).fetchone()[0]

        assert len({*schemas, taken}) == len(names) + 1
        assert again == schemas
        assert schemas[1] == "t_nord"
        for schema in [*schemas, taken]:
            connection.execute(f"SET ROLE {schema}")
            assert connection.execute(f"SELECT count(*) FROM {schema}.entity").fetchone() == (0,)
            connection.execute("RESET ROLE")


def test_history_is_a_hypertable_exactly_where_the_server_has_timescaledb(database):
    with psycopg.connect(database, autocommit=True) as connection:
        has = connection.execute("SELECT count(*) FROM pg_extension WHERE extname = 'timescaledb'").fetchone()
        if has == (1,):
            found = connection.execute("SELECT hypertable_name FROM timescaledb_information.hypertables").fetchall()
        else:
            found = []

    assert found == ([("history",)] if has == (1,) else [])


def test_scopes_from_before_they_had_a_history_get_one(database):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "ALTER TABLE t_default.name DROP COLUMN types; DROP TABLE t_default.departed_type;"
            "DELETE FROM platform.tenant_migration m USING platform.tenant_step s"
            " WHERE s.number = m.number AND s.name = 'departed';"
            "INSERT INTO t_default.entity (seq, created_at, modified_at, types, scopes, document) VALUES"
            " (1, '2026-06-01Z', now(), '{T}', '{/A}', '{}'), (2, '2026-06-01Z', now(), '{T}', '{/A,/B}', '{}'),"
            " (3, '2026-06-01Z', now(), '{T}', '{}', '{}');"
            "INSERT INTO t_default.entity_scope VALUES ('/A', 'urn:a:1', 1), ('/A', 'urn:a:2', 2), ('/B', 'urn:a:2', 2);"
            "INSERT INTO t_default.attribute (iri) VALUES ('https://uri.etsi.org/ngsi-ld/scope');"
            "INSERT INTO t_default.history SELECT 1, '2026-06-01Z', now(), NULL, a.id, 0, true, false, '{\"value\": \"/A\"}'"
            " FROM t_default.attribute a"
        )
        connection.execute("SELECT platform.migrate_tenant('default')")
        rows = connection.execute(
            "SELECT seq, time = '2026-06-01Z', observed, deleted, value -> 'value' FROM t_default.history ORDER BY seq"
        ).fetchall()

    assert rows == [(1, True, True, False, "/A"), (2, True, True, False, ["/A", "/B"])]


def test_a_password_with_special_characters_survives_the_url():
    url = serving_url("postgresql://a:b@/db?host=/tmp", "role", "p@ss/w:rd")

    assert url == "postgresql://role:p%40ss%2Fw%3Ard@/db?host=/tmp"
