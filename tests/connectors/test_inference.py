# SPDX-License-Identifier: EUPL-1.2
"""What a column holds, by its values and its name."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.catalogue.units import unit_in
from connectors.declarative.engines import open_engine
from connectors.declarative.expressions import Expressions
from connectors.declarative.functions import build_functions
from connectors.declarative.localtime import LocalTimes
from connectors.declarative.scopes import Scope
from connectors.proposing.columns import Column, make_columns
from connectors.proposing.documents import find_records, write_path
from connectors.proposing.expressions import find_decimal, write_number
from connectors.proposing.fields import Field, make_fields
from connectors.proposing.names import leaf_and_parents, split_name
from connectors.proposing.places import find_place
from connectors.proposing.times import find_writing
from connectors.proposing.values import infer

ENGINE = open_engine()
NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="`\\", exclude_categories=["C"]), min_size=1, max_size=8
)
LEAVES = st.one_of(st.integers(-9, 9), st.text("abc", min_size=1, max_size=3), st.booleans())


def evaluate(text: str, record: Any, decimal: str = ".") -> Any:
    """What an expression of a connector file gives of a record."""
    expressions = Expressions(ENGINE, build_functions({}, decimal=decimal), LocalTimes())
    return expressions.compile(text, "here").compute(Scope(record, record, "", 0))


def column(*values: Any) -> Column:
    return Column(path=("x",), expression="x", values=list(values))


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2.5, None], "number"),
        (["1", "2,5", ""], "number"),
        (["1.234,5", "2,0"], "number"),
        (["01067", "04103"], "text"),
        ([True, False], "boolean"),
        (["ja", "Nein", "-"], "boolean"),
        (["2026-06-01T12:00:00Z"], "time"),
        (["24.10.2026 23:00", "1.1.2026 01:02:03"], "time"),
        (["2026-02-06-08.35.00.000000"], "time"),
        ([1723876205000], "time"),
        (["1723876205"], "time"),
        (["https://a.example/x", "www.b.example/y"], "url"),
        (["POINT (8.5 52.0)"], "wkt"),
        (["52.0301, 8.5326"], "position"),
        ([[8.5326, 52.0301]], "position"),
        ([["open", "full"], "open"], "list"),
        ([{"type": "Point", "coordinates": [8, 52]}], "geometry"),
        (["Nord", "Süd"], "text"),
        ([None, "", " ", []], "empty"),
        (["12.13.2026 10:00", "31.02.26"], "text"),
    ],
)
def test_values_say_what_they_are(values: list[Any], kind: str) -> None:
    assert infer(column(*values)).kind == kind


def test_few_words_among_numbers_are_strays() -> None:
    content = infer(column(*[str(number) for number in range(19)], "defekt"))

    assert (content.kind, content.strays, content.high) == ("number", 1, 18)
    assert infer(column("1", "defekt")).kind == "text"


def test_large_numbers_are_times_by_their_name_only() -> None:
    rows = [{"counter": 1_723_876_205, "updated": 1_723_876_205}]

    assert [field.content.kind for field in make_fields(rows)] == ["number", "time"]


@given(st.integers(1_000_000_000, 4_000_000_000))
def test_an_instant_is_read_back_however_it_is_written(seconds: int) -> None:
    instant = datetime.fromtimestamp(seconds, UTC)
    for value in (
        instant.isoformat(),
        int(instant.timestamp()),
        int(instant.timestamp() * 1000),
        str(int(instant.timestamp())),
    ):
        writing = find_writing([value])
        assert writing is not None
        given_back = evaluate(writing.expression("x"), {"x": value})
        assert datetime.fromisoformat(given_back) == instant


@given(st.lists(st.decimals(-10_000, 10_000, places=2), min_size=1, max_size=5))
def test_numbers_that_are_texts_are_read_back_with_point_and_with_comma(numbers: list[Any]) -> None:
    for sign in ".,":
        rows = [{"x": str(number).replace(".", sign), "y": str(number)} for number in numbers]
        fields = make_fields(rows)
        decimal = find_decimal(fields)
        for row, number in zip(rows, numbers, strict=True):
            assert [evaluate(write_number(one, decimal), row, decimal) for one in fields] == [float(number)] * 2


@given(st.recursive(LEAVES, lambda inner: st.dictionaries(NAMES, inner, min_size=1, max_size=3), max_leaves=6))
def test_the_path_of_a_column_gives_its_value(content: Any) -> None:
    row = {"top": content}

    for one in make_columns([row]):
        assert evaluate(one.expression, row) == one.values[0]


@given(st.lists(NAMES, min_size=1, max_size=4), st.integers(2, 5))
def test_the_expression_of_the_records_gives_them(path: list[str], count: int) -> None:
    rows: Any = [{"a": number, "b": "x"} for number in range(count)]
    document = rows
    for name in reversed(path):
        document = {name: document}

    found = find_records(document)

    assert found.records == write_path(tuple(path))
    assert evaluate(found.records, document) == rows == found.rows


def test_the_longest_list_by_what_it_holds_wins() -> None:
    columns = [{"name": name, "type": "text"} for name in "abcdefgh"]
    rows = [{f"c{n}": n for n in range(9)} for _ in range(4)]

    assert find_records({"fields": columns, "result": {"rows": rows}}).records == "result.rows"


def test_records_by_key_keep_their_keys() -> None:
    document = {"n1": {"name": "Nord", "total": 1}, "s1": {"name": "Süd", "total": 2}}

    found = find_records(document)

    assert found.records is not None
    assert evaluate(found.records, document) == found.rows
    assert [row["key"] for row in found.rows] == ["n1", "s1"]


def test_one_record_is_not_its_additions() -> None:
    document = {"weather": {f"w{n}": n for n in range(9)}, "sources": [{"id": 1}]}

    assert find_records(document).rows == [document]


def test_values_of_a_list_are_told_apart_by_what_they_measure() -> None:
    rows = [
        {"id": 1, "values": [{"value_type": "P1", "value": "15.3"}, {"value_type": "P2", "value": "8.1"}]},
        {"id": 2, "values": [{"value_type": "P2", "value": "7.0"}]},
    ]

    columns = {one.expression: one.values for one in make_columns(rows)}

    assert columns["values[value_type = 'P2'].value"] == ["8.1", "7.0"]
    assert [evaluate("values[value_type = 'P1'].value", row) for row in rows] == ["15.3", None]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("availableSpotNumber", ("available", "spot", "number")),
        ("freie_parkplaetze", ("freie", "parkplaetze")),
        ("Anzahl der Stellplätze", ("anzahl", "stellplaetze")),
        ("AnlagenNr", ("anlagen", "nr")),
        ("Frauenparkplätze", ("frauen", "parkplaetze")),
        ("verfügbarer", ("verfuegbar",)),
        ("Wassertemperatur", ("wasser", "temperatur")),
        ("obs_parkid", ("obs", "park", "id")),
    ],
)
def test_a_name_is_split_into_its_words(name: str, words: tuple[str, ...]) -> None:
    assert split_name(name) == words


def test_a_name_that_says_nothing_leaves_it_to_the_one_above() -> None:
    assert leaf_and_parents(["properties", "name", "values", "value", "#text"]) == (("name",), ())


def test_a_unit_at_the_end_is_no_word_of_a_name_but_percents_are() -> None:
    assert leaf_and_parents(["wind_speed_kmh"]) == (("wind", "speed"), ())
    assert leaf_and_parents(["Auslastung Prozent"]) == (("auslastung", "prozent"), ())


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Luft (°C)", "CEL"),
        ("wind_kmh", "KMH"),
        ("Pegel [cm]", "CMT"),
        ("PM10 (µg/m³)", "GQ"),
        ("LAeq dB(A)", "2N"),
        ("Globalstrahlung W/m²", "D54"),
        ("temperature", None),
        ("Celsius", None),
    ],
)
def test_a_unit_stands_in_a_name(name: str, unit: str | None) -> None:
    assert unit_in(name) == unit


def placed(rows: list[dict[str, Any]], stated: int | None = None) -> tuple[float, float]:
    """Where the first record is."""
    place = find_place(make_fields(rows), stated)
    assert place is not None
    longitude, latitude = evaluate(place.geo, rows[0])["coordinates"][:2]
    return round(longitude, 3), round(latitude, 3)


UTM32, GK3 = (467_900.0, 5_764_500.0), (3_467_980.0, 5_766_370.0)


@pytest.mark.parametrize(
    "row",
    [
        {"lat": 52.0313, "lon": 8.5322},
        {"lat": "52.0313", "lon": "8.5322"},
        {"latitude": 8.5322, "longitude": 52.0313},
        {"x": UTM32[0], "y": UTM32[1]},
        {"Hochwert": UTM32[0], "Rechtswert": UTM32[1]},
        {"point": [52.0313, 8.5322]},
        {"point": "52.0313, 8.5322"},
        {"geom": "POINT (8.5322 52.0313)"},
        {"geometry": {"type": "Point", "coordinates": list(UTM32)}},
        {"rechtswert": GK3[0], "hochwert": GK3[1]},
    ],
)
def test_a_place_is_found_however_it_is_written(row: dict[str, Any]) -> None:
    longitude, latitude = placed([row])

    assert abs(longitude - 8.5322) < 0.003
    assert abs(latitude - 52.0313) < 0.003


def test_the_system_that_a_document_names_is_taken() -> None:
    longitude, latitude = placed([{"x": 382_000.0, "y": 5_818_000.0}], 25833)

    # West of the middle of the zone, which is 15 degrees east; in zone 32 it would be 7.
    assert 13.2 < longitude < 13.3
    assert 52.4 < latitude < 52.6


def test_degrees_among_metres_are_told_apart() -> None:
    rows = [{"x": UTM32[0], "y": UTM32[1]}, {"x": 8.5322, "y": 52.0313}, {"x": UTM32[0], "y": UTM32[1]}]

    places = [placed([row, *rows]) for row in rows]

    assert all(abs(longitude - 8.5322) < 0.003 and abs(latitude - 52.0313) < 0.003 for longitude, latitude in places)


def test_numbers_that_are_no_place_are_none() -> None:
    fields: list[Field] = make_fields([{"x": 12_000_000, "y": 3}])

    assert find_place(fields, None) is None
