# SPDX-License-Identifier: EUPL-1.2
"""Tables and features as pure functions: what is read again is what was written."""

import csv
import io

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.exports.dialects import DIALECTS
from api.exports.features import to_features
from api.exports.members import member_names
from api.exports.tables import to_table
from broker.ngsi.contents import AttributeContent
from broker.ngsi.entities import State

VOCABULARY = "https://uri.etsi.org/ngsi-ld/default-context/"
TIME = "2026-06-01T12:00:00.000000Z"
PLAIN, EXCEL = DIALECTS[""], DIALECTS["excel-de"]
# A NUL cannot be stored; a surrogate is no text.
TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30)
VALUES = TEXTS | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()


def state(**values):
    attributes = {VOCABULARY + name: [{"type": "Property", "value": value}] for name, value in values.items()}
    return State("urn:x:1", [VOCABULARY + "Thing"], attributes, [], TIME, TIME)


def read_again(states, dialect, contents):
    table = to_table(contents, dialect, "en")
    text = (table.head() + table.rows(states)).removeprefix(dialect.mark)
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=dialect.delimiter))


def contents(*names):
    return [AttributeContent(VOCABULARY + name, "", "", has_shapes=False) for name in names]


@given(st.lists(st.tuples(VALUES, TEXTS), max_size=5))
def test_every_value_is_read_again_as_it_was_written(rows):
    found = read_again([state(one=one, two=two) for one, two in rows], PLAIN, contents("one", "two"))

    for (one, two), row in zip(rows, found, strict=True):
        assert row["two"] == two
        if isinstance(one, bool):
            assert row["one"] == str(one).lower()
        else:
            assert type(one)(row["one"]) == one


@given(VALUES)
def test_nothing_in_a_table_for_excel_is_a_formula(value):
    (row,) = read_again([state(one=value)], EXCEL, contents("one"))

    if isinstance(value, str):
        assert row["one"] in {value, "'" + value}
        assert not row["one"].startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    elif isinstance(value, float):
        assert float(row["one"].replace(",", ".")) == value


@given(st.lists(VALUES, max_size=4))
def test_features_are_json(values):
    states = [state(one=value) for value in values]

    found = orjson.loads(b"[" + to_features(states, (), "en") + b"]")

    assert [feature["properties"]["one"] for feature in found] == values


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["free"], ["free"]),
        (["free", "https://a.example/free"], ["free", "https://a.example/free"]),
        (["https://a.example/free", "https://b.example/free"], ["free", "https://b.example/free"]),
        (["type"], [VOCABULARY + "type"]),
        (["longitude", "observedAt"], [VOCABULARY + "longitude", VOCABULARY + "observedAt"]),
        (["https://a.example/free.unit", "free"], ["https://a.example/free.unit", "free"]),
    ],
)
def test_no_two_members_of_a_file_have_one_name(names, told):
    iris = [name if ":" in name else VOCABULARY + name for name in names]

    assert [member_names(tuple(iris))[iri] for iri in iris] == told


def test_a_table_without_entities_is_its_head():
    assert read_again([], PLAIN, contents("one")) == []
    assert to_table(contents("one"), EXCEL, "de").head() == "\ufeffid;name;one;observedAt;longitude;latitude\r\n"
