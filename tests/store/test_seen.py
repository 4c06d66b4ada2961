# SPDX-License-Identifier: EUPL-1.2
"""PostgreSQL and Python agree on what a caller sees, and no statement sees more."""

import orjson
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import set_json_loads

from allmende.errors import Forbidden
from auth.policy import NOTHING, Rounding, Share, Visible
from broker.ngsi.contexts import CORE
from broker.ngsi.entities import State
from broker.ngsi.filters.matching import matches
from broker.ngsi.instants import to_instant
from broker.ngsi.queries import Query
from broker.ngsi.seeing import seen
from broker.ngsi.storage import from_document, thaw
from broker.store import SQL
from broker.store.seen import GUARD, through
from broker.store.where import count_statement, page_statement
from tests.conftest import copied
from tests.ngsi import filtering, sharing

pytestmark = [pytest.mark.server, pytest.mark.storage]
SCHEMA = "t_default"
FEW = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.large_base_example]
)
ROOMS = Visible.of([Share(types=frozenset({CORE.expand("Room")}))])


@pytest.fixture(scope="module")
def server(postgres, template):
    """A database with the tables of a tenant, of this module alone."""
    with (
        copied(postgres, template) as url,
        psycopg.connect(url, autocommit=True, cursor_factory=psycopg.RawCursor) as connection,
    ):
        # As the driver of the platform gives them.
        set_json_loads(bytes, connection)
        yield connection


def store(connection, states):
    connection.execute(f"TRUNCATE {SCHEMA}.name, {SCHEMA}.entity, {SCHEMA}.entity_type, {SCHEMA}.entity_scope")
    for state in states:
        row = connection.execute(f"INSERT INTO {SCHEMA}.name (id) VALUES ($1) RETURNING seq", (state.id,)).fetchone()
        connection.execute(
            f"INSERT INTO {SCHEMA}.entity (seq, created_at, modified_at, types, scopes, document)"
            " VALUES ($1, $2, $3, $4, $5, $6::text::jsonb)",
            (
                row[0],
                to_instant(state.created_at),
                to_instant(state.modified_at),
                state.types,
                state.scopes,
                orjson.dumps(state.attributes).decode(),
            ),
        )
        for name in state.types:
            connection.execute(f"INSERT INTO {SCHEMA}.entity_type VALUES ($1, $2, $3)", (name, state.id, row[0]))
        for name in state.scopes:
            connection.execute(f"INSERT INTO {SCHEMA}.entity_scope VALUES ($1, $2, $3)", (name, state.id, row[0]))


def ask(connection, visible, text, values):
    """The rows of a statement on the way that it takes for the caller."""
    if not visible.whole:
        text, rights = through(text, len(values), SCHEMA, visible)
        values = [*values, *rights]
    return connection.execute(text, values).fetchall()


def read(connection, visible, query):
    rows = ask(connection, visible, *page_statement(SCHEMA, query, visible, limit=100))
    return [thaw(from_document(row[0], row[1], row[2], row[3], *row[4:])) for row in rows]


def expected(states, visible, condition=None):
    """What Python says, in the order of ids; links lead to what is seen."""
    shown = {state.id: one for state in states if (one := seen(state, visible)) is not None}
    return [thaw(one) for one in shown.values() if condition is None or matches(condition, one, shown.get)]


@given(filtering.towns(), st.lists(sharing.visibles, min_size=5, max_size=5))
@FEW
def test_both_show_the_same(server, states, visibles):
    store(server, states)

    for visible in visibles:
        assert read(server, visible, Query(times=True)) == expected(states, visible), visible


@given(filtering.towns(), sharing.visibles, st.lists(filtering.filters, min_size=5, max_size=5))
@FEW
def test_a_filter_sees_what_the_answer_shows(server, states, visible, filters):
    store(server, states)

    for condition in filters:
        query = Query(filter=condition, times=True)
        found = expected(states, visible, condition)

        assert read(server, visible, query) == found, (visible, condition)
        assert ask(server, visible, *count_statement(SCHEMA, query, visible)) == [(len(found),)]


def test_a_type_that_is_hidden_is_not_listed(server):
    rooms = [
        State(f"urn:r:{n}", [CORE.expand(kind)], {}, [], *[filtering.CREATED] * 2)
        for n, kind in enumerate(("Room", "Hall"))
    ]
    store(server, rooms)

    assert ask(server, ROOMS, SQL.text("list_types", SCHEMA), []) == [(CORE.expand("Room"),)]
    assert ask(server, ROOMS, SQL.text("count_type", SCHEMA), [CORE.expand("Hall")]) == [(0,)]
    assert ask(server, NOTHING, SQL.text("list_types", SCHEMA), []) == []


def test_what_is_made_for_a_caller_runs_on_his_connection_alone(server):
    text, values = page_statement(SCHEMA, Query(), ROOMS, limit=1)

    assert GUARD in text
    with pytest.raises(psycopg.errors.UndefinedFunction):
        server.execute(text, values)


@pytest.mark.parametrize("table", ["context", "received", "entity_map", "history_hour", "hours_of(1)"])
def test_a_table_whose_rights_nobody_decides_is_not_opened(table):
    with pytest.raises(Forbidden, match="datasets and grants"):
        through(f"SELECT * FROM {SCHEMA}.{table}", 0, SCHEMA, ROOMS)


@pytest.mark.parametrize("place", [(7.62571, 51.96236), (-179.99999, 89.99), (0.0, 0.0), (180.0, -90.0)])
@pytest.mark.parametrize("metres", [1, 100, 30_000, 10_000_000])
def test_a_box_holds_its_places_wherever_they_are_rounded_to(server, place, metres):
    x, y = place
    text = f"SELECT {SCHEMA}.rounded_point($1, $2, $3), {SCHEMA}.rounded_box(box(point($1, $2), point($1, $2)), $3),"
    text += f" {SCHEMA}.rounded_box(box(point($1, $2), point($4, $5)), $3) @> {SCHEMA}.rounded_point($1, $2, $3)"

    point, box, is_held = server.execute(text, (x, y, float(metres), x / 2, y / 2)).fetchone()

    assert box == f"{point},{point}"
    assert is_held


def test_rounded_rights_tell_of_no_instant_and_no_place_exactly(server):
    state = State(
        "urn:r:1",
        [CORE.expand("Room")],
        {
            CORE.expand("location"): [
                {
                    "type": "GeoProperty",
                    "value": {"type": "Point", "coordinates": [7.62571, 51.96236, 63]},
                    "observedAt": "2026-01-01T10:17:31.123456789Z",
                }
            ]
        },
        [],
        filtering.CREATED,
        "2026-01-01T10:18:00.000001Z",
    )
    visible = Visible.of([Share(rounding=Rounding(place_m=1_000, time_s=3_600))])
    store(server, [state])

    [told] = read(server, visible, Query(times=True))

    hour = "2026-01-01T10:00:00"
    location = {
        "type": "GeoProperty",
        "value": {"type": "Point", "coordinates": [7.6239919, 51.9583184]},
        "observedAt": f"{hour}Z",
        "createdAt": filtering.CREATED,
        "modifiedAt": f"{hour}.000000Z",
    }
    assert told.attributes == {CORE.expand("location"): [location]}
    assert told.modified_at == f"{hour}.000000Z"
