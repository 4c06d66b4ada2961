# SPDX-License-Identifier: EUPL-1.2
"""What is compiled to Python gives what JSONata gives; both engines agree."""

import gc
import sys
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.declarative.decimals import number_reader
from connectors.declarative.engines import Engine, ExpressionError, PythonEngine, RustEngine, open_engine
from connectors.declarative.expressions import Expressions
from connectors.declarative.functions import build_functions
from connectors.declarative.localtime import LocalTimes
from connectors.declarative.lookups import to_table
from connectors.declarative.scopes import Scope

TABLES = {"sites": {"1": {"name": "Süd"}}}
ENGINES = [RustEngine(), PythonEngine()]
NAMES = ("a", "b", "c")
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-(2**40), 2**40), st.text(max_size=5))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)),
    max_leaves=8,
)
RECORDS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3)


def build(engine: Engine, decimal: str = ".") -> Expressions:
    return Expressions(engine, build_functions(TABLES, decimal=decimal), LocalTimes())


NULLS = {
    "a": None,
    "b": "y",
    "o": {"a": None, "c": {"a": None, "d": 1}},
    "l": [1, None, 2],
    "r": [{"a": None}, {"a": 1}],
}


def compute(expressions: Expressions, text: str, element: Any, record: Any = None) -> Any:
    return expressions.compile(text, "here").compute(Scope(element, record, "f.csv", 1))


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$number(a) > 0", None),
        ("b != 'x' and $number(a) >= 0", False),
        ("$default(a, 'else') & '!'", "else!"),
        ("$exists($lut('sites', a))", False),
        ("$exists($geo([a, a])) or $exists($geo(a, a))", False),
        ("$trim($default(a, ''))", ""),
    ],
)
def test_null_is_nothing_to_our_functions_within_jsonata(engine: Engine, text: str, expected: Any) -> None:
    assert compute(build(engine), text, {"a": None, "b": "y"}) == expected


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$trim(a)", None),
        ("$uppercase(o.a)", None),
        ("$round(a, 1)", None),
        ("$split(a, ',')[0]", None),
        ("a & '!'", "!"),
        ("a + 1", None),
        ("a > 1", None),
        ("a != null", False),
        ("$exists(a) or $exists(o.c.a)", False),
        ("$merge([o.c, {'e': 2}])", {"d": 1, "e": 2}),
        ("$trim($record.a)", None),
        ("$trim($lut('nulls', 1).name)", None),
        ("$count(l)", 3),
        ("$sum(l[$ != null])", 3),
    ],
)
def test_a_member_that_is_null_is_not_there(engine: Engine, text: str, expected: Any) -> None:
    functions = build_functions({"nulls": to_table("key", [{"key": 1, "name": None}])})
    expressions = Expressions(engine, functions, LocalTimes())

    assert compute(expressions, text, NULLS, NULLS) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("o.c", NULLS["o"]["c"]), ("$", NULLS), ("l", NULLS["l"]), ("r", NULLS["r"])]
)
def test_a_plain_path_gives_what_is_there_as_it_is(text: str, expected: Any) -> None:
    assert compute(build(ENGINES[0]), text, NULLS) == expected


def test_a_record_that_is_nested_too_deeply_is_an_error() -> None:
    deep: Any = None
    for _ in range(5000):
        deep = {"a": deep}

    with pytest.raises(ExpressionError, match="nested too deeply"):
        compute(build(ENGINES[0]), "a & ''", deep)


@pytest.mark.parametrize("text", ["$floor(l)", "$max(b)", "$fromMillis(b)", "$toMillis(l)"])
def test_the_slower_engine_fails_in_one_way(text: str) -> None:
    with pytest.raises(ExpressionError):
        compute(build(PythonEngine()), text, NULLS)


@given(record=RECORDS, path=st.lists(st.sampled_from(NAMES), min_size=1, max_size=3))
def test_a_plain_path_gives_what_jsonata_gives(record: dict[str, Any], path: list[str]) -> None:
    expressions = build(ENGINES[0])
    text = ".".join(path)
    expression = expressions.compile(text, "here")

    ours = expression.compute(Scope(record, record, "", 1))

    assert expression.plain
    assert ours == expressions.walker(text)(record)


