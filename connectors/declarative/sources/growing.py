# SPDX-License-Identifier: EUPL-1.2
"""Files that others still write: where reading goes on, and what of them is whole. Pure."""

import hashlib

MOST_OF_A_ROW = 64 * 1024
"""So far back a quotation mark is looked for that is not closed yet."""

_LINE_ENDS = (b"\n", b"\r")


def digest(raw: bytes | memoryview) -> str:
    """Give what tells a content from any other."""
    return hashlib.sha256(raw).hexdigest()[:32]


def continues(raw: bytes, form: str, size: int, known: str) -> bool:
    """Whether a file is as it was, or (a CSV) has grown at its end; else it is read anew."""
    if form != "csv" and len(raw) != size:
        return False
    return len(raw) >= size and digest(memoryview(raw)[:size]) == known


def was_cut(raw: bytes, size: int) -> bool:
    """Whether the last row was not written to its end when the file had that size: it is read once more."""
    around = raw[size - 1 : size + 1]
    if len(around) < 2:
        return False
    return not set(around) & set(b"\r\n\0") or raw.count(b'"', 0, size) % 2 == 1


def whole_rows(raw: bytes, encoding: str | None) -> bytes:
    """Give a CSV down to its last line's end outside quotation marks: what stands behind it may be written yet."""
    if not is_ascii_beneath(encoding):
        return raw
    end = last = _after_line_end(raw, len(raw))
    marks = raw.count(b'"', 0, end)
    while marks % 2:
        if last - end > MOST_OF_A_ROW or not end:
            return raw[:last]  # a mark that stands alone
        before = _after_line_end(raw, end - 1)
        marks -= raw.count(b'"', before, end)
        end = before
    return raw[:end]


def is_ascii_beneath(encoding: str | None) -> bool:
    """Whether a line's end and a quotation mark are single bytes, as in ASCII."""
    try:
        return '\n"'.encode(encoding or "utf-8") == b'\n"'
    except LookupError:
        return False


def _after_line_end(raw: bytes, end: int) -> int:
    return max(raw.rfind(sign, 0, end) for sign in _LINE_ENDS) + 1
