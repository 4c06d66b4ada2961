# SPDX-License-Identifier: EUPL-1.2
"""XML is read as objects, and hostile XML not at all."""

from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.declarative.sources import trees
from connectors.declarative.sources.layouts import Layout, Unusable
from connectors.declarative.sources.readers import read_rows
from connectors.declarative.sources.trees import UnusableXml, read_xml
from tests.connectors.writing import declare, map_one, read_all

NAMES = st.from_regex(r"[a-z][a-z0-9]{0,3}", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), max_size=8).map(str.strip)
WORDS = TEXTS.filter(bool)


# A busy machine is no failure.
def elements(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    children = inner | st.lists(inner, min_size=2, max_size=3)
    return st.builds(
        lambda attributes, content, text: {**attributes, **content, **text},
        st.dictionaries(NAMES.map(lambda name: f"@{name}"), TEXTS, max_size=2),
        st.dictionaries(NAMES, children, min_size=1, max_size=3),
        st.just({}) | WORDS.map(lambda text: {"#text": text}),
    )


def write(name: str, content: Any) -> str:
    """The XML of an element, indented, with prefixes."""
    if isinstance(content, list):
        return "\n  ".join(write(name, one) for one in content)
    if isinstance(content, str):
        return f"<n:{name}>{escape(content)}</n:{name}>"
    attributes = "".join(f" {k[1:]}={quoteattr(v)}" for k, v in content.items() if k[0] == "@")
    children = "\n  ".join(write(k, v) for k, v in content.items() if k[0] not in "@#")
    return f"<n:{name}{attributes}>\n {escape(content.get('#text', ''))}<!-- -->\n  {children}</n:{name}>"


@given(NAMES, st.recursive(TEXTS, elements, max_leaves=12))
def test_what_was_written_is_read(name: str, content: Any) -> None:
    text = write(name, content)

    assert read_xml(text) == {name: content}
    assert read_xml(text.encode()) == {name: content}


@example(b"\xef")
@given(st.binary(max_size=60) | st.text(alphabet="<>/a='&;![]-? \n", max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused_with_a_line(raw: bytes) -> None:
    (row,) = read_rows(raw, Layout(format="xml"))

    assert len(row) == 1 if isinstance(row, dict) else ": line " in row.problem


def test_the_examples_of_the_reference_hold() -> None:
    park = '<d:park xmlns:d="urn:x" id="7"><name>Nord</name></d:park>'

    assert read_xml(park) == {"park": {"@id": "7", "name": "Nord"}}
    assert read_xml("<a><b>1</b><b>2</b><c/></a>") == {"a": {"b": ["1", "2"], "c": ""}}
    assert read_xml('<name lang="de">Nord</name>') == {"name": {"@lang": "de", "#text": "Nord"}}


@pytest.mark.parametrize("attributes", ['type="A" x:type="B"', 'x:type="B" type="A"'])
def test_an_attribute_without_a_prefix_wins(attributes: str) -> None:
    assert read_xml(f'<a xmlns="urn:a" xmlns:x="urn:x" {attributes}/>') == {"a": {"@type": "A"}}


def test_the_five_entities_numbers_and_sections_are_text() -> None:
    assert read_xml("<a> &lt;&amp;&#252;<![CDATA[<b>]]> </a>") == {"a": "<&ü<b>"}


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "windows-1252", "utf-16"])
def test_a_file_is_read_in_the_encoding_that_it_declares(encoding: str) -> None:
    raw = f'<?xml version="1.0" encoding="{encoding}"?><a>Münster</a>'.encode(encoding)

    assert read_xml(raw) == {"a": "Münster"}


def test_the_encoding_of_the_connector_file_wins() -> None:
    raw = '<?xml version="1.0" encoding="utf-8"?><a>Münster</a>'.encode("latin-1")

    assert list(read_rows(raw, Layout(format="xml", encoding="latin-1"))) == [{"a": "Münster"}]


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]>\n<a>&l9;</a>', "line 1: a document type"),
        ('\n<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<a>&x;</a>', "line 2: a document type"),
        ('<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>', "line 1: a document type"),
        ("<a>\n&x;</a>", "line 2: undefined entity"),
        ("<a>" * 101 + "</a>" * 101, "line 1: elements are nested more than 100 deep"),
        ("<a>\n<b></a>", "line 2: mismatched tag"),
        ("<a>\n<b>1</b>\n", "line 3: no element found"),
        ("", "line 1: no element found"),
        ("id;name\n1;a", "line 1: not well-formed"),
        ("<a/>\n<b/>", "line 2: junk after document element"),
        (b"<a>\nM\xfcnster</a>", "line 2: not well-formed"),
        (b'<?xml version="1.0" encoding="utf-99"?><a/>', "line 1: unknown encoding"),
        (b'<?xml version="1.0" encoding="shift_jis"?><a/>', "line 1: multi-byte encodings"),
    ],
)
def test_hostile_and_broken_files_are_one_error_with_a_line(raw: str | bytes, problem: str) -> None:
    (row,) = read_rows(raw if isinstance(raw, bytes) else raw.encode(), Layout(format="xml"))

    assert isinstance(row, Unusable)
    assert row.problem.startswith(f"The file cannot be read as XML: {problem}")


def test_a_hundred_levels_are_read() -> None:
    assert read_xml("<a>" * 100 + "</a>" * 100)


@pytest.mark.parametrize(("limit", "value"), [("MAX_BYTES", 20), ("MAX_NODES", 4)])
def test_too_large_a_file_is_refused(limit: str, value: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees, limit, value)

    with pytest.raises(UnusableXml, match="more than"):
        read_xml('<a x=""><b y=""/><b/></a>')


CONNECTOR = """
source: {type: folder, path: ., files: "free-*.xml"}
records: parks.park
lookup: {sites: {path: sites.xml, records: sites.site, key: "@id"}}
entity:
  type: T
  id: $.`@id`
  attributes: {free: $number(free), name: "$lut('sites', $.`@id`).name", status: "[status]"}
"""


def test_one_element_and_several_are_read_alike(tmp_path: Path) -> None:
    one = '<park id="1"><free>3</free><status>open</status></park>'
    two = '<park id="2"><free>4</free><status>open</status><status>full</status></park>'
    (tmp_path / "free-1.xml").write_text(f"<parks>{one}</parks>")
    (tmp_path / "free-2.xml").write_text(f"<parks>{one}{two}</parks>")
    (tmp_path / "sites.xml").write_text('<sites><site id="2"><name>Süd</name></site></sites>', encoding="utf-8")
    connector = declare(tmp_path, CONNECTOR)

    records = read_all(connector)
    entities = [map_one(connector, record.content).entities[0] for record in records]

    assert [entity["free"]["value"] for entity in entities] == [3, 3, 4]
    assert [entity["status"]["value"] for entity in entities] == [["open"], ["open"], ["open", "full"]]
    assert [entity.get("name", {}).get("value") for entity in entities] == [None, None, "Süd"]