@pytest.mark.parametrize(
    "text",
    [
        "a", "a.b", "`a`.`b`", "$record.a", "$file", "'text'", "12", "1.5",
        "$number(a)", "$number($record.a.b)", "$lut('sites', a).name", "$default(a, 'x')",
        "$local(a, 'Europe/Berlin')", "$geo(a, b, 25832)", "$geo(a)", "$unpivot($, ' (')",
    ],
)  # fmt: skip
def test_paths_literals_and_own_functions_are_plain(text: str) -> None:
    assert build(ENGINES[0]).compile(text, "here").plain


@pytest.mark.parametrize(
    "text",
    [
        "a + 1",
        "a[0]",
        "a.b & 'x'",
        "$sum(a)",
        "a ? b : c",
        "*",
        "**",
        "$uppercase(a)",
        "'a\\n'",
        "-1",
        "a.$string()",
    ],
)
def test_everything_else_is_jsonata(text: str) -> None:
    assert not build(ENGINES[0]).compile(text, "here").plain


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
@pytest.mark.parametrize(
    ("text", "element", "expected"),
    [
        ("$number(a) * 2", {"a": "21"}, 42),
        ("$number(a) + 1", {"a": ""}, None),
        ("$number(a) + 1", {"a": None}, None),
        ("$geo(a).type & ''", {"a": [None, None]}, ""),
        ("$lut('sites', a).name & '!'", {"a": 1}, "Süd!"),
        ("$default(a, 'none') & ''", {}, "none"),
        ("$local(d & ' ' & t, 'Europe/Berlin')", {"d": "2026-06-01", "t": "00:15"}, "2026-05-31T22:15:00Z"),
        ("$geo([lon, lat]).coordinates[0]", {"lon": "7.5", "lat": "51"}, 7.5),
        ("a[b = 2].c", {"a": [{"b": 1, "c": "x"}, {"b": 2, "c": "y"}]}, "y"),
        ("$exists(x) ? x : 'gone'", {}, "gone"),
        ("$fromMillis(a)", {"a": 1780000000000}, "2026-05-28T20:26:40.000Z"),
        ("a ~> $uppercase", {"a": "ä"}, "Ä"),
        ("a.{'n': b}", {"a": [{"b": 1}, {"b": 2}]}, [{"n": 1}, {"n": 2}]),
        ("$count(a)", {"a": [1, 2, 3]}, 3),
        ("$pad(a, 5, '01') & $pad(a, -3)", {"a": "x"}, "x0101  x"),
        ("x.y", {"x": [{"y": 1}, {"y": [2, 3]}]}, [1, 2, 3]),
        ("$record.k", {}, "v"),
        ("$file & ''", {}, "f.csv"),
        ("$count($unpivot($, '_'))", {"a_1": 1, "a": 2, "b_2": "", "c_3": None, "d_4": 0}, 2),
        ("/* a comment */ a & '$number(b)'", {"a": "x"}, "x$number(b)"),
    ],
)
def test_both_engines_give_the_same(engine: Engine, text: str, element: Any, expected: Any) -> None:
    assert compute(build(engine), text, element, {"k": "v"}) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("$nummber(a)", "$nummber does not exist; the nearest right name is $number"),
        ("$recrd.a", "$recrd does not exist; the nearest right name is $record"),
        ("($part := a; $prt & 'x')", "$prt does not exist; the nearest right name is $part"),
        ("a ~> $upercase", "$upercase does not exist; the nearest right name is $uppercase"),
        ("$qqq", "$qqq does not exist"),
    ],
)
def test_a_name_that_does_not_exist_is_an_error_when_it_is_compiled(text: str, words: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        build(ENGINES[0]).compile(text, "here")

    assert str(caught.value) == words


@pytest.mark.parametrize(
    "text",
    [
        "($x := a; $f := function($y, $z) {$y + $z}; $f($x, 1))",
        "$map(a, λ($one) {$one})",
        "a@$v.b[c = $v.c]",
        "a#$i.{'n': $i}",
        "'$none' & /$none/ & `$none`",
        "$$.a ~> $uppercase",
        "[$topic.name, $device.name, $file]",
    ],
)
def test_names_that_an_expression_makes_itself_exist(text: str) -> None:
    assert build(ENGINES[0]).compile(text, "here")


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
@pytest.mark.parametrize("text", ["a +", "a[", "$foo(", "'open"])
def test_what_is_not_an_expression_is_an_error_when_it_is_compiled(engine: Engine, text: str) -> None:
    with pytest.raises(ExpressionError):
        build(engine).compile(text, "here")


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
@pytest.mark.parametrize("text", ["'a' + 1", "$nothing(1)", "$number('x') + 1", "$lut('other', 1).a & ''"])
def test_what_fails_on_a_record_is_an_error(engine: Engine, text: str) -> None:
    with pytest.raises(ExpressionError):
        compute(build(engine), text, {})


def test_an_expression_of_another_thread_is_refused_and_nothing_breaks() -> None:
    evaluate = RustEngine().compile("a + 1", {})
    seen: list[Exception] = []

    def run() -> None:
        try:
            evaluate({"a": 1}, {})
        except ExpressionError as error:
            seen.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()

    assert len(seen) == 1
    assert evaluate({"a": 1}, {}) == 2


def test_an_expression_in_garbage_is_not_dropped_by_the_thread_that_collects_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unraisable: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    gc.disable()
    try:
        cycle: list[Any] = [RustEngine().compile("a + 1", {}) for _ in range(3)]
        cycle.append(cycle)
        del cycle
        thread = threading.Thread(target=gc.collect)
        thread.start()
        thread.join()
    finally:
        gc.enable()

    assert unraisable == []


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("$local($record.a & ' ' & $record.b, 'UTC')", True),
        ("$record.a.b", True),
        ("'urn:x:' & $record.a", True),
        ("$local(a, 'UTC')", False),
        ("$record.a & b", False),
        ("$record[a]", False),
        ("$", False),
        ("$string()", False),
        ("$substringBefore('-')", False),
        ("$substringBefore($record.a, '-')", True),
        ("$local($substring($record.a, 0, 16), 'UTC')", True),
        ("$now()", True),
    ],
)
def test_it_is_known_what_needs_no_element(text: str, alone: bool) -> None:
    assert build(ENGINES[0]).compile(text, "here").record_only is alone


