# SPDX-License-Identifier: EUPL-1.2
"""Functions about texts: decimal numbers, URNs, bytes, pseudonyms."""

import base64
import hmac
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.declarative.decimals import dec
from connectors.declarative.engines import ExpressionError, PythonEngine, RustEngine
from connectors.declarative.loading import FileProblems, load_connector
from connectors.declarative.texts import bytes_, hex_, text_functions, urn
from tests.connectors.writing import HEAD, declare, map_one, write_file


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12,5", 12.5),
        ("12.5", 12.5),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("1.234.567", 1234567),
        ("1'234,5", 1234.5),
        ("1 234", 1234),
        ("1\u202f234,5", 1234.5),
        ("1e5", 100000.0),
        ("-0,5", -0.5),
        ("−3", -3),
        ("17", 17),
        (" 4,0 ", 4.0),
        (0, 0),
        (2.5, 2.5),
        ("", None),
        (None, None),
    ],
)
def test_a_number_is_read_whichever_its_decimal_sign(text: Any, number: Any) -> None:
    assert dec(text) == number
    assert type(dec(text)) is type(number)


@pytest.mark.parametrize(
    "text", ["x", "1,2,3.4.5", "--1", "٣", True, "01.02.2026", "1.2.3", "12 34", "1,2345.6", "1.234 567"]
)
def test_what_is_no_number_is_an_error(text: Any) -> None:
    with pytest.raises(ExpressionError, match="is not a number"):
        dec(text)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_german_and_english_numbers_are_the_same(number: Any) -> None:
    english = f"{number:,.2f}"
    german = english.replace(",", "_").replace(".", ",").replace("_", ".")

    assert dec(english) == dec(german) == float(number)


def test_a_urn_names_another_entity() -> None:
    assert urn("Building", "Rathaus 1") == "urn:ngsi-ld:Building:Rathaus%201"
    assert urn("Building", 7.0) == "urn:ngsi-ld:Building:7"
    assert urn("Building", "urn:ngsi-ld:Building:7") == "urn:ngsi-ld:Building:7"
    assert urn("Building", "") is None
    with pytest.raises(ExpressionError, match="entity type"):
        urn("Two words", 1)


@given(st.binary(max_size=40))
def test_bytes_come_back(raw: bytes) -> None:
    expected = list(raw) or None

    assert hex_(raw.hex(" ")) == expected
    assert bytes_(base64.b64encode(raw).decode()) == expected
    assert bytes_(base64.urlsafe_b64encode(raw).decode().rstrip("=")) == expected


@pytest.mark.parametrize(("function", "text"), [(hex_, "0g"), (hex_, "abc"), (bytes_, "%%%"), (bytes_, "a")])
def test_what_is_no_encoding_of_bytes_is_an_error(function: Any, text: str) -> None:
    with pytest.raises(ExpressionError, match=text):
        function(text)


def test_a_pseudonym_depends_on_the_key() -> None:
    one, other = (text_functions(key)["hash"] for key in ("k" * 16, "l" * 16))

    assert one("id") == hmac.digest(b"k" * 16, b"id", "sha256").hex()[:32]
    assert one("id") != other("id")
    assert (one(""), one(None)) == (None, None)
    assert one(5) == one(5.0) == one("5")


@pytest.mark.parametrize("engine", [RustEngine(), PythonEngine()], ids=lambda engine: engine.name)
def test_expressions_call_them_alone_and_inside_others(tmp_path: Path, engine: Any) -> None:
    connector = declare(
        tmp_path,
        """
        hash_key: 0123456789abcdef
        entity:
          type: T
          id: $hash(mac)
          attributes:
            level: $dec(level) * 2
            raw: $bytes(data)
            last: $hex(hex)[-1]
            owner: {relationship: "$urn('Building', house)"}
            missing: $dec(none)
        """,
        engine,
    )

    mapped = map_one(connector, {"mac": "aa", "level": "1,5", "data": "AQI=", "hex": "0a0b", "house": 3})

    (entity,) = mapped.entities
    assert mapped.problems == []
    assert len(entity["id"].rpartition(":")[2]) == 32
    assert (entity["level"]["value"], entity["raw"]["value"], entity["last"]["value"]) == (3, [1, 2], 11)
    assert entity["owner"]["object"] == "urn:ngsi-ld:Building:3"
    assert "missing" not in entity
    assert not any("$hash" in warning for warning in connector.warnings)


def test_a_pseudonym_without_a_key_is_warned_of(tmp_path: Path) -> None:
    connector = declare(tmp_path, "entity: {type: T, id: $hash(mac), attributes: {a: 1}}")

    assert any("$hash without hash_key" in warning for warning in connector.warnings)


HASHED = "hash_key: {key}\nentity: {{type: T, id: $hash(mac), attributes: {{a: 1}}}}"


def test_the_key_of_pseudonyms_is_shown_nowhere(tmp_path: Path) -> None:
    connector = declare(tmp_path, HASHED.format(key="hidden-in-the-file"))

    shown = f"{connector!r} {connector.file.model_dump_json()} {map_one(connector, {'mac': [1]})!r}"

    assert "hidden-in-the-file" not in shown


def test_a_short_key_is_refused_without_being_shown(tmp_path: Path) -> None:
    with pytest.raises(FileProblems, match="'hash_key': must have at least 16 characters") as caught:
        declare(tmp_path, HASHED.format(key="tooshort"))

    assert "tooshort" not in str(caught.value)


def test_a_key_whose_variable_has_a_short_name_is_no_problem_of_its_own(tmp_path: Path) -> None:
    path = write_file(tmp_path, HEAD + "source: {type: file, path: s.json}\n" + HASHED.format(key="${KEY}"))

    loaded = load_connector(path, environment={}, strict=False)

    assert loaded.warnings == ["connector.yaml, line 4: environment variable KEY is not set"]
