# SPDX-License-Identifier: EUPL-1.2
"""The suite: the checks of a connector file as a class of pytest tests."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from allmende.testing.cases import Case, Check, fixtures_of
from allmende.testing.deliveries import check_accepted, check_away, check_repeat, check_resume
from allmende.testing.malformed import check_malformed
from allmende.testing.skewed import check_clock
from connectors.testing import run_tests


class Checked(NamedTuple):
    """A check, what it is for, and whether it is made for every fixture, or for the first."""

    check: Check
    says: str
    every: bool = True


CHECKS: dict[str, Checked] = {
    "accepted": Checked(check_accepted, "The platform takes every entity that the mapping gives."),
    "repeat": Checked(check_repeat, "The same source gives nothing new when it is read again."),
    "malformed_record": Checked(check_malformed, "A broken record is a dead letter, and the others go on."),
    "clock_skew": Checked(check_clock, "A time that cannot be right is noticed."),
    "resume": Checked(check_resume, "A run that is killed is gone on with, without loss.", every=False),
    "platform_away": Checked(check_away, "What is read while the platform is away arrives later.", every=False),
}


def connector_suite(file: str | Path) -> type[Any]:
    """Give a class of tests for a connector file; a relative path is meant from the folder in which pytest starts.

    The fixtures are those that the file names under `tests`. Nothing outside this machine is asked.
    """
    pytest = _require_pytest()
    path = Path(file).absolute()
    fixtures = fixtures_of(path)
    tests: dict[str, Any] = {"test_replay": _replay_of(path, pytest)}
    for name, checked in CHECKS.items():
        given = fixtures if checked.every else fixtures[:1]
        test = _test_of(path, checked, pytest)
        tests[f"test_{name}"] = pytest.mark.parametrize("fixture", given)(test)
    return type("ConnectorSuite", (), tests)


def replay(path: Path) -> list[str]:
    """Run the tests that the file holds; without any there is nothing to check."""
    tested = run_tests(path)
    return [str(failure) for failure in tested.failures] + tested.warnings


def _replay_of(path: Path, pytest: ModuleType) -> Callable[..., None]:
    def test(_: Any) -> None:
        problems = replay(path)
        if problems:
            pytest.fail("\n".join(problems), pytrace=False)

    test.__doc__ = "The fixtures give what the file's tests and golden entities say."
    return test


def _test_of(path: Path, checked: Checked, pytest: ModuleType) -> Callable[..., None]:
    def test(_: Any, fixture: str, tmp_path: Path) -> None:
        problems = Case(path=path, fixture=fixture, folder=tmp_path).run(checked.check)
        if problems:
            pytest.fail("\n".join(f"{path}: {problem}" for problem in problems), pytrace=False)

    test.__doc__ = checked.says
    return test


def _require_pytest() -> ModuleType:
    try:
        import pytest
    except ModuleNotFoundError as error:
        words = "connector_suite gives tests for pytest, which is not installed: pip install 'allmende[testing]'"
        raise ModuleNotFoundError(words, name="pytest") from error
    return pytest
