# SPDX-License-Identifier: EUPL-1.2
"""Connector files are checked: every error names its line."""

import json
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from allmende.errors import SettingsError
from connectors.commands import connectors
from connectors.declarative.loading import FileProblems, load_connector
from connectors.targets import find_target
from tests.connectors.writing import write_file

GOOD = """\
apiVersion: connectors/v1
name: freiburg-parking
source:
  type: file
  path: ${FOLDER}/feed.json
  every: 5m
entity:
  type: OffStreetParking
  id: id
  attributes:
    NO: no
    on: {value: free, unit: C62}
"""


def test_a_right_file_is_loaded(tmp_path: Path) -> None:
    loaded = load_connector(write_file(tmp_path, GOOD), environment={"FOLDER": "/feeds"})

    assert loaded.connector.source.path == "/feeds/feed.json"
    assert loaded.connector.source.every.total_seconds() == 300
    assert list(loaded.connector.blocks[0].attributes) == ["NO", "on"]
    assert loaded.connector.blocks[0].attributes["NO"].value == "no"


@pytest.mark.parametrize(
    ("given", "size", "when_full"),
    [
        ("", 256 * 1024**2, "block"),
        ("spool: {size: 2GiB}\n", 2 * 1024**3, "block"),
        ("spool: {size: 512 KiB, when_full: drop_oldest}\n", 512 * 1024, "drop_oldest"),
        ("spool: {size: 70000}\n", 70_000, "block"),
    ],
)
def test_the_spool_has_a_size_and_a_policy(tmp_path: Path, given: str, size: int, when_full: str) -> None:
    loaded = load_connector(write_file(tmp_path, GOOD + given), environment={"FOLDER": "/feeds"})

    assert (loaded.connector.spool.size, loaded.connector.spool.when_full) == (size, when_full)


def test_files_beside_it_are_part_of_the_version_and_secrets_are_not(tmp_path: Path) -> None:
    (tmp_path / "sites.csv").write_text("id\n1\n")
    (tmp_path / "secret").write_text("utf-8")
    text = f"{GOOD}lookup: {{sites: {{path: '*.csv', key: id, encoding: '${{file:{tmp_path}/secret}}'}}}}\n"
    file = write_file(tmp_path, text)
    load = partial(load_connector, file, environment={"FOLDER": "/feeds"})

    first = load()
    (tmp_path / "secret").write_text("latin-1")
    other_secret = load()
    (tmp_path / "sites.csv").write_text("id\n2\n")
    other_table = load()
    (tmp_path / "more.csv").write_text("id\n3\n")
    more_tables = load()

    assert other_secret.version == first.version
    assert len({first.version, other_table.version, more_tables.version}) == 3
    assert first.watched == (f"{tmp_path}/*.csv", f"{tmp_path}/secret")