def test_the_fast_engine_is_taken_where_it_is_installed() -> None:
    assert open_engine().name == "jsonatapy"
    assert open_engine("jsonata-python").name == "jsonata-python"


@pytest.mark.parametrize(
    ("decimal", "text", "expected"),
    [
        (".", "8", 8), (".", "-4", -4), (".", "1.5", 1.5), (".", " 7 ", 7), (".", "1e3", 1000.0), (".", "", None),
        (".", 5, 5), (".", True, 1), (",", "12,5", 12.5), (",", "1.234,5", 1234.5), (",", "7", 7), (".", "−3", -3), (".", "9" * 19, 1e19),
    ],
)  # fmt: skip
def test_numbers_are_read(decimal: str, text: Any, expected: Any) -> None:
    assert number_reader(decimal)(text) == expected


@pytest.mark.parametrize(
    ("decimal", "text"),
    [
        *((".", text) for text in ("12,5", "abc", "1 2", "0x10", "NaN", "Infinity", "1_000", "1e999", "١", "1,234")),
        *((",", text) for text in ("1.5", "01.02.2026", "1.2.3", "1,234.5", "12.34,5", ".5,0", "1,2,3")),
    ],
)
def test_what_is_not_a_number_is_an_error(decimal: str, text: str) -> None:
    with pytest.raises(ExpressionError, match=r"is not a number|is out of range"):
        number_reader(decimal)(text)


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
@pytest.mark.parametrize("text", ["$geo(x, 25832)", "$geo(x, 4326)", "$geo(a, b, 99999999)", "$geo('x')"])
def test_a_place_that_is_none_is_an_error(engine: Engine, text: str) -> None:
    with pytest.raises(ExpressionError):
        compute(build(engine), text, {"x": {"type": "Point", "coordinates": [500, "north"]}, "a": 1, "b": 2})


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_a_wide_row_becomes_a_reading_of_each_column(engine: Engine) -> None:
    row = {"time": "08:00", "12 (north)": "3", "12-status": "ok", "7 (b (c))": 0, "8 (x)": "", "9 (y)": None}
    assert compute(build(engine), "$unpivot($, ' (')", row) == [
        {"key": "12", "name": "12 (north)", "value": "3"},
        {"key": "7", "name": "7 (b (c))", "value": 0},
    ]


@pytest.mark.parametrize("text", ["$unpivot(a, ' ')", "$unpivot($, '')", "$unpivot($)", "$unpivot($, 3)"])
def test_what_is_no_row_is_no_wide_row(text: str) -> None:
    with pytest.raises(ExpressionError, match=r"^\$unpivot needs a row"):
        compute(build(ENGINES[0]), text, {"a": [1]})
