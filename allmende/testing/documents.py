# SPDX-License-Identifier: EUPL-1.2
"""Documents of a fixture with one more record in them, written again in their format; pure."""

from collections.abc import Iterator
from itertools import islice
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import orjson

from allmende.testing.leaves import broken_copies, insert_after
from connectors.declarative.sources.layouts import Layout, decode
from connectors.declarative.sources.trees import read_xml

MOST = 50


def broken_documents(raw: bytes, layout: Layout, record: Any) -> Iterator[bytes]:
    """Give the document with a broken copy of a record behind it, in UTF-8; none where the record does not stand in it."""
    text = decode(raw, layout.encoding) if layout.encoding else raw
    is_xml = layout.format == "xml"
    document = read_xml(text) if is_xml else orjson.loads(text)
    for copy in islice(broken_copies(record), MOST):
        broken = insert_after(document, record, copy, alone=is_xml)
        if broken is not None:
            yield to_xml(broken).encode() if is_xml else orjson.dumps(broken)


def to_xml(document: dict[str, Any]) -> str:
    """Write what `read_xml` gives, and the same is read of it again.

    Where XML has room for text alone, in attributes and beside elements, what is of another kind is left out.
    """
    return "".join(_element(name, member) for name, content in document.items() for member in _members(content))


def _members(content: Any) -> list[Any]:
    return content if isinstance(content, list) else [content]


def _element(name: str, content: Any) -> str:
    if not isinstance(content, dict):
        return f"<{name}>{escape(str(content))}</{name}>"
    attributes = "".join(
        f" {key[1:]}={quoteattr(value if isinstance(value, str) else '')}"
        for key, value in content.items()
        if key.startswith("@")
    )
    children = {key: value for key, value in content.items() if key[0] not in "@#"}
    text = content.get("#text", "")
    return f"<{name}{attributes}>{escape(text) if isinstance(text, str) else ''}{to_xml(children)}</{name}>"
