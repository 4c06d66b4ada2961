# SPDX-License-Identifier: EUPL-1.2
"""A check: one malformed record among good ones is one dead letter, and the others go on."""

from dataclasses import replace

import msgspec

from allmende.connector import Record
from allmende.testing.cases import Case, Expected, expect
from allmende.testing.delivering import Given, deliver_to
from allmende.testing.documents import broken_documents
from allmende.testing.leaves import broken_copies
from allmende.testing.memory import Memory
from allmende.testing.readings import named
from allmende.testing.receiver import open_receiver
from connectors.declarative.connector import Declared
from connectors.declarative.sources.files import FolderSource
from connectors.declarative.sources.layouts import Layout, Unusable
from connectors.declarative.sources.readers import read_rows

UNNOTICED = (
    "a record whose values are of the wrong kind is taken as it is: let $number read numbers and $local times, and make "
    "'id' of the record, so that it becomes a dead letter"
)


async def check_malformed(case: Case) -> list[str]:
    """Put a broken record behind the first, made after the fixture's format."""
    expected = await expect(case)
    if expected.problem:
        return [expected.problem]
    connector, records = case.open(), expected.records
    sample = next((record for record in records if connector.mapping.map(record, None).entities), records[0])
    reason = lost_with(connector, sample)
    if reason is not None:
        return [f"one broken record makes the whole file unusable, write 'records' so that it only chooses: {reason}"]
    source = Given([records[0], break_record(connector, sample), *records[1:]])
    async with open_receiver() as receiver:
        await deliver_to(case.open(), case.folder / "malformed.sqlite", receiver.port, source=source)
    return _judge(receiver.memory, expected)


def _judge(memory: Memory, expected: Expected) -> list[str]:
    lost = named(expected.readings - memory.arrived())
    problems = [f"{name} of a good record is lost beside a broken one" for name in lost]
    reported = sum(len(arrival.content) for arrival in memory.arrivals if arrival.kind == "deadletters")
    if len(memory.letters) <= expected.errors:
        problems.append(UNNOTICED)
    elif reported > expected.errors + 1:
        problems.append(f"one broken record gave {reported - expected.errors} dead letters")
    return problems


def break_record(connector: Declared, record: Record) -> Record:
    """Give a broken record: of a CSV a row that is cut off, else one with values of the wrong kind.

    Of those, the first that the mapping notices; else one that it makes something of; else one whose values are all wrong.
    """
    if connector.source.format_of(record.part) == "csv" and (cut := _cut_row(connector, record)) is not None:
        return cut
    copies = [msgspec.structs.replace(record, content=copy, first=False) for copy in broken_copies(record.content)]
    copies = [copy for copy in copies if copy.content != record.content]
    mapped = [(copy, connector.mapping.map(copy, None)) for copy in copies]
    noticed = next((copy for copy, result in mapped if result.problems), None)
    return noticed or next((copy for copy, result in mapped if result.entities), copies[0])


def _cut_row(connector: Declared, record: Record) -> Record | None:
    """Write a cut-off line behind the first row, as the file has them, and read both; None where it reads well."""
    layout = _layout(connector, record.part)
    try:
        line = "\nmalformed\n".encode(layout.encoding or "utf-8")
        row = list(read_rows(connector.source.sample(record.part, 1) + line, layout))[-1]
    except (LookupError, UnicodeError):
        return None
    if not isinstance(row, Unusable):
        return None
    return Record(content=row.content, part=record.part, problem=row.problem)


def lost_with(connector: Declared, record: Record) -> str | None:
    """Why `records` gives none of a document's records once a broken one is among them."""
    source, layout = connector.source, _layout(connector, record.part)
    if layout.format not in {"json", "geojson", "xml"} or not isinstance(source, FolderSource) or not source.select:
        return None
    raw = source.path_of(record.part).read_bytes()
    for document in broken_documents(raw, layout, record.content):
        rows = list(read_rows(document, replace(layout, encoding="utf-8"), source.select))
        if len(rows) == 1 and isinstance(rows[0], Unusable):
            return rows[0].problem
    return None


def _layout(connector: Declared, part: str) -> Layout:
    return Layout.of(connector.file.source, connector.source.format_of(part))
