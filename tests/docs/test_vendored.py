# SPDX-License-Identifier: EUPL-1.2
"""Web assets of other people are what npm gave, and no others are there."""

import hashlib
import json
import tomllib

from tests.docs.paths import REFERENCE, ROOT

WANTED = tomllib.loads((ROOT / "api/vendored.toml").read_text())
LOCK = json.loads((ROOT / "api/vendored.lock.json").read_text())


def test_every_file_has_its_checksum():
    for package in LOCK.values():
        for name, checksum in package["sha256"].items():
            assert hashlib.sha256((ROOT / name).read_bytes()).hexdigest() == checksum, name


def test_nothing_else_is_there():
    known = {name for package in LOCK.values() for name in package["sha256"]}
    there = [path for folder in ("api/static/vendor", "tests/browser/axe") for path in (ROOT / folder).rglob("*")]

    assert {path.relative_to(ROOT).as_posix() for path in there if path.is_file()} == known


def test_the_list_and_its_checksums_are_of_the_same_versions():
    told = {name: (package["version"], package["license"]) for name, package in WANTED.items()}

    assert told == {name: (package["version"], package["license"]) for name, package in LOCK.items()}


def test_every_asset_has_its_reason_and_licence_in_the_docs():
    page = (REFERENCE / "dependencies.md").read_text()

    for name, package in WANTED.items():
        assert f"| {name} | {package['reason']} | {package['license']} |" in page
