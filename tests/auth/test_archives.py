# SPDX-License-Identifier: EUPL-1.2
"""The form of archives: what was packed is unpacked, and what was changed on the way is known as such."""

import asyncio
import io
import tarfile
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.errors import BadRequestData
from auth.archives.manifest import (
    DERIVED,
    Manifest,
    Table,
    TableEntry,
    part_name,
    read_manifest,
    require_steps,
    require_tables,
    table_of,
    write_manifest,
)
from auth.archives.packing import Packer
from auth.archives.unpacking import Unpacker

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MANIFEST = Manifest(
    platform="1.0",
    tenant="nord",
    exported_at=NOON,
    steps=["one", "two"],
    tables=[TableEntry(name="name", columns=["seq", "id"], number="seq", last=7)],
)
files = st.lists(st.tuples(st.integers(1, 10**7), st.binary(max_size=2000)), max_size=5)


def pack(files):
    packer = Packer(NOON)
    return b"".join([packer.add(part_name("name", number), content) for number, content in files]) + packer.finish()


def unpack(archive, size=997):
    """What is in an archive that comes in pieces."""

    async def pieces():
        for start in range(0, len(archive), size):
            yield archive[start : start + size]

    async def read():
        unpacker, found = Unpacker(pieces()), []
        while (name := await unpacker.next_file()) is not None:
            found.append((name, b"".join([piece async for piece in unpacker.content()])))
        return found

    return asyncio.run(read())


@given(files, st.integers(1, 5000))
def test_what_was_packed_is_unpacked_however_it_comes(files, size):
    archive = pack(files)

    found = unpack(archive, size)

    assert found == [(part_name("name", number), content) for number, content in files]
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        assert [tar.extractfile(member).read() for member in tar][:-1] == [content for _, content in files]


@settings(max_examples=200)
@given(files, st.data())
def test_what_was_cut_off_or_changed_is_refused(files, data):
    archive = pack(files)
    at = data.draw(st.integers(0, len(archive) - 1))
    bit = data.draw(st.integers(0, 7))
    changed = archive[:at] + bytes([archive[at] ^ 1 << bit]) + archive[at + 1 :]

    with pytest.raises(BadRequestData, match="damaged"):
        unpack(archive[:at])
    # Some bits mean nothing: in gzip's head, and where the last byte of what was compressed is filled up.
    try:
        found = unpack(changed)
    except BadRequestData as error:
        found, refusal = None, str(error)
    assert found == unpack(archive) if found is not None else "damaged" in refusal


def test_what_compresses_to_nothing_is_read_in_pieces():
    largest = 0

    async def read():
        nonlocal largest

        async def pieces():
            yield pack([(1, bytes(50_000_000))])

        unpacker = Unpacker(pieces())
        await unpacker.next_file()
        async for piece in unpacker.content():
            largest = max(largest, len(piece))
        return await unpacker.next_file()

    assert asyncio.run(read()) is None
    assert largest <= 1024 * 1024


def test_a_manifest_is_read_as_it_was_written():
    text = write_manifest(MANIFEST)

    assert read_manifest(text) == MANIFEST
    assert orjson.loads(text)["exported_at"] == "2026-06-01T12:00:00Z"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not JSON"),
        (b"[]", "not that of a tenant"),
        (b"{}", "not that of a tenant"),
        (b'{"format": "allmende-tenant"}', "version None"),
        (b'{"format": "allmende-tenant", "version": 99}', "version 99"),
        (b'{"format": "allmende-tenant", "version": 1}', "field 'platform'"),
        (write_manifest(MANIFEST).replace(b'"seq",', b'"seq", 1,', 1), "field 'tables.0.columns.1'"),
    ],
)
def test_a_manifest_that_is_not_understood_is_told_why(content, words):
    with pytest.raises(BadRequestData, match=words):
        read_manifest(content)


@pytest.mark.parametrize("name", ["", "x", "../name/000001.csv", "name/1.csv", "name/000001.csv/x", "/name/000001.csv"])
def test_a_file_of_another_name_is_refused(name):
    with pytest.raises(BadRequestData, match="damaged"):
        table_of(name)


def test_the_name_of_a_file_says_its_table():
    assert table_of(part_name("value_index", 1)) == "value_index"
    assert table_of(part_name("history", 12_345_678)) == "history"


def test_steps_must_be_those_of_this_platform_or_the_first_of_them():
    assert require_steps(MANIFEST, ["one", "two"]) == 2
    assert require_steps(MANIFEST, ["one", "two", "three"]) == 2
    for known in ([], ["one"], ["two", "one"], ["one", "other", "two"]):
        with pytest.raises(BadRequestData, match=r"version 1\.0 of the platform"):
            require_steps(MANIFEST, known)


def test_tables_must_be_those_of_the_tenant():
    derived = [Table(name, ("x",)) for name in DERIVED]
    require_tables(MANIFEST, [Table("name", ("seq", "id"), "seq"), *derived])

    for known in (
        [],
        [Table("name", ("id", "seq"), "seq")],
        [Table("name", ("seq", "id"))],
        [Table("name", ("seq", "id"), "seq"), Table("more", ("x",))],
    ):
        with pytest.raises(BadRequestData, match="other tables"):
            require_tables(MANIFEST, known)
    with pytest.raises(BadRequestData, match="other tables"):
        require_tables(
            MANIFEST.model_copy(update={"tables": MANIFEST.tables * 2}), [Table("name", ("seq", "id"), "seq")]
        )
