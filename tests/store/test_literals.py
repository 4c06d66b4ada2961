# SPDX-License-Identifier: EUPL-1.2
"""Array literals mean to PostgreSQL what was put into them."""

import orjson
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broker.store.literals import numerals, quoted

pytestmark = [pytest.mark.server, pytest.mark.storage]
TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=300)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53) | st.none()


@pytest.fixture(scope="module")
def server(postgres):
    with psycopg.connect(postgres, autocommit=True) as connection:
        yield connection


@given(st.lists(TEXTS | st.none(), max_size=20))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_texts_come_back(server, texts):
    assert server.execute("SELECT %s::text::text[]", (quoted(texts),)).fetchone() == (texts,)


@given(st.lists(st.dictionaries(TEXTS, TEXTS, max_size=3), min_size=1, max_size=5))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_documents_come_back(server, documents):
    literal = quoted([orjson.dumps(document).decode() for document in documents])

    assert server.execute("SELECT %s::text::jsonb[]", (literal,)).fetchone() == (documents,)


@given(st.lists(NUMBERS, max_size=20))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_numbers_come_back_to_the_last_digit(server, numbers):
    assert server.execute("SELECT %s::text::float8[]", (numerals(numbers),)).fetchone() == (numbers,)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_integers_come_back(server, numbers):
    assert server.execute("SELECT %s::text::bigint[]", (numerals(numbers),)).fetchone() == (numbers,)
