# SPDX-License-Identifier: EUPL-1.2
"""A connector before it runs: its process says what came of the file, and waits, and costs nobody else anything."""

from pathlib import Path

import pytest

from allmende.launch import candidates
from allmende.launch.candidates import compile_file
from allmende.launch.folder import Folder
from allmende.launch.supervision import ended

pytestmark = pytest.mark.server

FILE = """\
apiVersion: connectors/v1
name: parks
source: {type: file, path: parks.csv}
lookup: {sites: {path: sites.csv, key: id}}
entity:
  type: Park
  id: id
  attributes:
    name: $lut('sites', id).name
"""
NOWHERE = "mqtt://127.0.0.1:1"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "sites.csv").write_text("id,name\n1,Nord\n")
    written = tmp_path / "parks.yaml"
    written.write_text(FILE)
    return written


async def test_a_right_file_is_told_with_what_belongs_to_it_and_its_process_waits(file: Path, tmp_path: Path) -> None:
    first, second = [await compile_file(file, NOWHERE, Folder(tmp_path / "data")) for _ in range(2)]
    running = [candidate.process.poll() for candidate in (first, second)]
    first.dismiss()
    assert second.process.stdin is not None
    second.process.stdin.close()

    assert await ended(second.process) == 0, "it ends where the word does not come"
    assert running == [None, None]
    assert (first.name, first.problems, first.watched) == ("parks", [], (str(tmp_path / "sites.csv"),))
    assert (first.version, first.digest) == (second.version, second.digest)
    assert first.process.poll() is not None


async def test_a_process_that_says_something_else_is_ended_and_told(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('hello')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    candidate = await compile_file(file, NOWHERE, Folder(tmp_path / "data"))
    candidate.dismiss()

    assert candidate.problems == ["Its process ended with status -9 while it was compiled; see the lines above"]


@pytest.mark.parametrize(
    "source",
    [
        'type: mqtt, url: "mqtt://127.0.0.1", topics: a, username: u, password: "${file:secret}"',
        'type: http, url: "http://127.0.0.1", auth: {bearer: "${file:secret}"}',
        'type: webhook, auth: {hmac: {header: X-Signature, secret: "${file:secret}"}}',
        'type: sql, query: SELECT 1, url: "postgresql://u:${file:secret}@127.0.0.1/d"',
    ],
)
async def test_a_secret_that_changes_makes_another_version_to_run(file: Path, tmp_path: Path, source: str) -> None:
    secret = tmp_path / "secret"
    file.write_text(FILE.replace("type: file, path: parks.csv", source.replace("file:secret", f"file:{secret}")))
    digests = []
    for text in ("one", "two", "two"):
        secret.write_text(text)
        candidate = await compile_file(file, NOWHERE, Folder(tmp_path / "data"))
        candidate.dismiss()
        assert candidate.problems == []
        digests.append(candidate.digest)

    assert digests[0] != digests[1] == digests[2]


async def test_a_wrong_file_is_told_with_its_version_and_with_what_might_mend_it(file: Path, tmp_path: Path) -> None:
    (tmp_path / "sites.csv").unlink()
    without_table = await compile_file(file, NOWHERE, Folder(tmp_path / "data"))
    file.write_text(FILE.replace("entity:", "entitty:"))
    misspelt = await compile_file(file, NOWHERE, Folder(tmp_path / "data"))

    statuses = [await ended(candidate.process) for candidate in (without_table, misspelt)]
    for candidate in (without_table, misspelt):
        candidate.dismiss()

    assert statuses == [2, 2]
    assert without_table.problems == [f"Lookup sites: file {tmp_path / 'sites.csv'} does not exist"]
    assert without_table.watched == (str(tmp_path / "sites.csv"),)
    assert "the nearest right key is 'entity'" in misspelt.problems[0]
    assert None not in (without_table.version, misspelt.version)
    assert without_table.version != misspelt.version


async def test_a_secret_that_was_changed_in_its_file_makes_another_candidate(file: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    taken = "hash_key: ${file:" + str(secret) + "}\n"
    hook = f"source: {{type: webhook, auth: {{bearer: '${{file:{secret}}}'}}, format: json}}"
    digests = []
    for text in (FILE + taken, FILE.replace("source: {type: file, path: parks.csv}", hook)):
        file.write_text(text)
        for value in ("the first of the keys", "the second of the keys"):
            secret.write_text(value)
            candidate = await compile_file(file, NOWHERE, Folder(tmp_path / "data"))
            candidate.dismiss()
            assert candidate.problems == []
            digests.append(candidate.digest)

    assert len(set(digests)) == 4
    assert not any("key" in str(digest) for digest in digests)


async def test_a_process_that_ends_without_a_word_is_told(tmp_path: Path) -> None:
    candidate = await compile_file(tmp_path / "missing.yaml", NOWHERE, Folder(tmp_path / "data"))
    candidate.dismiss()

    assert candidate.problems == ["Its process ended with status 2 while it was compiled; see the lines above"]


async def test_a_file_that_takes_too_long_is_given_up(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "COMPILE_S", 0.01)

    candidate = await compile_file(file, NOWHERE, Folder(tmp_path / "data"))
    status = await ended(candidate.process)
    candidate.dismiss()

    assert candidate.problems == ["It cannot be compiled within 0 s"]
    assert status == -9
