# SPDX-License-Identifier: EUPL-1.2
"""Tenants that come and go: their schemas and roles, also beside other platforms on the server."""

from uuid import uuid4

import psycopg
import pytest

from allmende.database.migrations import serving_url
from tests.conftest import PASSWORD, copied

pytestmark = [pytest.mark.server, pytest.mark.storage]


@pytest.fixture
def slug():
    return f"x{uuid4().hex[:8]}"


@pytest.fixture
def platform(serving):
    """Call a function of schema `platform` as a serving process."""
    with psycopg.connect(serving, autocommit=True) as connection:
        yield lambda call, *arguments: connection.execute(f"SELECT platform.{call}", arguments).fetchone()[0]


def roles(database):
    with psycopg.connect(database) as connection:
        return {row[0] for row in connection.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 't\\_%'")}


def test_no_schema_is_used_twice(platform, database, slug):
    schemas = []
    for _ in range(3):
        schemas.append(platform("create_tenant(%s)", slug))
        assert schemas[-1] in roles(database)
        assert platform("drop_tenant(%s)", slug) is True
        assert schemas[-1] not in roles(database)

    assert schemas[0] == f"t_{slug}"
    assert len(set(schemas)) == 3


def test_a_tenant_is_made_once(platform, slug):
    made = platform("make_tenant(%s, NULL)", slug)

    assert made == platform("create_tenant(%s)", slug)
    assert platform("make_tenant(%s, NULL)", slug) is None


def test_the_default_tenant_cannot_be_dropped(platform):
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="cannot be deleted"):
        platform("drop_tenant('default')")


def test_a_role_that_is_somebody_elses_is_left_alone(platform, database, slug):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE t_{slug} NOLOGIN")
        try:
            schema = platform("create_tenant(%s)", slug)
            members = connection.execute(
                "SELECT count(*) FROM pg_auth_members WHERE roleid = %s::regrole", (f"t_{slug}",)
            ).fetchone()
            dropped = platform("drop_tenant(%s)", slug)
        finally:
            connection.execute(f"DROP ROLE t_{slug}")

    assert schema.startswith(f"t_{slug}_")
    assert members == (0,)
    assert dropped is True


def test_a_role_that_another_platform_of_the_server_uses_stays(platform, postgres, template, database, slug):
    with (
        copied(postgres, template) as url,
        psycopg.connect(serving_url(url, f"{template}_serving", PASSWORD), autocommit=True) as other,
    ):
        other.execute("SELECT platform.create_tenant(%s)", (slug,))
        schema = platform("create_tenant(%s)", slug)
        platform("drop_tenant(%s)", slug)

        other.execute(f"SET ROLE {schema}")
        assert other.execute(f"SELECT count(*) FROM {schema}.entity").fetchone() == (0,)
        other.execute("RESET ROLE")
        other.execute("SELECT platform.drop_tenant(%s)", (slug,))

    assert schema == f"t_{slug}"
    assert schema not in roles(database)


def test_roles_of_tenants_own_nothing_after_a_migration(database, slug):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SELECT platform.make_tenant(%s, 5)", (slug,))
        connection.execute("SELECT platform.finish_tenant(%s)", (slug,))
        connection.execute(f"SET ROLE t_{slug}")
        connection.execute(
            f"INSERT INTO t_{slug}.history SELECT 1, now() - n * interval '1 day', now(), n, 1, 0, true, false"
            " FROM generate_series(1, 20) n"
        )
        connection.execute("RESET ROLE")
        owned = connection.execute(
            "SELECT d.classid::regclass, d.objid FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid"
            " WHERE d.deptype = 'o' AND r.rolname LIKE 't\\_%'"
        ).fetchall()
        steps = connection.execute(
            "SELECT (SELECT count(*) FROM platform.tenant_migration m WHERE m.slug = %s) = count(*) FROM platform.tenant_step",
            (slug,),
        ).fetchone()

    assert owned == []
    assert steps == (True,)
