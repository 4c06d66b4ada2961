# SPDX-License-Identifier: EUPL-1.2
"""publiccode.yml holds what its standard (0.4) asks for."""

import tomllib

import pytest
import yaml

from tests.docs.paths import ROOT

STATED = yaml.safe_load((ROOT / "publiccode.yml").read_text())
REQUIRED = {
    "publiccodeYmlVersion",
    "name",
    "url",
    "platforms",
    "developmentStatus",
    "softwareType",
    "description",
    "legal",
    "maintenance",
    "localisation",
}


def test_it_has_every_required_key() -> None:
    assert set(STATED) >= REQUIRED
    assert STATED["publiccodeYmlVersion"] == "0.4"
    assert STATED["developmentStatus"] in {"concept", "development", "beta", "stable", "obsolete"}
    assert STATED["maintenance"]["type"] in {"internal", "contract", "community", "none"}
    assert isinstance(STATED["localisation"]["localisationReady"], bool)
    assert STATED["localisation"]["availableLanguages"]


@pytest.mark.parametrize("language", STATED["description"])
def test_its_descriptions_are_of_the_right_length(language: str) -> None:
    told = STATED["description"][language]

    assert len(told["genericName"]) <= 35
    assert len(told["shortDescription"]) <= 150
    assert 150 <= len(told["longDescription"]) <= 10_000
    assert all(len(feature) <= 100 for feature in told["features"])


def test_it_agrees_with_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert STATED["legal"]["license"] == project["license"]
    assert STATED["softwareVersion"] == project["version"]


def test_the_licence_is_the_english_text_of_the_eupl_1_2() -> None:
    text = (ROOT / "LICENSE").read_text()

    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2\n")
    assert "15.Applicable Law" in text
    assert text.rstrip().endswith(
        "All other changes or additions to this Appendix require the production of a new EUPL version."
    )
