# SPDX-License-Identifier: EUPL-1.2
"""PostgreSQL and Python agree on what a filter means."""

from itertools import permutations

import orjson
import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from allmende.errors import BadRequestData
from auth.policy import Visible
from broker.ngsi.contexts import CORE
from broker.ngsi.entities import State
from broker.ngsi.filters.language import parse_q
from broker.ngsi.filters.matching import matches
from broker.ngsi.filters.scopes import parse_scope_q
from broker.ngsi.filters.tree import Exists, Fits, Holds, Not, Path
from broker.ngsi.patterns import compile_pattern, parse_pattern
from broker.ngsi.queries import parse_query
from broker.ngsi.selections import AllOf, AnyOf, OneType, selects
from broker.store.parameters import Parameters
from broker.store.where import page_statement
from broker.store.where_filters import condition
from broker.store.where_types import has_types, names_of
from tests.ngsi import filtering
from tests.ngsi.house import BY_ID, EQUAL, LINKS, ORDERS, OTHER, PATTERNS, SCOPES
from tests.plans import kept_plan

pytestmark = [pytest.mark.server, pytest.mark.storage]
SCHEMA = "t_filters"


@pytest.fixture(scope="module")
def server(postgres):
    """A schema with the tables that filters read, of this session alone."""
    with psycopg.connect(postgres, autocommit=True, cursor_factory=psycopg.RawCursor) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}")
        connection.execute(f'CREATE TABLE {SCHEMA}.name (seq bigint PRIMARY KEY, id text COLLATE "C" UNIQUE)')
        connection.execute(
            f"CREATE TABLE {SCHEMA}.entity (seq bigint PRIMARY KEY, created_at timestamptz, modified_at timestamptz,"
            " types text[], scopes text[], document jsonb)"
        )
        yield connection
        connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


def store(connection, states):
    connection.execute(f"TRUNCATE {SCHEMA}.name, {SCHEMA}.entity")
    for seq, state in enumerate(states):
        connection.execute(f"INSERT INTO {SCHEMA}.name VALUES ($1, $2)", (seq, state.id))
        connection.execute(
            f"INSERT INTO {SCHEMA}.entity VALUES ($1, $2::text::timestamptz, $3::text::timestamptz, $4, $5, $6::text::jsonb)",
            (
                seq,
                state.created_at,
                state.modified_at,
                state.types,
                state.scopes,
                orjson.dumps(state.attributes).decode(),
            ),
        )


def found(connection, wanted, visible=None):
    parameters = Parameters()
    where = condition(SCHEMA, wanted, visible or Visible.everything(), parameters)
    text = f"SELECT n.id FROM {SCHEMA}.entity e JOIN {SCHEMA}.name n ON n.seq = e.seq WHERE {where} ORDER BY n.id"
    return [row[0] for row in connection.execute(text, parameters.values)]


def test_what_is_true_of_a_house_is_so_to_both(server):
    store(server, BY_ID.values())
    texts = [*EQUAL, *OTHER, *(text.replace("==", "!=") for text in (*EQUAL, *OTHER))]
    texts += [text for text, _ in (*ORDERS, *PATTERNS, *LINKS)]
    wanted = [parse_q(text, CORE) for text in texts] + [parse_scope_q(text) for text, _ in SCOPES]

    for each in wanted:
        expected = sorted(state.id for state in BY_ID.values() if matches(each, state, BY_ID.get))

        assert found(server, each) == expected, each


@given(filtering.towns(), st.lists(filtering.filters, min_size=10, max_size=10))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.large_base_example])
def test_a_filter_means_the_same_to_both(server, states, wanted):
    store(server, states)
    by_id = {state.id: state for state in states}

    for each in wanted:
        expected = [state.id for state in states if matches(each, state, by_id.get)]

        assert found(server, each) == expected, each


@given(filtering.simple_states(), st.lists(filtering.tests(), min_size=20, max_size=20))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.large_base_example])
def test_a_test_means_the_same_to_both(server, state, tests):
    store(server, [state])

    for each in tests:
        wanted = Holds(Path((CORE.expand(filtering.NAMES[0]),)), each)

        assert found(server, wanted) == ([state.id] if matches(wanted, state) else []), each


