# SPDX-License-Identifier: EUPL-1.2
"""The plan of a statement as the platform's connections have it, once it was used so often that one plan is kept."""

from collections.abc import Sequence

import psycopg


def kept_plan(connection: psycopg.Connection, statement: str, values: Sequence[object]) -> str:
    """The plan that PostgreSQL keeps for any values of the parameters."""
    connection.execute("SET random_page_cost = 1.1")
    connection.execute("SET plan_cache_mode = force_generic_plan")
    connection.execute(f"PREPARE looked_at AS {statement}".encode())
    literals = ", ".join(psycopg.sql.Literal(value).as_string(connection) for value in values)
    plan = connection.execute(f"EXPLAIN EXECUTE looked_at({literals})".encode()).fetchall()
    connection.execute("DEALLOCATE looked_at")
    return "\n".join(row[0] for row in plan)
