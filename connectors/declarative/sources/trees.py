# SPDX-License-Identifier: EUPL-1.2
"""XML as objects, lists and texts, read without entities, document types or anything from outside the file."""

from typing import Any
from xml.parsers import expat

MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 100
MAX_NODES = 1_000_000


class UnusableXml(Exception):
    """The text is no XML that is read here; says the line and why."""


def read_xml(content: bytes | str) -> dict[str, Any]:
    """Give {name of the root: its content}; raises UnusableXml.

    An element is its text, or an object of its attributes ("@x"), its children (a list where a name comes again) and
    the text beside them ("#text"). Bytes are read in the encoding that the file declares, else UTF-8.
    """
    if len(content) > MAX_BYTES:
        raise UnusableXml(f"it has more than {MAX_BYTES // 1024 // 1024} MiB")
    parser = expat.ParserCreate()
    tree = _Tree(parser)
    parser.buffer_text = True
    parser.ordered_attributes = True
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.text
    # Refused as a whole: entities are declared there, and files outside are named.
    parser.StartDoctypeDeclHandler = tree.refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise UnusableXml(f"line {error.lineno}: {expat.ErrorString(error.code)}") from error
    except (LookupError, ValueError) as error:
        # An encoding that Python does not know, or that takes several bytes for a character.
        raise UnusableXml(f"line {parser.CurrentLineNumber}: {error}") from error
    return tree.root


class _Tree:
    """What is open while a file is read: for each open element its object, and the texts in it."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self._parser = parser
        self.root: dict[str, Any] = {}
        self._open: list[dict[str, Any]] = [self.root]
        self._texts: list[list[str]] = [[]]
        self._nodes = 0

    def start(self, _: str, attributes: list[str]) -> None:
        self._nodes += 1 + len(attributes) // 2
        if self._nodes > MAX_NODES:
            raise self._problem(f"there are more than {MAX_NODES} elements and attributes")
        if len(self._open) > MAX_DEPTH:
            raise self._problem(f"elements are nested more than {MAX_DEPTH} deep")
        content: dict[str, Any] = {}
        for key, value in zip(attributes[::2], attributes[1::2], strict=True):
            prefix, _, local = key.rpartition(":")
            # Of `type` and `xsi:type`, the plain one is meant.
            if key != "xmlns" and prefix != "xmlns" and not (prefix and f"@{local}" in content):
                content[f"@{local}"] = value
        self._open.append(content)
        self._texts.append([])

    def text(self, text: str) -> None:
        self._texts[-1].append(text)

    def end(self, name: str) -> None:
        content, text = self._open.pop(), "".join(self._texts.pop()).strip()
        if content and text:
            content["#text"] = text
        _add(self._open[-1], name.rpartition(":")[2], content or text)

    def refuse(self, *_: object) -> None:
        raise self._problem("a document type (<!DOCTYPE) is not allowed")

    def _problem(self, words: str) -> UnusableXml:
        return UnusableXml(f"line {self._parser.CurrentLineNumber}: {words}")


def _add(parent: dict[str, Any], name: str, content: Any) -> None:
    if name not in parent:
        parent[name] = content
    elif type(parent[name]) is list:
        parent[name].append(content)
    else:
        parent[name] = [parent[name], content]
