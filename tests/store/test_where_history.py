# SPDX-License-Identifier: EUPL-1.2
"""PostgreSQL and Python agree on what the history of a time is asked for."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from auth.policy import NOTHING, Share, Visible
from broker.engine.evolutions import window_of
from broker.ngsi.contexts import CORE
from broker.ngsi.entities import State
from broker.ngsi.evolutionqueries import EvolutionQuery, parse_evolution_query
from broker.ngsi.filters.matching import matches
from broker.ngsi.filters.tree import And, Exists, Holds, Not, Or
from broker.ngsi.history import to_instance, to_row
from broker.ngsi.instants import from_instant, to_instant
from broker.ngsi.queries import Query
from broker.ngsi.temporal import TemporalQuery
from broker.store.evolutions import slice_statement
from broker.store.seen import through
from tests.ngsi import filtering
from tests.plans import kept_plan

pytestmark = [pytest.mark.server, pytest.mark.storage]
SCHEMA = "t_history"
START = datetime(2026, 1, 1, tzinfo=UTC)
MODIFIED = datetime(2026, 2, 1, tzinfo=UTC)
NUMBERS = {iri: number for number, iri in enumerate([CORE.expand(name) for name in filtering.NAMES], 1)}
DATASETS = {uri: number for number, uri in enumerate(filtering.IDS, 1)}


@pytest.fixture(scope="module")
def server(postgres):
    """A schema with the tables that conditions on history read, of this session alone."""
    with psycopg.connect(postgres, autocommit=True, cursor_factory=psycopg.RawCursor) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}")
        connection.execute(
            f'CREATE TABLE {SCHEMA}.name (seq bigint PRIMARY KEY, id text COLLATE "C" UNIQUE, deleted_at timestamptz, types text[]);'
            f"CREATE TABLE {SCHEMA}.entity (seq bigint PRIMARY KEY, created_at timestamptz, modified_at timestamptz, types text[],"
            " scopes text[] DEFAULT '{}', expires_at timestamptz, document jsonb DEFAULT '{}');"
            f"CREATE TABLE {SCHEMA}.attribute (id int, iri text); CREATE TABLE {SCHEMA}.dataset (id int, uri text);"
            f"CREATE TABLE {SCHEMA}.history (seq bigint, time timestamptz, modified_at timestamptz, number float8, attribute int,"
            " dataset int, observed boolean, deleted boolean, value jsonb, PRIMARY KEY (seq, attribute, dataset, time))"
        )
        for table, names in (("attribute", NUMBERS), ("dataset", DATASETS)):
            for name, number in names.items():
                connection.execute(f"INSERT INTO {SCHEMA}.{table} VALUES ($1, $2)", (number, name))
        yield connection
        connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


@st.composite
def evolutions(draw):
    """What an entity was, minute by minute, some of it observed."""
    rows = []
    for minute in range(draw(st.integers(1, 5))):
        for name, instances in draw(filtering.states()).attributes.items():
            for instance in instances:
                timed = {key: part for key, part in instance.items() if key not in {"createdAt", "observedAt"}}
                time = from_instant(START + timedelta(minutes=minute))
                if draw(st.booleans()):
                    timed["observedAt"] = time
                rows.append(to_row(name, timed, time))
    return rows


def store(connection, rows):
    connection.execute(f"TRUNCATE {SCHEMA}.name, {SCHEMA}.entity, {SCHEMA}.history")
    connection.execute(f"INSERT INTO {SCHEMA}.name VALUES (1, $1)", (filtering.IDS[0],))
    connection.execute(f"INSERT INTO {SCHEMA}.entity VALUES (1, $1, $2, '{{T}}')", (START, MODIFIED))
    for row in rows:
        connection.execute(
            f"INSERT INTO {SCHEMA}.history VALUES (1, $1::text::timestamptz, $2, $3, $4, $5, $6, $7, $8::text::jsonb)",
            (
                row.time,
                MODIFIED,
                row.number,
                NUMBERS[row.attribute],
                0 if row.dataset is None else DATASETS[row.dataset],
                row.observed,
                row.deleted,
                row.value,
            ),
        )


def state_of(rows, window):
    """The entity that has all instances of a window at once."""
    attributes = {}
    for row in rows:
        time = to_instant(row.time)
        if not window.start <= time < window.end or (window.only_observed and not row.observed):
            continue
        instance = to_instance(
            None if row.number is None else float(row.number),
            row.value,
            dataset=row.dataset,
            observed_at=time if row.observed else None,
            modified_at=MODIFIED,
            deleted=False,
        )
        attributes.setdefault(row.attribute, []).append(instance)
    return State(filtering.IDS[0], ["T"], attributes, [], from_instant(START), from_instant(MODIFIED))


def is_found(connection, query, visible=None):
    window = window_of(query.temporal)
    text, values = slice_statement(SCHEMA, query, window, visible or Visible.everything(), after=None, length=10)
    if visible is not None:
        text, rights = through(text, len(values), SCHEMA, visible)
        values = [*values, *rights]
    return len(connection.execute(text, values).fetchall()) > 1


terms = st.builds(Holds, filtering.paths(), filtering.tests()) | st.builds(Exists, filtering.paths())
filters = st.recursive(
    terms | filtering.member_terms(),
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(And, st.lists(inner, min_size=1, max_size=3).map(tuple))
        | st.builds(Or, st.lists(inner, min_size=1, max_size=3).map(tuple))
    ),
    max_leaves=4,
)


@given(evolutions(), st.lists(filters, min_size=8, max_size=8), st.integers(0, 4), st.integers(1, 3))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.large_base_example])
def test_a_filter_of_a_time_means_the_same_to_both(server, rows, wanted, first, minutes):
    start = START + timedelta(minutes=first)
    temporal = TemporalQuery("between", start, start + timedelta(minutes=minutes))
    store(server, rows)
    state = state_of(rows, window_of(temporal))

    for each in wanted:
        query = EvolutionQuery(entities=Query(filter=each), temporal=temporal)

        assert is_found(server, query) == (bool(state.attributes) and matches(each, state)), each


def test_what_may_not_be_seen_has_no_history(server):
    store(server, [to_row(iri, {"type": "Property", "value": 1}, from_instant(START)) for iri in NUMBERS])
    query = EvolutionQuery(entities=Query(), temporal=TemporalQuery("after", START, timeproperty="modifiedAt"))

    assert is_found(server, query)
    assert not is_found(server, query, NOTHING)


@given(evolutions(), st.lists(filters, min_size=8, max_size=8), st.sampled_from(sorted(NUMBERS)))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.large_base_example])
def test_the_history_of_what_is_hidden_decides_nothing(server, rows, wanted, shown):
    store(server, rows)
    temporal = TemporalQuery("after", START, timeproperty="modifiedAt")
    state = state_of([row for row in rows if row.attribute == shown], window_of(temporal))
    # What it is now shows nothing that was modified.
    state = replace(state, modified_at=state.created_at)
    visible = Visible.of([Share(types=frozenset({"T"}), pick=frozenset({shown}))])

    for each in wanted:
        query = EvolutionQuery(entities=Query(filter=each), temporal=temporal)

        assert is_found(server, query, visible) == (bool(state.attributes) and matches(each, state)), each


def test_a_slice_walks_ids_and_times_by_their_indexes(database):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO t_default.attribute (iri) SELECT 'urn:' || n FROM generate_series(1, 3) n;"
            "INSERT INTO t_default.name (id) SELECT 'urn:a:' || n FROM generate_series(1, 3000) n;"
            "INSERT INTO t_default.entity (seq, created_at, modified_at, types, document)"
            " SELECT seq, now(), now(), '{urn:T}', '{}' FROM t_default.name;"
            "INSERT INTO t_default.entity_type SELECT 'urn:T', id, seq FROM t_default.name;"
            "INSERT INTO t_default.departed_type SELECT 'urn:T', 'urn:b:' || n, -n FROM generate_series(1, 3000) n;"
            "INSERT INTO t_default.history (seq, time, modified_at, number, attribute, dataset, observed, deleted)"
            " SELECT n.seq, '2026-01-01Z'::timestamptz + r * interval '1 minute', now(), r, 1 + r % 3, 0, true, false"
            " FROM t_default.name n, generate_series(1, 15) r;"
            "ANALYZE t_default.name, t_default.entity, t_default.entity_type, t_default.departed_type, t_default.history"
        )
        parameters = {"type": "urn:T", "q": "a>7|!b", "timerel": "after", "timeAt": "2026-01-01T00:00:00Z"}
        query = parse_evolution_query(parameters, CORE)
        window = window_of(query.temporal)
        statement, values = slice_statement(
            "t_default", query, window, Visible.everything(), after="urn:a:5", length=100
        )

        plan = kept_plan(connection, statement, values)

    assert "entity_type_pkey" in plan
    assert "departed_type_pkey" in plan
    assert "Seq Scan on history" not in plan
    assert "Seq Scan on name" not in plan
    assert "Seq Scan on entity" not in plan
