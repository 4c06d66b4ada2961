# SPDX-License-Identifier: EUPL-1.2
"""Payload codecs: JavaScript with limits, and its examples as tests."""

import time
from pathlib import Path
from typing import Any

import pytest

from allmende.errors import SettingsError
from connectors.declarative.lorawan.codecs import TIME_S, Codec, CodecError
from tests.connectors.test_testing import run
from tests.connectors.writing import HEAD, write_file

DOUBLE = "function decodeUplink(input) { return {data: {first: input.bytes[0], port: input.fPort}}; }"


def codec(folder: Path, text: str) -> Codec:
    return Codec(write_file(folder, text, "codec.js"))


@pytest.mark.parametrize(
    ("text", "data"),
    [
        (DOUBLE, {"first": 7, "port": 2}),
        ("const decodeUplink = (input) => ({data: {n: input.bytes.length}, warnings: null});", {"n": 2}),
        ("function Decode(fPort, bytes, variables) { return {sum: fPort + bytes[0] + bytes[1]}; }", {"sum": 17}),
        ("function decodeUplink(i) { return {data: {zero: 0, no: false, nan: NaN}, errors: []}; }",
         {"zero": 0, "no": False, "nan": None}),
        ("function decodeUplink(i) { return {data: {at: i.recvTime.getUTCHours()}}; }", {"at": 10}),
        ("JSON.stringify = () => 'no'; function decodeUplink(i) { return {data: {x: 1}}; }", {"x": 1}),
    ],
)  # fmt: skip
def test_a_payload_is_decoded(tmp_path: Path, text: str, data: dict[str, Any]) -> None:
    assert codec(tmp_path, text).decode(bytes([7, 8]), 2, "2026-10-01T10:00:00.000Z") == (data, [])


def test_warnings_are_given(tmp_path: Path) -> None:
    text = "function decodeUplink(input) { return {data: {x: 1}, warnings: ['battery low', 5]}; }"

    assert codec(tmp_path, text).decode(b"", 1) == ({"x": 1}, ["battery low", "5"])


HOSTILE = """
function decodeUplink(input) {
  if (input.fPort === 1) while (true) {}
  if (input.fPort === 2) { const all = []; while (true) all.push(new Array(1000).fill(1)); }
  if (input.fPort === 3) return decodeUplink(input);
  if (input.fPort === 4) return {data: /^(a+)+$/.test("a".repeat(40) + "b")};
  if (input.fPort === 5) throw new Error("length " + input.bytes.length);
  if (input.fPort === 6) return {data: {x: 1}, errors: ["unknown frame", "second"]};
  if (input.fPort === 7) return {warnings: []};
  if (input.fPort === 8) return;
  if (input.fPort === 9) return "text";
  if (input.fPort === 10) while (true) { try { while (true) {} } catch (error) {} }
  if (input.fPort === 11) return {data: "x".repeat(1e9)};
  if (input.fPort === 12) return {data: {lone: "\\ud800"}};
  if (input.fPort === 13) { let deep = 1; for (let i = 0; i < 1100; i++) deep = [deep]; return {data: deep}; }
  return {data: {x: 1}};
}
"""


@pytest.mark.parametrize(
    ("port", "words"),
    [
        (1, f"it took more than {TIME_S} s and was stopped"),
        (2, "and was stopped"),
        (3, "Maximum call stack size exceeded"),
        (4, f"it took more than {TIME_S} s and was stopped"),
        (5, "Error: length 0"),
        (6, "codec.js: unknown frame; second"),
        (7, "gives no data"),
        (8, "gives nothing that is JSON"),
        (9, "must give an object with data"),
        (10, f"it took more than {TIME_S} s and was stopped"),
        (11, "it needed more than 16 MiB and was stopped"),
        (12, "gives nothing that is JSON"),
        (13, "Maximum call stack size exceeded"),
    ],
)
def test_a_codec_that_fails_says_why_and_goes_on(tmp_path: Path, port: int, words: str) -> None:
    hostile, start = codec(tmp_path, HOSTILE), time.process_time()

    with pytest.raises(CodecError) as error:
        hostile.decode(b"", port)

    assert words in str(error.value)
    assert time.process_time() - start < 10 * TIME_S
    assert hostile.decode(b"", 20) == ({"x": 1}, [])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("function decode() {}", "has neither decodeUplink(input) nor Decode(fPort, bytes)"),
        ("function decodeUplink( {", "SyntaxError"),
        ("while (true) {}", "was stopped"),
        ("require('fs'); function decodeUplink() {}", "ReferenceError: require is not defined"),
    ],
)
def test_a_codec_that_cannot_be_used_is_an_error_of_the_file(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsError) as error:
        codec(tmp_path, text)

    assert words in str(error.value)


