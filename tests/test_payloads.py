# SPDX-License-Identifier: EUPL-1.2
"""JSON that comes in: hostile texts are refused with their reason, all others are read exactly."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.errors import InvalidRequest
from allmende.payloads import MAX_DEPTH, MAX_KEYS, dump_json, parse_json

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"{", "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": 1,}', "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b'"a\nb"', "not JSON"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b'"\xed\xa0\x80"', "not UTF-8"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": Infinity}', "Infinity is not JSON"),
        (b"[-Infinity]", "-Infinity is not JSON"),
        (b'{"a": 1e400}', "1e400 is out of range"),
        (b'{"a":-1E999}', "-1E999 is out of range"),
        (b"1" * 400, "out of range"),
        (b'{"a":' + b"9" * 30 + b"}", "out of range"),
        (b'{"a": 18446744073709551616}', "out of range"),
        (b"[-9223372036854775809]", "out of range"),
        (b"9" * 5000, "out of range"),
        (b'{"a": "x\\u0000y"}', r"U\+0000"),
        (b'{"a\\u0000": 1}', r"U\+0000"),
        (b'["\\ud800"]', "surrogate"),
        (b'["\\udc00\\ud800"]', "surrogate"),
        (b'{"\\uD83D": 1}', "surrogate"),
        (b'{"a":1,"a":2}', "'a' occurs twice"),
        (b'{"a" :1,"a":2}', "'a' occurs twice"),
        (b'{"a"\n:1,"a"\t:2}', "'a' occurs twice"),
        (b'{"a":1,"\\u0061":2}', "'a' occurs twice"),
        (b'[{"b":{"a":1,"c":2,"a":1}}]', "'a' occurs twice"),
        (b'{"":1,"":2}', "'' occurs twice"),
        (b"[" * 101 + b"]" * 101, "deeper than 100"),
        (b'{"a":' * 101 + b"1" + b"}" * 101, "deeper than 100"),
        (b"[" * 100_000 + b"]" * 100_000, "deeper than 100"),
        (b"[" * 100_000, "deeper than 100"),
        (b'[{"a":' * 60 + b"1" + b"}]" * 60 + b" ", "deeper than 100"),
        (b'["]]]]",' * 120 + b"1" + b"]" * 120, "deeper than 100"),
        (b'["' + b"[" * 200 + b'",' + b"[" * 100 + b"]" * 100 + b"]", "deeper than 100"),
    ],
)
def test_hostile_json_is_refused_with_its_reason(raw, words):
    with pytest.raises(InvalidRequest, match=words) as caught:
        parse_json(raw)

    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("form", [b'"k%d":1', b'"k%d" :1', b'"\\"k%d":1'])
def test_too_many_keys_are_refused(form):
    raw = b"{" + b",".join(form % number for number in range(MAX_KEYS + 1)) + b"}"

    with pytest.raises(InvalidRequest, match="500,000 keys"):
        parse_json(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 2_000_000,
        b"[" * 200 + b'"' + b'\\"' * 1_000_000,
        b"[]" * 200 + b'"' + b"a" * 2_000_000,
        (b"[" * 99 + b"]" * 99 + b",") * 10_000,
        b"-" * 2_000_000,
        b'{"a":' * 300_000,
    ],
)
def test_hostile_json_is_refused_at_once(raw):
    start = time.perf_counter()

    with pytest.raises(InvalidRequest):
        parse_json(raw)

    assert time.perf_counter() - start < 3


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, None),
        (b'{"a": "' + b"[{" * 500 + b'"}', {"a": "[{" * 500}),
        (b'{"a": ":", "b": "\\":", "c \\" :": 1}', {"a": ":", "b": '":', 'c " :': 1}),
        (b'{"a": 1, "b": {"a": 1}}', {"a": 1, "b": {"a": 1}}),
        (b'["\\u00fc", "\\ud83d\\ude00", "\\\\u0000"]', ["ü", "😀", "\\u0000"]),
        (b"[9223372036854775807, -9223372036854775808]", [2**63 - 1, -(2**63)]),
        (b"[18446744073709551615]", [2**64 - 1]),
        (b'["\\u00e4", 18446744073709551615]', ["ä", 2**64 - 1]),
        (b"[1e5, 1.50, -0.0, 1e-400]", [100000.0, 1.5, -0.0, 0.0]),
        (b'"urn:uuid:0123456789012345678901234567"', "urn:uuid:0123456789012345678901234567"),
        (b"0.1234567890123456789012345", 0.12345678901234568),
        (b"null", None),
        (b' {"a" : [ ] } ', {"a": []}),
    ],
)
def test_unusual_json_is_read_exactly(raw, value):
    parsed = parse_json(raw)

    assert parsed == value or value is None
    assert type(parsed) is type(value) or value is None


@given(values, st.sampled_from([None, 1]), st.booleans())
def test_every_way_to_write_a_value_is_read_as_that_value(value, indent, ascii_only):
    raw = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode()

    assert parse_json(raw) == value
    assert parse_json(dump_json(value)) == value


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from([b'"a"', b":", b",", b"{", b"}", b"[", b"]", b"1", b"1e999", b"\\u0000", b'"', b" ", b"\xff"])
    ).map(b"".join)
    | st.binary(max_size=30)
)
def test_whatever_comes_is_read_or_refused(raw):
    try:
        value = parse_json(raw)
    except InvalidRequest:
        return

    assert value == json.loads(raw)


def test_json_goes_out_as_utf_8_without_escapes():
    assert dump_json({"name": "Größe <ü> & 'x'"}) == '{"name":"Größe <ü> & \'x\'"}'.encode()
