# SPDX-License-Identifier: EUPL-1.2
"""Each shipped connector reaches the quality that it claims, and each rule notices what it is for."""

import shutil
from pathlib import Path

import pytest

from allmende.errors import SettingsError
from allmende.testing.quality import level_of, missing
from allmende.testing.rules import RULES
from allmende.testing.subjects import CLAIM, claim_of, read_subject
from connectors.declarative.connector import SHIPPED, find_file, shipped_names

# Every check of the test kit is a test of its own, in test_suite_of_shipped.py.
RUN_THERE = ("suite",)
GOLD = "muenster-radverkehr"


@pytest.mark.parametrize("name", shipped_names())
def test_it_reaches_what_it_claims(name: str) -> None:
    path = find_file(name)

    assert missing(read_subject(path), claim_of(path), without=RUN_THERE) == {}


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    """A copy of a connector that lacks nothing."""
    shutil.copytree(SHIPPED / GOLD, tmp_path / GOLD)
    return tmp_path / GOLD / "connector.yaml"


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def lacks(path: Path) -> dict[str, list[str]]:
    return missing(read_subject(path), "gold", without=RUN_THERE)


def test_a_connector_of_gold_lacks_nothing(gold: Path) -> None:
    assert lacks(gold) == {}
    assert level_of(read_subject(gold), without=RUN_THERE) == "gold"


@pytest.mark.parametrize(
    ("rule", "old", "new", "words"),
    [
        ("valid", "intensity: $number(value)", "intensity: $number(count", "'entity.attributes.intensity"),
        ("valid", "fixture/100099999/2026-06.csv", "fixture/gone.csv", "fixture/gone.csv"),
        ("replay", "count: 11", "count: 12", "(count): expected 12, found 11"),
        ("ids", "  id: key\n", "  id: \"'one'\"\n", "comes twice at one time: make 'id' tell the records apart"),
        ("age", "max_age: 40d", "contract: freeze", "'quality.max_age' is not set"),
        ("licence", "  license: dl-de/by-2-0\n", "", "'dataset.license' is not stated"),
        ("licence", "  attribution: Stadt Münster\n", "", "'dataset.attribution' is not stated"),
        ("several", "fixture/100099999/2025-10.csv", "fixture/100099999/2026-06.csv", "2 fixtures: 3 are asked for"),
        ("reached", "vehicleType: {value: \"'bicycle'\"", "vehicleType: {value: gone", "gives attribute vehicleType"),
        ("known", "    name: {value", "    title: {value", "TrafficFlowObserved has no attribute title"),
        ("known", "type: TrafficFlowObserved", "type: Bicycles", "type Bicycles is not in the catalogue of models"),
        (
            "units",
            "intensity: $number(value)",
            "averageVehicleSpeed: $number(value)",
            "has no 'unit'; its model has KMH",
        ),
        ("told", ", en: Bicycle counts in Münster", "", "'dataset.title' is not there in en"),
    ],
)
def test_a_rule_notices_what_it_is_for(gold: Path, rule: str, old: str, new: str, words: str) -> None:
    change(gold, old, new)

    found = lacks(gold)

    assert any(words in said for said in found[rule])


def test_a_missing_page_and_missing_golden_entities_are_noticed(gold: Path) -> None:
    (gold.parent / "README.de.md").unlink()
    (gold.parent / "golden/2026-06.csv.json").unlink()

    found = lacks(gold)

    assert found["pages"] == ["README.de.md is not there"]
    assert found["fixtures"] == [
        "fixture/100099999/2026-06.csv has no golden entities: allmende connectors test --update writes them"
    ]


def test_without_a_malformed_record_it_is_not_gold(gold: Path) -> None:
    text = gold.read_text(encoding="utf-8").partition("  # The hour that is missing in spring")[0]
    gold.write_text(text, encoding="utf-8")
    (gold.parent / "golden/2026-03.csv.json").unlink()

    assert "no fixture has an error: add one with a malformed record" in lacks(gold)["several"]
    assert level_of(read_subject(gold), without=RUN_THERE) == "silver"


@pytest.mark.server
def test_what_the_test_kit_finds_keeps_a_connector_from_silver(gold: Path) -> None:
    text = gold.read_text(encoding="utf-8").partition("  # The hour that comes twice")[0]
    gold.write_text(text, encoding="utf-8")
    for name in ("2025-10", "2026-03"):
        (gold.parent / f"golden/{name}.csv.json").unlink()
    assert missing(read_subject(gold), "silver") == {}

    change(gold, "observedAt: $local($record.Datetime, 'Europe/Berlin')", "observedAt: $now()")

    assert any("it has another time" in said for said in missing(read_subject(gold), "silver")["suite"])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_connector_that_cannot_be_read_fails_and_breaks_no_rule(tmp_path: Path, rule: object) -> None:
    path = tmp_path / "connector.yaml"
    path.write_text("name: test\n")

    subject = read_subject(path)

    assert level_of(subject) is None
    assert isinstance(rule.check(subject), list)  # type: ignore[attr-defined]


def test_a_connector_that_claims_nothing_claims_bronze(gold: Path) -> None:
    (gold.parent / CLAIM).unlink()

    assert claim_of(gold) == "bronze"


@pytest.mark.parametrize("claim", ['level = "platinum"', 'level = "gold"\nsince = 2026', "level", ""])
def test_a_claim_that_says_something_else_is_refused(gold: Path, claim: str) -> None:
    (gold.parent / CLAIM).write_text(claim)

    with pytest.raises(SettingsError, match=r"quality\.toml"):
        claim_of(gold)