@pytest.mark.parametrize("name", ["std", "os", "require", "fetch", "XMLHttpRequest", "process", "scriptArgs", "print"])
def test_a_codec_reaches_nothing_outside(tmp_path: Path, name: str) -> None:
    text = f"function decodeUplink() {{ return {{data: {{kind: typeof {name}}}}}; }}"

    assert codec(tmp_path, text).decode(b"", 1) == ({"kind": "undefined"}, [])


def test_a_file_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none.js cannot be read"):
        Codec(tmp_path / "none.js")


EXAMPLES = """
uplinkDecoder:
  fileName: %s
  examples:
    - description: right
      input: {bytes: [0x07, 255], fPort: 2}
      output: {data: {first: 7, port: 2}}
    - description: wrong
      input: {bytes: [9], fPort: 3}
      output: {data: {first: 8, port: 3}}
    - input: {bytes: [], fPort: 1}
      output: {data: {port: 1}, warnings: [], errors: []}
"""


def test_examples_of_a_codec_are_tests_of_the_connector(tmp_path: Path) -> None:
    source = 'source: {type: ttn, url: "${URL}", codec: codecs/first.js}\n'
    path = write_file(tmp_path, f"{HEAD}{source}entity: {{type: T, id: devEui, attributes: {{x: object.first}}}}\n")
    write_file(tmp_path, DOUBLE, "codecs/first.js")
    write_file(tmp_path, EXAMPLES % "first.js", "codecs/device-codec.yaml")
    write_file(tmp_path, EXAMPLES % "other.js", "codecs/other-codec.yaml")

    done = run("test", path)

    expected, found = '{"data": {"first": 8, "port": 3}}', '{"data": {"first": 9, "port": 3}}'
    assert done.exit_code == 1
    assert done.stdout == "3 tests, 1 failures\n"
    assert done.stderr.splitlines()[0] == (
        f"{path}: fixture codecs/first.js: example 'wrong': expected {expected}, found {found}"
    )


@pytest.mark.parametrize(
    ("value", "failures"), [("0.3", 0), ("0.30000001", 1), ("1", 1), ("true", 1), ("[0.3, 1]", 1), ("{x: 0.3}", 1)]
)
def test_what_was_computed_may_differ_in_its_last_digits(tmp_path: Path, value: str, failures: int) -> None:
    source = 'source: {type: ttn, url: "mqtt://localhost", codec: payload/sum.js}\n'
    path = write_file(tmp_path, f"{HEAD}{source}entity: {{type: T, id: devEui, attributes: {{x: object.sum}}}}\n")
    write_file(tmp_path, "function Decode() { return {sum: 0.1 + 0.2, list: [0.3, 1]}; }", "payload/sum.js")
    output = f"{{data: {{sum: {value}, list: [0.3, 1]}}}}"
    example = f"{{input: {{bytes: [], fPort: 1}}, output: {output}}}"
    write_file(tmp_path, f"uplinkDecoder: {{fileName: payload/sum.js, examples: [{example}]}}", "sum-codec-1.0.yaml")

    done = run("test", path)

    assert done.stdout == f"1 tests, {failures} failures\n"


@pytest.mark.parametrize(
    ("examples", "words"),
    [
        (
            "uplinkDecoder: {fileName: first.js, examples: [{input: {bytes: [300]}, output: {}}]}",
            "example 1 needs input",
        ),
        ("uplinkDecoder: {fileName: first.js, examples: [1]}", "example 1 needs input"),
        ("a: [", "cannot be read"),
    ],
)
def test_examples_that_cannot_be_read_are_a_failure(tmp_path: Path, examples: str, words: str) -> None:
    source = 'source: {type: ttn, url: "mqtt://localhost", codec: first.js}\n'
    path = write_file(tmp_path, f"{HEAD}{source}entity: {{type: T, id: devEui, attributes: {{x: object.first}}}}\n")
    write_file(tmp_path, DOUBLE, "first.js")
    write_file(tmp_path, examples, "first-codec.yaml")

    done = run("test", path)

    assert done.exit_code == 1
    assert words in done.stderr