@pytest.mark.parametrize(
    ("right", "wrong", "line", "words"),
    [
        ("  type: file", "  type: fil", 4, "source type 'fil' does not exist; the nearest right one is 'file'"),
        ("  type: file", "  typ: file", 3, "key 'type' is required: one of file, folder"),
        ("name: freiburg-parking", "name: Freiburg_P", 2, "must be 1 to 63 of a-z, 0-9 and -, not 'Freiburg_P'"),
        ("entity:", "entitty:", 7, "nearest right key is 'entity'"),
        ("  every: 5m", "  evry: 5m", 6, "nearest right key is 'every'"),
        ("  attributes:", "  atributes:", 10, "nearest right key is 'attributes'"),
        ("unit: C62", "unti: C62", 12, "nearest right key is 'unit'"),
        ("  type: file", "  type: carrier-pigeon", 4, "known ones: file, folder"),
        ("name: freiburg-parking", "name: Freiburg Parking", 2, "name"),
        ("  every: 5m", "  every: sometimes", 6, "source.every"),
        ("  every: 5m", "  every: 0s", 6, "'source.every': must be longer than 0s"),
        ("  every: 5m", "  every: -5", 6, "'source.every': must be longer than 0s"),
        ("  id: id\n", "", 7, "'id' is required"),
        ("    NO: no", "    observedAt: no", 11, "cannot be an attribute's name"),
        ("    NO: no", "    NO: {value: a, geo: b}", 11, "exactly one of"),
        ("  id: id", "  id: id\n  id: id", 10, "stands there twice"),
        ("  every: 5m", "  every: [5m", 7, "not YAML"),
        ("connectors/v1", "connectors/v9", 1, "connectors/v1"),
        ("entity:", "spool: {size: 5 apples}\nentity:", 7, "a number with a unit, such as 500kB, 64MiB or 2GiB"),
        ("entity:", "spool: {size: 1KiB}\nentity:", 7, "must be at least 65536"),
        ("entity:", "spool: {when_ful: block}\nentity:", 7, "nearest right key is 'when_full'"),
        ("entity:", "spool: {when_full: drop}\nentity:", 7, "'spool.when_full': must be 'block' or 'drop_oldest'"),
        ("entity:", "spool: 5MiB\nentity:", 7, "'spool': must be an object"),
        ("    NO: no", "    NO: [a]", 11, "'entity.attributes.NO.value': must be a text, a number or true or false"),
        ("  every: 5m", "  every: 5m\n  delimiter: ;;", 7, "'source.delimiter': must be a text of at most 1"),
        (
            "  every: 5m",
            "  url: https://example.org",
            6,
            "key 'url' is for source type http, mqtt, chirpstack, ttn or sql",
        ),
        ("  every: 5m", "  every: soon", 6, "'source.every': must be a number with a unit"),
    ],
)
def test_an_error_names_its_line(tmp_path: Path, right: str, wrong: str, line: int, words: str) -> None:
    path = write_file(tmp_path, GOOD.replace(right, wrong, 1))

    with pytest.raises(FileProblems) as caught:
        load_connector(path, environment={"FOLDER": "x"})

    assert any(f"line {line}:" in problem and words in problem for problem in caught.value.problems), caught.value


WRITTEN = """\
apiVersion: connectors/v1
name: written
source:
  type: folder
  path: feeds
  every: 5m
lookup:
  sites:
    path: sites.json
    key: id
entity:
  type: OffStreetParking
  id: id
  attributes:
    free: free
"""


@pytest.mark.parametrize(
    ("line", "option", "words"),
    [
        (7, "  format: xml\n  delimiter: ;", "'source': 'delimiter' is for format csv, not xml"),
        (7, "  format: geojson\n  header: false", "'source': 'header' is for format csv or xlsx, not geojson"),
        (7, "  format: csv\n  sheet: Sites", "'source': 'sheet' is for format xlsx, not csv"),
        (7, "  format: xlsx\n  encoding: utf-8", "'source': 'encoding' is for format csv, json, geojson or xml"),
        (7, "  files: ['*.xml', '!old.csv']\n  delimiter: ;", "'source': 'delimiter' is for format csv, not xml"),
        (6, "  encoding: utf-42", "'source.encoding': 'utf-42' is no encoding of text"),
        (6, "  encoding: base64", "'source.encoding': 'base64' is no encoding of text"),
        (11, "    delimiter: ;", "'lookup.sites': 'delimiter' is for format csv, not json"),
        (12, "    format: csv\n    records: sites", "'lookup.sites': 'records' is for format json, geojson or xml"),
    ],
)
def test_an_option_that_is_not_for_the_format_is_an_error(tmp_path: Path, line: int, option: str, words: str) -> None:
    after = "    key: id\n" if option.startswith("    ") else "  path: feeds\n"
    path = write_file(tmp_path, WRITTEN.replace(after, f"{after}{option}\n", 1))

    with pytest.raises(FileProblems) as caught:
        load_connector(path, environment={})

    (problem,) = caught.value.problems
    assert problem.startswith(f"connector.yaml, line {line}: {words}")


def test_records_of_a_table_are_an_error(tmp_path: Path) -> None:
    path = write_file(tmp_path, WRITTEN.replace("lookup:", "  files: '*.tsv'\nrecords: rows\nlookup:"))

    with pytest.raises(FileProblems, match="line 8: 'records' is for format json, geojson or xml, not csv"):
        load_connector(path, environment={})


def test_a_pattern_for_one_file_is_an_error(tmp_path: Path) -> None:
    path = write_file(tmp_path, WRITTEN.replace("folder", "file").replace("feeds\n", "feeds\n  files: '*.csv'\n"))

    with pytest.raises(FileProblems, match="line 6: 'source': 'files' is for type folder"):
        load_connector(path, environment={})


