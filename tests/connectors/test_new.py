# SPDX-License-Identifier: EUPL-1.2
"""`allmende connectors new`: from a source to a folder that validates, and whose test holds."""

import io
import json
import shlex
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import pytest
import yaml

from allmende.cli import main
from allmende.errors import Stop
from connectors.catalogue.models import load_models
from connectors.proposing.columns import MAX_COLUMNS, MAX_ROWS
from connectors.proposing.proposal import MAYBE, SURE
from connectors.proposing.sampling import MAX_BYTES, TIMEOUT_S, read_origin
from connectors.proposing.scaffolding import RECORDS
from tests.connectors.workbooks import make_workbook
from tests.docs.paths import ROOT
from tests.docs.running import blocks

CSV = """Kennung;Bezeichnung;Plätze gesamt;freie Plätze;Breitengrad;Längengrad;Stand;Auslastung (%)
N-1;Nordplatz;120;31;52,0301;8,5326;24.10.2026 23:00;74,2
S-2;Südplatz;80;;52,0202;8,5417;24.10.2026 23:05;
O-3;Ostplatz;60;60;52,0411;8,5599;24.10.2026 23:10;0,0
"""
ROWS: list[dict[str, Any]] = [
    {"id": f"{letter}-{number}", "name": name, "capacity": total, "free": free}
    for number, (letter, name, total, free) in enumerate(
        [("N", "Nordplatz", 120, 31), ("S", "Südplatz", 80, None), ("O", "Ostplatz", 60, 60)], 1
    )
]
UTM = [(467_900.0, 5_764_500.0), (468_500.0, 5_763_400.0), (469_800.0, 5_765_700.0)]


def geojson() -> bytes:
    features = [
        {"type": "Feature", "properties": row, "geometry": {"type": "Point", "coordinates": place}}
        for row, place in zip(ROWS, UTM, strict=True)
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}}
    return json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}).encode()


def xml() -> bytes:
    rows = "".join(
        f'<f:site id="{row["id"]}"><f:name><f:text lang="de">{row["name"]}</f:text></f:name>'
        f"<f:capacity>{row['capacity']}</f:capacity>"
        + (f"<f:vacantSpaces>{row['free']}</f:vacantSpaces>" if row["free"] is not None else "")
        + f"<f:point><f:latitude>52.0{n}</f:latitude><f:longitude>8.5{n}</f:longitude></f:point></f:site>"
        for n, row in enumerate(ROWS, 1)
    )
    return (
        f'<f:feed xmlns:f="urn:f"><f:head><f:creator>c</f:creator></f:head><f:sites>{rows}</f:sites></f:feed>'.encode()
    )


def xlsx() -> bytes:
    cells = [[row["id"], row["name"], row["capacity"], row["free"], 8.5 + n, 52.0] for n, row in enumerate(ROWS)]
    return make_workbook(Sites=[["Nr", "Name", "Anzahl Plätze", "davon frei", "x", "y"], *cells])


