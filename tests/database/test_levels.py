# SPDX-License-Identifier: EUPL-1.2
"""The levels of history: what the server has is used, and what it refuses is done without."""

from datetime import timedelta

import psycopg
import pytest

from allmende.database.levels import LONGEST, SHORTEST, Level, chunk_interval, tend_history
from tests.conftest import TEMPLATE


@pytest.mark.parametrize(
    ("rows_per_day", "interval"),
    [
        (0, timedelta(days=7)),
        (10, LONGEST),
        (1e-300, LONGEST),
        (1_000_000, timedelta(days=10)),
        (3_000_000, timedelta(days=3)),
        (10**12, SHORTEST),
    ],
)
def test_chunks_are_as_long_as_the_volume_asks_for(rows_per_day, interval):
    assert chunk_interval(rows_per_day) == interval


@pytest.mark.server
@pytest.mark.storage
def test_the_level_is_what_the_server_answers(database):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"SET ROLE {TEMPLATE}_owner")
        edition = connection.execute("SELECT current_setting('timescaledb.license', true)").fetchone()

        level = tend_history(connection, "t_default")

    expected = {None: Level.PLAIN, "apache": Level.HYPERTABLE, "timescale": Level.COLUMNSTORE}
    assert level == expected[edition[0]]


@pytest.mark.server
@pytest.mark.storage
def test_a_large_tenant_gets_shorter_chunks(database):
    with psycopg.connect(database, autocommit=True) as connection:
        if connection.execute("SELECT FROM pg_extension WHERE extname = 'timescaledb'").fetchone() is None:
            pytest.skip("timescale: this server has no TimescaleDB; the run on a real one has")
        connection.execute(
            "INSERT INTO t_default.history SELECT 1, '2026-06-01'::timestamptz + n * interval '1 minute', now(), n, 1, 0,"
            " true, false FROM generate_series(1, 20000) n"
        )
        connection.execute("ANALYZE t_default.history")
        connection.execute(f"SET ROLE {TEMPLATE}_owner")

        tend_history(connection, "t_default")

        length = "SELECT time_interval FROM timescaledb_information.dimensions WHERE hypertable_name = 'history'"
        assert connection.execute(length).fetchone() == (LONGEST,)