@given(
    st.text("ab(){}[]|*+?.\\^$dDwWsS:=!<,12-_ \n\x0bä\U0001f600", max_size=10),
    st.lists(st.text("ab(){}[]|*+?.\\^$,12-_ \n\x0b\u00a0äÄ\u0661\U0001f600", max_size=8), min_size=1, max_size=5),
)
@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example("a.b", ["a\nb"])
@example("\\s", ["\x0b", "\u00a0"])
@example("[^\\s]", ["\x0b", "\u00a0"])
@example("\\d|\\w", ["\u0661", "ä"])
@example("b$", ["ab\n"])
def test_a_pattern_means_the_same_to_both(server, pattern, texts):
    try:
        parse_pattern(pattern)
    except BadRequestData:
        return
    query = 'SELECT array_agg(v COLLATE "C" ~ $1 ORDER BY n) FROM unnest($2::text[]) WITH ORDINALITY AS t(v, n)'
    try:
        answer = server.execute(query, (pattern, texts)).fetchone()[0]
    except psycopg.errors.InvalidRegularExpression:
        return

    assert answer == [bool(compile_pattern(pattern).search(text)) for text in texts]


TYPES = ("urn:A", "urn:B", "urn:C")
selections = st.recursive(
    st.sampled_from(TYPES).map(OneType),
    lambda parts: (
        st.lists(parts, min_size=1, max_size=3).map(tuple).map(AnyOf)
        | st.lists(parts, min_size=1, max_size=3).map(tuple).map(AllOf)
    ),
    max_leaves=6,
)


@given(st.lists(selections, min_size=10, max_size=10))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_selection_of_types_means_the_same_to_both(server, wanted):
    combinations = [list(types) for count in (1, 2, 3) for types in permutations(TYPES, count)]
    for each in wanted:
        parameters = Parameters()
        chosen = has_types("string_to_array(t.types, ' ')", each, parameters)
        asked = parameters.add([" ".join(types) for types in combinations])
        text = f"SELECT t.types FROM unnest({asked}::text[]) WITH ORDINALITY AS t(types, place) WHERE {chosen} ORDER BY t.place"

        rows = server.execute(text, parameters.values).fetchall()

        assert [row[0].split() for row in rows] == [types for types in combinations if selects(each, types)], each
        assert all(set(names_of(each)) & set(types) for types in combinations if selects(each, types))


def test_what_may_not_be_seen_is_not_there(server):
    state = State(
        filtering.IDS[0],
        ["T"],
        {"urn:a": [{"type": "Property", "value": "a"}]},
        [],
        *["2026-01-01T00:00:00.000000Z"] * 2,
    )
    store(server, [state])
    nothing = Visible(whole=False)
    path = Path(("urn:a",))

    assert found(server, Exists(path), nothing) == []
    assert found(server, Holds(path, Fits("a")), nothing) == []
    assert found(server, Not(Exists(path)), nothing) == [state.id]


def test_a_page_of_a_query_walks_the_ids_of_the_type_in_their_order(database):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO t_default.name (id) SELECT 'urn:a:' || n FROM generate_series(1, 5000) n;"
            "INSERT INTO t_default.entity (seq, created_at, modified_at, types, document) SELECT seq, now(), now(), '{urn:T}',"
            """ jsonb_build_object('urn:a', jsonb_build_array(jsonb_build_object('type', 'Property', 'value', seq)))"""
            " FROM t_default.name;"
            "INSERT INTO t_default.entity_type SELECT 'urn:T', id, seq FROM t_default.name;"
            "ANALYZE t_default.name, t_default.entity, t_default.entity_type"
        )
        query = parse_query({"type": "urn:T", "q": "a>7|!b;a.observedAt>2026-01-01T00:00:00Z", "scopeQ": "/A/#"}, CORE)
        statement, values = page_statement("t_default", query, Visible.everything(), limit=21)

        plan = kept_plan(connection, statement, values)

    assert "entity_type_pkey" in plan
    assert "Sort" not in plan
    assert "Seq Scan" not in plan