SOURCES = {
    "sites.csv": CSV.encode("cp1252"),
    "sites.json": json.dumps({"at": "x", "result": {"places": ROWS}}).encode(),
    "sites.geojson": geojson(),
    "sites.xml": xml(),
    "sites.xlsx": xlsx(),
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Result(NamedTuple):
    """How a command ended, and what it said."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        return self.stdout + self.stderr


def call(*arguments: str) -> Result:
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        try:
            main(["connectors", *arguments])
        except SystemExit as end:
            return Result(int(end.code or 0), out.getvalue(), err.getvalue())
    raise AssertionError("a command ends the process")


def new(place: Path, name: str, content: bytes, *arguments: str) -> Result:
    (place / name).write_bytes(content)
    return call("new", "--from", name, "--type", "OffStreetParking", *arguments)


def preview(path: str) -> list[dict[str, Any]]:
    answer = call("preview", path, "--json")
    assert answer.exit_code == 0, answer.output
    entities: list[dict[str, Any]] = json.loads(answer.stdout)["entities"]
    return entities


@pytest.mark.parametrize("name", SOURCES)
def test_each_format_gives_a_file_that_validates_and_whose_test_holds(place: Path, name: str) -> None:
    made = new(place, name, SOURCES[name], "--out", "made")

    assert made.exit_code == 0, made.output
    assert call("validate", "made/connector.yaml").exit_code == 0
    assert "1 tests, 0 failures" in call("test", "made/connector.yaml").output
    entities = preview("made/connector.yaml")
    values = [
        tuple(entity.get(key, {}).get("value") for key in ("name", "totalSpotNumber", "availableSpotNumber"))
        for entity in entities
    ]
    assert values == [("Nordplatz", 120, 31), ("Südplatz", 80, None), ("Ostplatz", 60, 60)]
    assert [entity["id"].rsplit(":", 1)[1] for entity in entities] == ["N-1", "S-2", "O-3"]
    if name != "sites.json":
        assert all(entity["location"]["type"] == "GeoProperty" for entity in entities)


def test_a_german_table_gives_times_places_and_a_decimal_comma(place: Path) -> None:
    new(place, "sites.csv", CSV.encode("cp1252"), "--out", "made")

    first, second, _ = preview("made/connector.yaml")

    assert first["availableSpotNumber"]["observedAt"] == "2026-10-24T21:00:00Z"
    assert "observedAt" not in first["totalSpotNumber"]
    assert "availableSpotNumber" not in second
    assert first["location"]["value"]["coordinates"] == [8.5326, 52.0301]
    written = yaml.safe_load((place / "made/connector.yaml").read_text())
    assert written["source"]["decimal"] == ","
    assert "occupancy" not in written["entity"]["attributes"]


def test_what_is_not_sure_is_a_comment_with_an_example(place: Path) -> None:
    rows = [
        {**row, "zustand": word, "Frauenparkplätze": 3}
        for row, word in zip(ROWS, ["FREI", "FREI", "VOLL"], strict=True)
    ]

    new(place, "sites.json", json.dumps(rows).encode(), "--out", "made")

    text = (place / "made/connector.yaml").read_text()
    assert "status" not in yaml.safe_load(text)["entity"]["attributes"]
    assert "'FREI': 'spacesAvailable'" in text
    assert "#   `Frauenparkplätze`: 3 (always)" in text
    assert "#   occupiedSpotNumber: capacity - free" in text


def test_the_words_of_a_comment_may_be_made_live(place: Path) -> None:
    rows = [{**row, "zustand": word} for row, word in zip(ROWS, ["FREI", "FREI", "VOLL"], strict=True)]
    new(place, "sites.json", json.dumps(rows).encode(), "--out", "made")
    path = place / "made/connector.yaml"

    path.write_text(path.read_text().replace('    #   status: "[$lookup', '    status: "[$lookup'))

    assert [entity["status"]["value"] for entity in preview(str(path))] == [["spacesAvailable"]] * 2 + [["full"]]


def test_what_is_there_is_not_written_over(place: Path) -> None:
    new(place, "sites.csv", CSV.encode(), "--out", "made")
    (place / "made/connector.yaml").write_text("mine")

    refused = new(place, "sites.csv", CSV.encode(), "--out", "made")
    kept = (place / "made/connector.yaml").read_text()
    forced = new(place, "sites.csv", CSV.encode(), "--out", "made", "--force")

    assert refused.exit_code == 2
    assert "made/connector.yaml already exists: give --force" in refused.output
    assert kept == "mine"
    assert forced.exit_code == 0
    assert call("validate", "made/connector.yaml").exit_code == 0


def test_without_a_type_the_best_ones_are_named(place: Path) -> None:
    (place / "sites.csv").write_text(CSV)

    answer = call("new", "--from", "sites.csv")

    assert answer.exit_code == 2
    lines = answer.output.splitlines()
    assert lines[0] == "Choose a type by --type; the sample has most of"
    assert any("StreetParking: " in line and "availableSpotNumber" in line for line in lines[1:])
    assert not (place / "sites").exists()


def test_an_unknown_type_names_the_nearest(place: Path) -> None:
    answer = call("new", "--from", "nothing.csv", "--type", "OfStreetParkin")

    assert answer.exit_code == 2
    assert "the nearest are OffStreetParking" in answer.output


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"{", "cannot be read as json"),
        (b"<a><b></a>", "cannot be read as xml"),
        (b"[1, 2]", "holds no records"),
        (b"PK\x03\x04 no workbook", "cannot be read as xlsx"),
    ],
)
def test_what_cannot_be_read_is_said(place: Path, content: bytes, words: str) -> None:
    answer = new(place, "broken", content)

    assert answer.exit_code == 2, answer.output
    assert words in answer.output
    assert [path.name for path in place.iterdir()] == ["broken"]


def test_a_missing_file_and_a_wrong_name_are_said(place: Path) -> None:
    missing = call("new", "--from", "missing.csv", "--type", "OffStreetParking")
    named = new(place, "sites.csv", CSV.encode(), "--name", "Not A Name")

    assert (missing.exit_code, named.exit_code) == (2, 2)
    assert "missing.csv cannot be read" in missing.output
    assert "must be 1 to 63 of a-z, 0-9 and -" in named.output
    assert not (place / "Not A Name").exists()


def test_a_fixture_holds_twenty_records_and_the_rest_of_the_document(place: Path) -> None:
    rows = [{"id": f"p{n}", "name": f"Platz {n}", "capacity": n} for n in range(100)]
    sites = "".join(f'<site id="{row["id"]}"><name>{row["name"]}</name></site>' for row in rows)

    new(place, "a.json", json.dumps({"meta": 1, "list": rows}).encode(), "--out", "json")
    new(place, "a.xml", f"<feed><at>now</at><all>{sites}</all><end/></feed>".encode(), "--out", "xml")

    assert [len(preview(f"{form}/connector.yaml")) for form in ("json", "xml")] == [100, 100]
    kept = json.loads((place / "json/fixture/a.json").read_text())
    assert (kept["meta"], len(kept["list"])) == (1, 20)
    text = (place / "xml/fixture/a.xml").read_text()
    assert text.count("<site ") == 20
    assert text.startswith("<feed><at>now</at>")
    assert text.endswith("</all><end/></feed>")


def test_records_by_key_are_cut_too(place: Path) -> None:
    rows = {f"p{n}": {"name": f"Platz {n}", "total": n} for n in range(50)}

    new(place, "keyed.json", json.dumps(rows).encode(), "--out", "made")

    assert list(json.loads((place / "made/fixture/keyed.json").read_text())) == list(rows)[:20]
    assert [entity["id"].rsplit(":", 1)[1] for entity in preview("made/connector.yaml")] == list(rows)


def test_a_message_among_the_records_is_none(place: Path) -> None:
    rows: list[dict[str, Any]] = [{"kennung": f"p{n}", "name": f"Platz {n}", "total": n, "free": n} for n in range(9)]
    message = {"kennung": None, "name": "Zurzeit gestört", "total": None, "free": None}
    sparse = {**dict.fromkeys(f"c{n}" for n in range(9)), **message}

    new(place, "a.json", json.dumps([*({**row, **{f"c{n}": 1 for n in range(9)}} for row in rows), sparse]).encode())

    entities = preview("a/connector.yaml")
    assert [entity["id"].rsplit(":", 1)[1] for entity in entities] == [row["kennung"] for row in rows]


def test_the_sheet_that_holds_the_table_is_read(place: Path) -> None:
    rows = [[row["id"], row["name"], row["capacity"]] for row in ROWS]
    book = make_workbook(Notes=[["Read this first"], ["Really"]], Sites=[["Nr", "Name", "Plätze gesamt"], *rows])

    made = new(place, "book.xlsx", book, "--out", "made")

    assert made.exit_code == 0, made.output
    assert yaml.safe_load((place / "made/connector.yaml").read_text())["source"]["sheet"] == "Sites"
    assert [entity["name"]["value"] for entity in preview("made/connector.yaml")] == [row["name"] for row in ROWS]


def test_a_table_without_a_header_is_read_from_its_first_line(place: Path) -> None:
    made = new(place, "bare.csv", b"52.0301;8.5326;N-1\n52.0202;8.5417;S-2\n", "--out", "made")

    assert made.exit_code == 0, made.output
    assert yaml.safe_load((place / "made/connector.yaml").read_text())["source"]["header"] is False
    assert call("preview", "made/connector.yaml", "--json").exit_code == 0
    assert len(preview("made/connector.yaml")) == 2


@pytest.fixture
def server() -> Iterator[tuple[str, dict[str, bytes]]]:
    """Another's server: its address, and what it answers by path."""
    pages: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path)
            self.send_response(200 if body is not None else 404)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as opened:
        thread = Thread(target=opened.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{opened.server_address[1]}", pages
        opened.shutdown()
        thread.join()


def test_an_address_becomes_a_source_of_type_http(place: Path, server: tuple[str, dict[str, bytes]]) -> None:
    address, pages = server
    pages["/feeds/sites?x=1"] = geojson()

    made = call("new", "--from", f"{address}/feeds/sites?x=1", "--type", "OffStreetParking", "--out", "made", "--json")

    assert made.exit_code == 0, made.output
    told = json.loads(made.stdout)
    assert told["files"] == ["connector.yaml", "fixture/sites.geojson"]
    assert told["attributes"].keys() == {"availableSpotNumber", "name", "totalSpotNumber", "location"}
    assert (told["attributes"]["name"], told["attributes"]["location"]) == (1.0, None)
    assert SURE <= told["attributes"]["availableSpotNumber"] < 1
    written = yaml.safe_load((place / "made/connector.yaml").read_text())
    assert written["source"] == {
        "type": "http",
        "url": f"{address}/feeds/sites?x=1",
        "format": "geojson",
        "every": "5m",
    }
    assert (place / "made/connector.yaml").read_text().count("x=1") == 1
    assert call("test", "made/connector.yaml").exit_code == 0


def test_an_address_that_fails_is_said(place: Path, server: tuple[str, dict[str, bytes]]) -> None:
    address, _ = server

    missing = call("new", "--from", f"{address}/none", "--type", "OffStreetParking")
    nobody = call("new", "--from", "http://127.0.0.1:1/", "--type", "OffStreetParking")

    assert (missing.exit_code, nobody.exit_code) == (2, 2)
    assert "answers 404" in missing.output
    assert "cannot be read" in nobody.output
    assert list(place.iterdir()) == []


def test_more_than_may_be_read_is_refused(place: Path, server: tuple[str, dict[str, bytes]]) -> None:
    address, pages = server
    pages["/"] = CSV.encode() * 100
    (place / "large.csv").write_bytes(pages["/"])

    for origin, words in ((f"{address}/", "sends more than 1024 bytes"), ("large.csv", "larger than 1024 bytes")):
        with pytest.raises(Stop, match=words):
            read_origin(origin, max_bytes=1024)


def test_the_commands_of_the_page_work(place: Path) -> None:
    (place / "sites.csv").write_bytes(CSV.encode())
    commands = [line for step in blocks("docs/reference/new.md") for line in step.splitlines()]

    ended = [call(*shlex.split(command)[2:]).exit_code for command in commands]

    assert ended == [0, 0, 0]
    assert (place / "sites/golden/sites.csv.json").is_file()


def test_the_numbers_of_the_page_are_those_of_the_code() -> None:
    text = (ROOT / "docs/reference/new.md").read_text(encoding="utf-8")

    for words in (
        f"cut to {RECORDS} records",
        f"at most {MAX_BYTES // 1024 // 1024} MiB",
        f"{TIMEOUT_S:.0f} s",
        f"{MAX_ROWS:,} records and {MAX_COLUMNS} columns",
        f"| {SURE * 100:.0f} % or more | a live attribute",
        f"| {MAYBE * 100:.0f} % or more | a comment",
        f"{len(load_models())} types",
    ):
        assert words in text