@pytest.mark.parametrize("files", ["'*'", "['*.csv', '*.json']"])
def test_an_option_stays_where_the_format_is_not_known(tmp_path: Path, files: str) -> None:
    path = write_file(tmp_path, WRITTEN.replace("feeds\n", f"feeds\n  files: {files}\n  delimiter: ;\n"))

    assert load_connector(path, environment={}).connector.source.delimiter == ";"


def test_a_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    path = write_file(tmp_path, GOOD)

    with pytest.raises(SettingsError, match="line 5: environment variable FOLDER is not set"):
        load_connector(path, environment={})


def test_secrets_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("/feeds\n")
    path = write_file(tmp_path, GOOD.replace("${FOLDER}", f"${{file:{tmp_path}/secret}}"))

    loaded = load_connector(path, environment={})

    assert loaded.connector.source.path == "/feeds/feed.json"


def test_variables_are_not_read_in_expressions(tmp_path: Path) -> None:
    path = write_file(tmp_path, GOOD.replace("id: id", "id: '${\"a\": 1}.a'"))

    loaded = load_connector(path, environment={"FOLDER": "x"})

    assert loaded.connector.blocks[0].id == '${"a": 1}.a'


def test_a_relative_path_from_the_environment_is_meant_from_the_working_folder(tmp_path: Path) -> None:
    loaded = load_connector(write_file(tmp_path, GOOD), environment={"FOLDER": "feeds"})

    assert loaded.connector.source.path == str(Path.cwd() / "feeds/feed.json")


def test_validate_names_the_line_of_an_expression(tmp_path: Path) -> None:
    path = write_file(tmp_path, GOOD.replace("value: free", "value: 'free +'").replace("${FOLDER}", "x"))

    result = CliRunner().invoke(connectors, ["validate", str(path)])

    assert result.exit_code == 1
    assert "line 12: 'entity.attributes.on.value'" in result.stderr


def test_validate_names_a_lookup_that_is_not_there(tmp_path: Path) -> None:
    path = write_file(tmp_path, GOOD.replace("value: free", "value: \"$lut('sites', free).n\""))

    result = CliRunner().invoke(connectors, ["validate", str(path), "--json"])

    assert result.exit_code == 1
    (problem,) = json.loads(result.stdout)["errors"]
    assert "line 12: 'entity.attributes.on.value': lookup 'sites' does not exist" in problem


def test_validate_accepts_a_right_file_without_its_environment(tmp_path: Path) -> None:
    result = CliRunner().invoke(connectors, ["validate", str(write_file(tmp_path, GOOD))])

    assert result.exit_code == 0
    assert "FOLDER is not set" in result.stderr


def test_a_preview_of_what_cannot_be_read_has_its_errors_and_status_1(tmp_path: Path) -> None:
    wrong = write_file(tmp_path, GOOD.replace("entity:", "entitty:"))

    result = CliRunner().invoke(connectors, ["preview", str(wrong), "--json"])

    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert (answer["records"], answer["entities"], answer["warnings"]) == (0, [], [])
    assert "nearest right key is 'entity'" in answer["errors"][0]["reason"]


def test_a_preview_of_a_source_that_is_not_there_has_its_error_and_status_1(tmp_path: Path) -> None:
    path = write_file(tmp_path, GOOD.replace("${FOLDER}", "nowhere"))

    result = CliRunner().invoke(connectors, ["preview", str(path), "--json"])

    assert result.exit_code == 1
    assert "does not exist" in json.loads(result.stdout)["errors"][0]["reason"]


@pytest.mark.parametrize(
    ("tenant", "key", "words"), [("../x", "alm_x", "--tenant must be"), ("default", "a b", "must hold a key")]
)
def test_a_target_that_cannot_be_is_refused(tmp_path: Path, tenant: str, key: str, words: str) -> None:
    (tmp_path / "key").write_text(key)

    with pytest.raises(SettingsError, match=words):
        find_target("mqtt://127.0.0.1", tmp_path / "key", connector="a", tenant=tenant, data=tmp_path)
