# SPDX-License-Identifier: EUPL-1.2
"""The reference pages say what the code says."""

import re
import tomllib
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import orjson
import pytest

from api import markers, series
from api.app import PROGRAMS
from api.pages.routes import PAGES
from auth.archives.manifest import DERIVED
from broker.engine.markers import Markers
from broker.engine.operations import Rejection
from broker.engine.reception import to_receipt
from broker.ngsi.core_terms import DEFAULT_VOCABULARY
from broker.ngsi.series import Number, Point, Series
from broker.store.places import MarkerGroup
from tests.docs.generate import pages
from tests.docs.paths import REFERENCE, ROOT

MIGRATIONS = ROOT / "allmende" / "database" / "migrations"


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.stem)
def test_a_page_made_from_code_is_up_to_date(path: Path) -> None:
    expected = pages()[path]()

    assert path.read_text() == expected, "run `make docs`"


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"].values()
    asked = [*project["project"]["dependencies"], *chain(*extras), *project["dependency-groups"]["dev"]]
    page = (REFERENCE / "dependencies.md").read_text().partition("\n## In pages\n")[0]

    told = re.findall(r"^\| ([A-Za-z][A-Za-z0-9-]*) \| (?!why)\S.* \| \S.* \|$", page, re.MULTILINE)

    assert sorted(told) == sorted({re.split(r"[\[<>=;! ]", each)[0] for each in asked})


@pytest.mark.parametrize("room", ["platform", "tenant"])
def test_every_table_and_column_is_told(room: str) -> None:
    page = (REFERENCE / "tables.md").read_text()
    section = page.partition("\n## t_")[0 if room == "platform" else 2]
    told = {
        row[0]: set(re.findall(r"`(\w+)`", row[1]))
        for row in re.findall(r"^\| `(\w+)` \| (.*?) \|", section, re.MULTILINE)
    }

    made = {}
    for path in sorted((MIGRATIONS / room).glob("*.sql")):
        for name, body in re.findall(r"CREATE TABLE [\w{}]+\.(\w+) \(\n(.*?)\n\)", path.read_text(), re.DOTALL):
            made[name] = set(re.findall(r"^  ([a-z_0-9]+) ", body, re.MULTILINE))
        for name, column in re.findall(r"ALTER TABLE [\w{}]+\.(\w+) ADD COLUMN (\w+)", path.read_text()):
            made[name].add(column)

    assert told == made


def test_every_table_of_a_tenant_is_told_as_part_of_an_archive_or_not() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (yes|no) \| \S.* \|$", (REFERENCE / "archives.md").read_text(), re.MULTILINE)
    texts = [path.read_text() for path in sorted((MIGRATIONS / "tenant").glob("*.sql"))]
    made = {name for text in texts for name in re.findall(r"CREATE TABLE [\w{}]+\.(\w+) \(", text)}

    assert dict(rows).keys() == made
    assert {name for name, part in rows if part == "no"} == DERIVED.keys()


def test_every_path_beside_ngsi_ld_is_told() -> None:
    page = (REFERENCE / "http.md").read_text()
    routers = (*PROGRAMS, *PAGES)

    paths = {getattr(route, "path", "") for router in routers for route in router.routes}

    assert {path for path in paths if f"`{path}`" not in page} == set()


def test_the_receipt_is_what_the_platform_sends() -> None:
    (told,) = re.findall(r"```json\n(.*?)```", (REFERENCE / "mqtt.md").read_text(), re.DOTALL)

    receipt = to_receipt("7", 1, [(Rejection(1, "…", "urn:ngsi-ld:X:2"), 12)])

    assert orjson.loads(receipt) == orjson.loads(told)


def test_the_series_is_what_the_platform_answers() -> None:
    page = (REFERENCE / "http.md").read_text().partition("\n## Series\n")[2].partition("\n## ")[0]
    (told,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    begin = datetime(2026, 6, 1, tzinfo=UTC)
    points = [Point(begin, 11.5, 13.25, 16.0, 240), Point(begin + timedelta(hours=4), 16.0, 18.125, 21.5, 240)]
    newest = Number(begin + timedelta(hours=7, minutes=59), 21.5)

    document = series.to_document(Series(timedelta(hours=4), points, newest, "CEL"))

    assert orjson.loads(orjson.dumps(document)) == orjson.loads(told)


def test_the_markers_are_what_the_platform_answers() -> None:
    section = (REFERENCE / "http.md").read_text().partition("\n## Maps\n")[2].partition("\n## ")[0]
    (told,) = re.findall(r"```json\n(.*?)```", section, re.DOTALL)
    lamps = MarkerGroup(f"{DEFAULT_VOCABULARY}Lamp", [17, 18], [761235, 760823], [5190000, 5190088])

    assert orjson.loads(told) == markers.to_columns(Markers([lamps], 2))
